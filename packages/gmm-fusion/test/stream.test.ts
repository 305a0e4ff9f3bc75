import type { RobustaError } from '@robusta/core';
import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  type CovarianceType,
  type FitProgress,
  type FittedGaussianMixture,
  fitGaussianMixture,
  fitGaussianMixtureStream,
  type RowMatrix,
  type StreamOptions,
} from '../src/index.js';
import { createStatistics } from '../src/statistics.js';
import { rebased } from '../src/stepwise.js';
import { clusteredRows, gaussians } from './support.js';

const types: CovarianceType[] = ['full', 'tied', 'diag', 'spherical'];

/** The rows of a matrix in pieces of the given sizes, over and over. */
function inPieces({ rows, cols, data }: RowMatrix, sizes: number[]): () => AsyncGenerator<RowMatrix> {
  return async function* () {
    for (let first = 0, i = 0; first < rows; i++) {
      const count = Math.min(sizes[i % sizes.length]!, rows - first);
      // A copy, as a file would give it.
      yield { rows: count, cols, data: data.slice(first * cols, (first + count) * cols) };
      first += count;
    }
  };
}

function expectSame(a: FittedGaussianMixture, b: FittedGaussianMixture): void {
  expect([a.fit.iterations, a.fit.converged]).toEqual([b.fit.iterations, b.fit.converged]);
  // Both run the same steps; sums are formed in another order. Dozens of steps amplify rounding a little.
  const close = { relative: 1e-9, ofLargest: true };
  expectClose(a.fit.lowerBoundTrace, b.fit.lowerBoundTrace, { ...close, label: 'trace' });
  expectClose(a.weights, b.weights, { ...close, label: 'weights' });
  expectClose(a.means, b.means, { ...close, label: 'means' });
  expectClose(a.covariances, b.covariances, { ...close, label: 'covariances' });
  expect(a.fit.warnings).toEqual(b.fit.warnings);
}

test('exact: the same as in memory, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...types),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 4 }),
      async (covarianceType, components, seed, sizes) => {
        const data = clusteredRows(seed, 200, 3, 3);
        const options = { covarianceType, components, seed, nInit: 2, maxIter: 20 };
        const streamed = await fitGaussianMixtureStream(inPieces(data, sizes), options);
        expectSame(streamed, await fitGaussianMixture(data, options));
        const whole = await fitGaussianMixtureStream(() => [data], options);
        expect(streamed.parameters).toEqual(whole.parameters);
      },
    ),
    { numRuns: 15 },
  );
});

test('exact: more rows than a start or a block takes', async () => {
  const data = clusteredRows(6, 6000, 4, 3);
  const plain = { components: 3, tol: 1e-6, maxIter: 300 };
  const options = { ...plain, startRows: 500 };
  let calls = 0;
  const source = inPieces(data, [7, 1000]);
  const streamed = await fitGaussianMixtureStream(() => {
    calls++;
    return source();
  }, options);
  // Another start, the same maximum; tol stops either within 1e-5 of it.
  const inMemory = await fitGaussianMixture(data, plain);
  expectClose([streamed.fit.lowerBound], [inMemory.fit.lowerBound], { absolute: 1e-3 });
  // Measured, sampled, and read once a step; a second time where the means jump.
  expect(calls).toBeGreaterThanOrEqual(2 + streamed.fit.iterations);
  expect(calls).toBeLessThanOrEqual(2 + 2 * streamed.fit.iterations);
});

test.each(types)(
  'stepwise: as good as EM after few passes, whatever the pieces (%s)',
  async (covarianceType) => {
    const data = clusteredRows(2, 4000, 3, 3);
    const options = { covarianceType, components: 3, regCovar: 1e-6 };
    const stepwise = {
      ...options,
      algorithm: 'stepwise',
      batchRows: 250,
      startRows: 300,
      maxIter: 4,
      tol: 0,
    } as const;
    const streamed = await fitGaussianMixtureStream(inPieces(data, [1000]), stepwise);
    const exact = await fitGaussianMixture(data, { ...options, tol: 1e-5, maxIter: 60 });
    expect(streamed.fit.lowerBoundTrace).toHaveLength(4);
    // Batches of 250 rows leave a noise of a few hundredths of a nat; a wrong step costs whole nats.
    expect(streamed.score(data)).toBeGreaterThan(exact.score(data) - 0.05);
    const others = await fitGaussianMixtureStream(inPieces(data, [1, 333, 64]), stepwise);
    expect(others.parameters).toEqual(streamed.parameters);
  },
);

test.each(['exact', 'stepwise'] as const)('both engines fit alike from a stream (%s)', async (algorithm) => {
  const data = clusteredRows(8, 900, 20, 2);
  const options = { algorithm, components: 2, maxIter: 4, tol: 0, batchRows: 300 };
  const plain = await fitGaussianMixtureStream(inPieces(data, [70]), { ...options, engine: 'plain' });
  const onnx = await fitGaussianMixtureStream(inPieces(data, [70]), { ...options, engine: 'onnx' });
  expectSame(onnx, plain);
});

test('stepwise: one batch of everything that forgets nothing but the start is a step of EM', async () => {
  const data = clusteredRows(3, 300, 3, 2);
  const init = {
    weights: [0.5, 0.5],
    means: [
      [0, 0, 0],
      [1, 1, 1],
    ],
    precisions: [identity(3), identity(3)],
  };
  // The sample holds all rows, and so does the batch: both have the statistics of the start.
  const streamed = await fitGaussianMixtureStream(inPieces(data, [50]), {
    ...{ components: 2, init, algorithm: 'stepwise', batchRows: 300, maxIter: 1, decay: 1 },
  });
  // Half of the statistics under the start, half under the parameters after one step: between one step and two.
  const one = await fitGaussianMixture(data, { components: 2, init, maxIter: 1 });
  const two = await fitGaussianMixture(data, { components: 2, init, maxIter: 2, tol: 0 });
  const middle = one.weights.map((weight, k) => 0.5 * weight + 0.5 * two.weights[k]!);
  expectClose(streamed.weights, middle, { relative: 1e-9 });
  expectClose([streamed.fit.lowerBound], [two.fit.lowerBound], { relative: 1e-9 });
});

test.each(types)('statistics seen from other origins are those accumulated from there (%s)', (type) => {
  const [rows, K, d] = [40, 2, 3];
  const rng = createRng(4);
  const block = gaussians(rng, rows * d);
  const posteriors = new Float64Array(rows * K);
  for (let i = 0; i < rows; i++) {
    posteriors[i * K] = rng.uniform();
    posteriors[i * K + 1] = 1 - posteriors[i * K]!;
  }
  const isMatrix = type === 'full' || type === 'tied';
  const from = (origins: Float64Array) => {
    const statistics = createStatistics(type, K, d, origins);
    const { counts, sums, scatter } = statistics;
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < K; k++) {
        const r = posteriors[i * K + k]!;
        const y = Array.from({ length: d }, (_, j) => block[i * d + j]! - origins[k * d + j]!);
        counts[k]! += r;
        for (let j = 0; j < d; j++) {
          sums[k * d + j]! += r * y[j]!;
          if (!isMatrix) scatter[k * d + j]! += r * y[j]! ** 2;
          for (let l = 0; isMatrix && l <= j; l++) {
            scatter[(type === 'full' ? k * d * d : 0) + j * d + l]! += r * y[j]! * y[l]!;
          }
        }
      }
    }
    return statistics;
  };
  const [near, far] = [gaussians(rng, K * d), gaussians(rng, K * d)];
  const moved = rebased(from(near), far);
  const wanted = from(far);
  for (const name of ['counts', 'sums', 'scatter'] as const) {
    expectClose(moved[name], wanted[name], { relative: 1e-12, ofLargest: true, label: name });
  }
  expect(moved.origins).toBe(far);
});

test('reports every pass', async () => {
  const data = clusteredRows(6, 300, 2, 2);
  const options = { components: 2, nInit: 2, tol: 0, maxIter: 3 };
  const seen: FitProgress[] = [];
  const onProgress = (progress: FitProgress) => seen.push(progress);
  const { fit } = await fitGaussianMixtureStream(inPieces(data, [100]), { ...options, onProgress });
  expect(seen.map(({ start, iteration }) => [start, iteration])).toEqual(
    [0, 1].flatMap((start) => [1, 2, 3].map((iteration) => [start, iteration])),
  );
  expect(seen.map(({ lowerBound }) => lowerBound)).toEqual(expect.arrayContaining(fit.lowerBoundTrace));
  const inMemory: FitProgress[] = [];
  await fitGaussianMixture(data, { ...options, onProgress: (progress) => inMemory.push(progress) });
  expect(inMemory.map(({ start, iteration }) => [start, iteration])).toEqual(
    seen.map(({ start, iteration }) => [start, iteration]),
  );
});

test('a fit of endless rows can be stopped', async () => {
  const controller = new AbortController();
  const endless = async function* (): AsyncGenerator<RowMatrix> {
    for (;;) yield { rows: 10, cols: 2, data: new Float64Array(20) };
  };
  const running = fitGaussianMixtureStream(endless, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('refuses', () => {
  const good = clusteredRows(1, 20, 2, 2);
  const twice = (first: RowMatrix, later: RowMatrix) => {
    let calls = 0;
    return () => [calls++ < 2 ? first : later];
  };
  const withNaN = { ...good, data: good.data.slice().fill(Number.NaN, 7, 8) };
  test.each([
    ['no rows', () => [], {}, 'BAD_INPUT'],
    ['pieces without rows', () => [{ rows: 0, cols: 2, data: new Float64Array(0) }], {}, 'BAD_INPUT'],
    ['fewer rows than components', () => [good], { components: 21 }, 'BAD_INPUT'],
    ['pieces of several widths', () => [good, clusteredRows(1, 5, 3, 1)], {}, 'BAD_INPUT'],
    ['fewer rows later', twice(good, clusteredRows(1, 19, 2, 2)), {}, 'BAD_INPUT'],
    ['more rows later', twice(good, clusteredRows(1, 21, 2, 2)), {}, 'BAD_INPUT'],
    ['wider rows later', twice(good, clusteredRows(1, 20, 3, 2)), {}, 'BAD_INPUT'],
    ['a NaN', () => [withNaN], {}, 'NON_FINITE'],
    ['a NaN that comes later', twice(good, withNaN), {}, 'NON_FINITE'],
    ['a length that does not fit', () => [{ ...good, rows: 21 }], {}, 'BAD_INPUT'],
    ['an unknown algorithm', () => [good], { algorithm: 'online' }, 'BAD_OPTION'],
    ['a decay of one half', () => [good], { decay: 0.5 }, 'BAD_OPTION'],
    ['progress that is no function', () => [good], { onProgress: 1 }, 'BAD_OPTION'],
  ] as [string, () => RowMatrix[], StreamOptions, RobustaError['code']][])(
    '%s',
    async (_name, source, options, code) => {
      const attempt = fitGaussianMixtureStream(source, { tol: 0, maxIter: 3, ...options });
      await expect(attempt).rejects.toMatchObject({ name: 'RobustaError', code });
    },
  );

  test('what the source throws comes through', async () => {
    const broken = async function* (): AsyncGenerator<RowMatrix> {
      yield good;
      throw new Error('disk gone');
    };
    await expect(fitGaussianMixtureStream(broken)).rejects.toThrow('disk gone');
  });
});

function identity(d: number): number[][] {
  return Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
}
