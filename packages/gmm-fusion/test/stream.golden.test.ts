import { describeShared } from '@robusta/test-kit';
import { fitGaussianMixtureStream, type RowMatrix } from '../src/index.js';
import { expectFit, goldenCases, optionsOf } from './golden-fits.js';

/** Pieces of 1, 2, 3, … rows. */
function* growingPieces({ rows, cols, data }: RowMatrix): Generator<RowMatrix> {
  for (let first = 0, size = 1; first < rows; first += size++) {
    const count = Math.min(size, rows - first);
    yield { rows: count, cols, data: data.slice(first * cols, (first + count) * cols) };
  }
}

describeShared('golden/gmm', (folder) => {
  const { fits, prepare } = goldenCases(folder);
  test.each(fits.map((one) => [one.name, one] as const))('from a stream: %s', async (_name, one) => {
    const prepared = prepare(one);
    const { data, init } = prepared;
    const source = () => growingPieces(data);
    expectFit(await fitGaussianMixtureStream(source, { ...optionsOf(one), init }), one, prepared);
  });
});
