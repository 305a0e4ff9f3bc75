import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { GaussianMixture, type RowMatrix } from '../src/index.js';
import { fitPrincipalDirections, type Projection, project } from '../src/projection.js';
import { gaussians } from './support.js';

/** Rows of a few strong factors, and of noise that is 100 times weaker. */
function factorRows(rows: number, cols: number, factors: number, seed: number): RowMatrix {
  const rng = createRng(seed);
  const mixing = gaussians(rng, factors * cols);
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const strength = gaussians(rng, factors);
    for (let j = 0; j < cols; j++) {
      data[i * cols + j] = 3 + 0.01 * rng.normal();
      for (let l = 0; l < factors; l++) data[i * cols + j]! += strength[l]! * mixing[l * cols + j]!;
    }
  }
  return { rows, cols, data };
}

/** Negative log-likelihood of one Gaussian in the directions, with a ridge on each variance. */
function density(projection: Projection, fitted: RowMatrix, ridge: number): (rows: RowMatrix) => number[] {
  const { values } = project(fitted, projection);
  const q = values.cols;
  const covariances = new Float64Array(q).fill(ridge);
  for (let i = 0; i < values.rows * q; i++) covariances[i % q]! += values.data[i]! ** 2 / values.rows;
  const gaussian = new GaussianMixture({
    ...{ covarianceType: 'diag', components: 1, dim: q, covariances },
    ...{ weights: Float64Array.of(1), means: new Float64Array(q) },
  });
  return (rows) => {
    const { values: own, residuals } = project(rows, projection);
    const variance = (projection.residualVariance ?? 0) + ridge;
    const constant = 0.5 * (fitted.cols - q) * Math.log(2 * Math.PI * variance);
    return [...gaussian.scoreSamples(own)].map(
      (score, i) => -score + (residuals ? constant + (0.5 * residuals[i]!) / variance : 0),
    );
  };
}

const cases = [
  fc.integer({ min: 3, max: 12 }),
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 0, max: 1e6 }),
] as const;

test('few rows: directions are orthonormal, and what lies outside completes the length', () => {
  fc.assert(
    fc.property(...cases, (rows, more, factors, seed) => {
      const matrix = factorRows(rows, rows + more, factors, seed);
      const d = matrix.cols;
      const all = { dimensions: d, whiten: false, residual: true, compact: true };
      const projection = fitPrincipalDirections(matrix, all);
      const basis = projection.basis!;
      const q = basis.length / d;
      expect(q).toBe(rows - 1);
      for (let k = 0; k < q; k++) {
        for (let l = 0; l <= k; l++) {
          let product = 0;
          for (let j = 0; j < d; j++) product += basis[k * d + j]! * basis[l * d + j]!;
          expect(Math.abs(product - (k === l ? 1 : 0))).toBeLessThan(1e-10);
        }
      }
      // The rows of the fit lie inside, others do not.
      for (const rest of project(matrix, projection).residuals!) expect(rest).toBeLessThan(1e-9);
      const other = factorRows(4, d, factors, seed + 1);
      const { values, residuals } = project(other, projection);
      for (let i = 0; i < 4; i++) {
        let inside = 0;
        for (let k = 0; k < q; k++) inside += values.data[i * q + k]! ** 2;
        let length = 0;
        for (let j = 0; j < d; j++) {
          length += ((other.data[i * d + j]! - projection.center[j]!) / projection.scale[j]!) ** 2;
        }
        expectClose([inside + residuals![i]!], [length], { relative: 1e-9 });
      }
    }),
    { numRuns: 40 },
  );
});

test('few rows: compact directions give the same density as all of them', () => {
  fc.assert(
    fc.property(...cases, fc.constantFrom(1e-4, 0.1), (rows, more, factors, seed, ridge) => {
      const matrix = factorRows(rows, rows + more, factors, seed);
      const all = { dimensions: matrix.cols, whiten: false, residual: seed % 2 === 0 };
      const whole = fitPrincipalDirections(matrix, all);
      const compact = fitPrincipalDirections(matrix, { ...all, compact: true });
      expect(whole.basis).toHaveLength(matrix.cols ** 2);
      const other = factorRows(5, matrix.cols, factors, seed + 1);
      // Squares are divided by ridges down to 1e-4, which amplifies the 1e-12 of directions.
      const close = { relative: 1e-7, unitFloor: true };
      expectClose(density(compact, matrix, ridge)(other), density(whole, matrix, ridge)(other), close);
    }),
    { numRuns: 40 },
  );
});

test('few rows: some directions are the same with and without the detour', () => {
  const matrix = factorRows(12, 30, 3, 5);
  const options = { dimensions: 3, whiten: true, residual: true };
  const short = fitPrincipalDirections(matrix, options);
  const long = fitPrincipalDirections(
    // Each row many times: the same moments from more rows than columns.
    { rows: 36, cols: 30, data: Float64Array.from({ length: 3 * 360 }, (_, i) => matrix.data[i % 360]!) },
    options,
  );
  expectClose(short.basis!, long.basis!, { relative: 1e-9, ofLargest: true });
  expectClose(short.deviations!, long.deviations!, { relative: 1e-10 });
  expectClose([short.residualVariance!], [long.residualVariance!], { relative: 1e-8 });
});

test('rows that are all alike have any directions', () => {
  const matrix = { rows: 3, cols: 5, data: new Float64Array(15).fill(2) };
  const all = { dimensions: 5, whiten: false, residual: true };
  expect(fitPrincipalDirections(matrix, { ...all, compact: true }).basis).toHaveLength(25);
});
