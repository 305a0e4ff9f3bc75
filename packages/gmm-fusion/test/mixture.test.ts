import { createRng, type RobustaError } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  type CovarianceType,
  type FittedGaussianMixture,
  fitGaussianMixture,
  GaussianMixture,
  type RowMatrix,
} from '../src/index.js';
import { clusteredRows } from './support.js';

const types: CovarianceType[] = ['full', 'tied', 'diag', 'spherical'];
const cases = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  rows: fc.integer({ min: 40, max: 120 }),
  cols: fc.integer({ min: 1, max: 5 }),
  components: fc.integer({ min: 1, max: 3 }),
  covarianceType: fc.constantFrom(...types),
});
const map = (matrix: RowMatrix, change: (value: number, column: number) => number): RowMatrix => ({
  ...matrix,
  data: Float64Array.from(matrix.data, (value, i) => change(value, i % matrix.cols)),
});

test('the lower bound never falls', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, rows, cols, ...options }) => {
      const data = clusteredRows(seed, rows, cols, 3);
      // Without a floor the likelihood has no maximum: a Gaussian may fall onto fewer rows than it has
      // columns, which is refused. Such draws say nothing of the bound.
      const fitted = fitGaussianMixture(data, { ...options, regCovar: 0, tol: 0, maxIter: 15, seed });
      const outcome = await fitted.catch((error: RobustaError) => error.code);
      fc.pre(outcome !== 'ILL_DEFINED_COVARIANCE');
      const { fit } = outcome as FittedGaussianMixture;
      for (let i = 1; i < fit.lowerBoundTrace.length; i++) {
        const [before, after] = fit.lowerBoundTrace.slice(i - 1, i + 1) as [number, number];
        // EM is monotone; 1e-9 is far above rounding and far below a wrong step.
        expect(after).toBeGreaterThanOrEqual(before - 1e-9 * Math.max(1, Math.abs(before)));
      }
    }),
    { numRuns: 40 },
  );
});

test('moving and scaling the data moves and scales the model', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.constantFrom(1e-3, 0.5, 2, 1e3),
      async ({ seed, rows, cols, ...options }, shift, scale) => {
        const data = clusteredRows(seed, rows, cols, 3);
        const moved = map(data, (value) => scale * value + shift);
        // Fixed steps: near tol, rounding could decide where one of the two stops.
        const common = { ...options, tol: 0, maxIter: 5, seed };
        const plain = await fitGaussianMixture(data, { ...common, regCovar: 1e-4 });
        const other = await fitGaussianMixture(moved, { ...common, regCovar: 1e-4 * scale * scale });
        // A shift of 1e4 at scale 1e-3 leaves the data itself 9 digits.
        const tolerance = { relative: 1e-5, ofLargest: true };
        expectClose(other.weights, plain.weights, tolerance);
        expectClose(
          other.means.map((mean) => (mean - shift) / scale),
          plain.means,
          tolerance,
        );
        expectClose(
          other.covariances.map((value) => value / scale ** 2),
          plain.covariances,
          tolerance,
        );
        expectClose(
          other.scoreSamples(moved).map((score) => score + cols * Math.log(scale)),
          plain.scoreSamples(data),
          { relative: 1e-4, unitFloor: true },
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('the order of the rows does not matter', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, rows, cols, components, covarianceType }) => {
      const data = clusteredRows(seed, rows, cols, 3);
      const rng = createRng(seed);
      const order = Array.from({ length: rows }, (_, i) => [rng.uniform(), i] as const)
        .sort(([a], [b]) => a - b)
        .map(([, i]) => i);
      const row = (i: number) => [...data.data.subarray(i * cols, (i + 1) * cols)];
      const shuffled = { rows, cols, data: Float64Array.from(order.flatMap(row)) };
      const init = {
        weights: Array<number>(components).fill(1 / components),
        means: Array.from({ length: components }, (_, k) => row(k)),
        precisions: {
          full: Array.from({ length: components }, () => identity(cols)),
          tied: identity(cols),
          diag: new Float64Array(components * cols).fill(1),
          spherical: new Float64Array(components).fill(1),
        }[covarianceType],
      };
      const options = { components, covarianceType, tol: 0, maxIter: 5, init };
      const a = await fitGaussianMixture(data, options);
      const b = await fitGaussianMixture(shuffled, options);
      expectClose(b.means, a.means, { relative: 1e-8, ofLargest: true });
      expectClose(b.covariances, a.covariances, { relative: 1e-8, ofLargest: true });
      expectClose([b.fit.lowerBound], [a.fit.lowerBound], { relative: 1e-10, unitFloor: true });
    }),
    { numRuns: 40 },
  );
});

test('one full component is the sample mean and the biased covariance', async () => {
  const { rows, cols, data } = clusteredRows(3, 200, 4, 2);
  const gmm = await fitGaussianMixture({ rows, cols, data }, { components: 1, regCovar: 0.5 });
  const at = (i: number, j: number) => data[i * cols + j]!;
  const index = Array.from({ length: rows }, (_, i) => i);
  const mean = Array.from({ length: cols }, (_, j) => index.reduce((sum, i) => sum + at(i, j), 0) / rows);
  const covariance = mean.flatMap((a, j) =>
    mean.map(
      (b, l) =>
        index.reduce((sum, i) => sum + (at(i, j) - a) * (at(i, l) - b), 0) / rows + (j === l ? 0.5 : 0),
    ),
  );
  expectClose(gmm.means, mean, { relative: 1e-12, ofLargest: true });
  expectClose(gmm.covariances, covariance, { relative: 1e-12, ofLargest: true });
  // The own start is the answer already.
  expect([gmm.fit.converged, gmm.fit.iterations]).toEqual([true, 2]);
});

test('log-densities agree with the textbook formula', () => {
  // N((1, 2) | (0, 0), [[2, 0.6], [0.6, 1]]): |Σ| = 1.64, xᵀΣ⁻¹x = (1·1 - 2·0.6·2 + 4·2) / 1.64.
  const gmm = new GaussianMixture({
    covarianceType: 'full',
    components: 1,
    dim: 2,
    weights: Float64Array.of(1),
    means: Float64Array.of(0, 0),
    covariances: Float64Array.of(2, 0.6, 0.6, 1),
  });
  const expected = -Math.log(2 * Math.PI) - 0.5 * Math.log(1.64) - (0.5 * 6.6) / 1.64;
  expectClose(gmm.scoreSamples({ rows: 1, cols: 2, data: Float32Array.of(1, 2) }), [expected], {
    absolute: 1e-14,
  });
});

test.each(types)(
  'scores and posteriors stay finite at the edge of the number range (%s)',
  async (covarianceType) => {
    const gmm = await fitGaussianMixture(clusteredRows(5, 100, 3, 2), { components: 2, covarianceType });
    const data = Float64Array.of(
      1e308,
      -1e308,
      1e308,
      1e200,
      0,
      -1e200,
      Number.MAX_VALUE,
      Number.MAX_VALUE,
      1,
    );
    const query = { rows: 3, cols: 3, data };
    for (const score of gmm.scoreSamples(query)) {
      expect(Number.isFinite(score)).toBe(true);
      expect(score).toBeLessThan(-1e200);
    }
    const posteriors = gmm.predictProba(query);
    for (let i = 0; i < 3; i++) expect(posteriors[2 * i]! + posteriors[2 * i + 1]!).toBeCloseTo(1, 12);
  },
);

test('the same seed gives the same bits, and float32 input is fitted as it is', async () => {
  const data = clusteredRows(8, 150, 4, 3);
  const single = { ...data, data: Float32Array.from(data.data) };
  const options = { components: 3, nInit: 3, seed: 5 };
  const a = await fitGaussianMixture(single, options);
  const b = await fitGaussianMixture({ ...data, data: Float64Array.from(single.data) }, options);
  expect(b.parameters).toEqual(a.parameters);
  expect(new GaussianMixture(structuredClone(a.parameters)).parameters).toEqual(a.parameters);
});

test.each(['kmeans++', 'random'] as const)(
  'later starts reach higher maxima, never lower ones (%s)',
  async (init) => {
    const data = clusteredRows(9, 200, 3, 4);
    const bounds = [];
    for (const nInit of [1, 3, 8]) {
      const { fit } = await fitGaussianMixture(data, { components: 4, nInit, init, seed: 1 });
      bounds.push(fit.lowerBound);
    }
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
  },
);

test('random rows are a worse first step than clusters', async () => {
  const data = clusteredRows(9, 200, 3, 4);
  const first = async (init: 'kmeans++' | 'random') =>
    (await fitGaussianMixture(data, { components: 4, init, maxIter: 1 })).fit.lowerBound;
  expect(await first('random')).toBeLessThan(await first('kmeans++'));
});

test('a partial start keeps what is given', async () => {
  const data = clusteredRows(9, 100, 2, 2);
  const means = [
    [50, 50],
    [-50, -50],
  ];
  const { fit, means: fitted } = await fitGaussianMixture(data, {
    components: 2,
    init: { means },
    maxIter: 1,
  });
  const own = await fitGaussianMixture(data, { components: 2, maxIter: 1 });
  expect(fit.lowerBound).toBeLessThan(own.fit.lowerBound);
  expect(fitted.every((value) => Math.abs(value) < 50)).toBe(true);
});

test('warns of too few rows for full covariances and of unfinished fits', async () => {
  const { fit } = await fitGaussianMixture(clusteredRows(1, 12, 8, 2), {
    components: 2,
    regCovar: 0.1,
    maxIter: 1,
  });
  expect(fit.warnings.map(({ code }) => code)).toEqual(['NOT_CONVERGED', 'FEW_ROWS']);
  expect(fit.warnings[1]!.components).toEqual([0, 1]);
  const calm = await fitGaussianMixture(clusteredRows(1, 100, 2, 2), { components: 2, maxIter: 500 });
  expect(calm.fit.warnings).toEqual([]);
});

test('more components than different rows stay finite', async () => {
  const data = { rows: 6, cols: 2, data: Float64Array.of(1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4) };
  for (const covarianceType of types) {
    const gmm = await fitGaussianMixture(data, { components: 4, covarianceType, nInit: 2 });
    expect(gmm.scoreSamples(data).every(Number.isFinite)).toBe(true);
  }
});

test('a fit can be stopped', async () => {
  const controller = new AbortController();
  const data = clusteredRows(1, 3000, 20, 4);
  const running = fitGaussianMixture(data, {
    components: 8,
    tol: 0,
    maxIter: 1e6,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 20);
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('refuses', () => {
  const data = clusteredRows(1, 20, 2, 2);
  const good = {
    weights: [0.5, 0.5],
    means: [
      [0, 0],
      [1, 1],
    ],
    precisions: [identity(2), identity(2)],
  };
  test.each([
    ['a typed array of integers', { ...data, data: new Int32Array(40) }, {}, 'BAD_INPUT'],
    ['a wrong length', { ...data, rows: 21 }, {}, 'BAD_INPUT'],
    ['half a row', { ...data, rows: 19.5 }, {}, 'BAD_INPUT'],
    ['rows without columns', { rows: 5, cols: 0, data: new Float64Array(0) }, {}, 'BAD_INPUT'],
    ['values whose squares overflow', map(data, (value) => value * 1e160), {}, 'BAD_INPUT'],
    ['an unknown option', data, { nComponents: 2 }, 'BAD_OPTION'],
    ['a seed below 0', data, { seed: -1 }, 'BAD_OPTION'],
    ['a start by an unknown name', data, { init: 'kmeans' }, 'BAD_OPTION'],
    ['progress that is no function', data, { onProgress: 1 }, 'BAD_OPTION'],
    ['an unknown part of the start', data, { init: { mean: [0, 0] } }, 'BAD_OPTION'],
    ['means of the wrong nesting', data, { init: { ...good, means: [[0, 0, 1, 1]] } }, 'BAD_OPTION'],
    [
      'a mean that is NaN',
      data,
      {
        init: {
          ...good,
          means: [
            [0, Number.NaN],
            [1, 1],
          ],
        },
      },
      'BAD_OPTION',
    ],
    ['means that are text', data, { init: { ...good, means: 'random' } }, 'BAD_OPTION'],
  ] as [string, RowMatrix, object, string][])('%s', async (_name, matrix, options, code) => {
    const attempt = fitGaussianMixture(matrix, { components: 2, ...options });
    await expect(attempt).rejects.toMatchObject({ name: 'RobustaError', code });
  });

  test.each([
    ['weights beside 1', { weights: Float64Array.of(0.5, 0.6) }],
    ['a length that does not fit', { means: new Float64Array(3) }],
    ['a singular covariance', { covariances: Float64Array.of(1, 0, 1, 1) }],
    ['a NaN', { means: Float64Array.of(0, 0, Number.NaN, 0) }],
    ['no components', { components: 0 }],
    ['an unknown covariance type', { covarianceType: 'banded' as CovarianceType }],
  ])('parameters with %s', (_name, wrong) => {
    const parameters = {
      covarianceType: 'diag' as const,
      components: 2,
      dim: 2,
      weights: Float64Array.of(0.5, 0.5),
      means: new Float64Array(4),
      covariances: new Float64Array(4).fill(1),
    };
    expect(() => new GaussianMixture({ ...parameters, ...wrong })).toThrow(
      expect.objectContaining({ code: 'BAD_MODEL' }),
    );
  });
});

function identity(d: number): number[][] {
  return Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 1 : 0)));
}
