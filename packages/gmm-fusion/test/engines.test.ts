import { expectClose } from '@robusta/test-kit';
import { fitGaussianMixture, GaussianMixture, type MixtureOptions } from '../src/index.js';
import { clusteredRows } from './support.js';

const data = clusteredRows(5, 900, 70, 3);
const options: MixtureOptions = { components: 3, regCovar: 1e-3, tol: 0, maxIter: 4, threads: 2 };

describe.each(['full', 'tied'] as const)('%s covariances', (covarianceType) => {
  const fit = (more: MixtureOptions) => fitGaussianMixture(data, { ...options, covarianceType, ...more });

  test('ONNX Runtime and TypeScript give the same fit, and the same bytes every time', async () => {
    const [onnx, again, plain] = [
      await fit({ engine: 'onnx' }),
      await fit({ engine: 'onnx' }),
      await fit({ engine: 'plain' }),
    ];
    expect(again.parameters).toEqual(onnx.parameters);
    // The sums are the same but for their order: rounding of 70 products, and of the inverse of a condition of 1e4.
    for (const name of ['weights', 'means', 'covariances'] as const) {
      expectClose(onnx[name], plain[name], { absolute: 1e-10, label: name });
    }
    expect(onnx.fit.lowerBound).toBeCloseTo(plain.fit.lowerBound, 9);
  });

  test('float32 rows are the float64 rows they stand for', async () => {
    const narrow = { ...data, data: Float32Array.from(data.data) };
    const wide = { ...data, data: Float64Array.from(narrow.data) };
    for (const engine of ['onnx', 'plain'] as const) {
      const [a, b] = [
        await fitGaussianMixture(narrow, { ...options, covarianceType, engine }),
        await fitGaussianMixture(wide, { ...options, covarianceType, engine }),
      ];
      expect(a.parameters).toEqual(b.parameters);
    }
  });

  test('scores in ONNX Runtime', async () => {
    const gmm = await fit({ engine: 'plain' });
    const far = data.data.slice(0, 3 * 70).map((value, i) => value + (i < 140 ? 1e3 : 1e160));
    const rows = { rows: 903, cols: 70, data: Float64Array.from([...data.data, ...far]) };
    const wanted = gmm.scoreSamples(rows);
    for (const engine of ['auto', 'onnx', 'plain'] as const) {
      const scores = await gmm.scoreSamplesAsync(rows, { engine, threads: 2 });
      expectClose(scores, wanted, { relative: 1e-11, unitFloor: true, label: engine });
    }
    expect(wanted.at(-1)).toBe(-Number.MAX_VALUE / 2);
  });

  test('an aborted fit ends between two blocks', async () => {
    const signal = AbortSignal.abort();
    await expect(fit({ engine: 'onnx', signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const gmm = await fit({});
    await expect(gmm.scoreSamplesAsync(data, { engine: 'onnx', signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

test('asynchronous scores have the checks of the others', async () => {
  const gmm = new GaussianMixture({
    ...{ covarianceType: 'diag', components: 1, dim: 2, weights: Float64Array.of(1) },
    ...{ means: new Float64Array(2), covariances: Float64Array.of(1, 1) },
  });
  const rows = (cols: number, value = 0) => ({ rows: 1, cols, data: new Float64Array(cols).fill(value) });
  await expect(gmm.scoreSamplesAsync(rows(3))).rejects.toMatchObject({ code: 'FEATURE_MISMATCH' });
  await expect(gmm.scoreSamplesAsync(rows(2, Number.NaN))).rejects.toMatchObject({ code: 'NON_FINITE' });
  await expect(gmm.scoreSamplesAsync(rows(2), { threads: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  expect(await gmm.scoreSamplesAsync({ rows: 0, cols: 2, data: new Float64Array(0) })).toEqual(
    new Float64Array(0),
  );
  expect(await gmm.scoreSamplesAsync(rows(2, 1))).toEqual(gmm.scoreSamples(rows(2, 1)));
});
