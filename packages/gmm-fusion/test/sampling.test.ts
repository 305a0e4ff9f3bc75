import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { type CovarianceType, GaussianMixture, type MixtureParameters } from '../src/index.js';
import { gaussians } from './support.js';

const types: CovarianceType[] = ['full', 'tied', 'diag', 'spherical'];
const ROWS = 20_000;

/** A mixture of random parameters; its matrices are A·Aᵀ + I. */
function randomMixture(
  covarianceType: CovarianceType,
  components: number,
  dim: number,
  seed: number,
): GaussianMixture {
  const rng = createRng(seed);
  const matrix = () => {
    const a = gaussians(rng, dim * dim);
    const out = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j < dim; j++) {
        out[i * dim + j] = i === j ? 1 : 0;
        for (let l = 0; l < dim; l++) out[i * dim + j]! += a[i * dim + l]! * a[j * dim + l]!;
      }
    }
    return out;
  };
  const count = { full: components, tied: 1, diag: 0, spherical: 0 }[covarianceType];
  const variances = (length: number) => gaussians(rng, length).map((value) => 0.5 + value * value);
  const covariances =
    count > 0
      ? Float64Array.from(Array.from({ length: count }, matrix).flatMap((part) => [...part]))
      : variances(covarianceType === 'diag' ? components * dim : components);
  const raw = Float64Array.from({ length: components }, () => 0.2 + rng.uniform());
  const total = raw.reduce((a, b) => a + b);
  const means = gaussians(rng, components * dim).map((value) => 10 * value);
  const parameters: MixtureParameters = {
    ...{ covarianceType, components, dim, means, covariances },
    weights: raw.map((value) => value / total),
  };
  return new GaussianMixture(parameters);
}

/** Component k's covariance as a matrix. */
function matrixOf({ covarianceType, dim }: GaussianMixture, values: Float64Array, k: number): Float64Array {
  if (covarianceType === 'full') return values.subarray(k * dim * dim, (k + 1) * dim * dim);
  if (covarianceType === 'tied') return values;
  return Float64Array.from({ length: dim * dim }, (_, at) => {
    const i = Math.floor(at / dim);
    return i === at % dim ? values[covarianceType === 'diag' ? k * dim + i : k]! : 0;
  });
}

function product(a: Float64Array, b: Float64Array, d: number, transposed = false): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++)
      for (let l = 0; l < d; l++) out[i * d + j]! += a[i * d + l]! * b[transposed ? j * d + l : l * d + j]!;
  return out;
}

test.each(types)('precisions are inverse covariances, and their square roots triangular (%s)', (type) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 1e6 }),
      (components, dim, seed) => {
        const gmm = randomMixture(type, components, dim, seed);
        const { precisions, precisionsCholesky } = gmm;
        expect([precisions.length, precisionsCholesky.length]).toEqual(Array(2).fill(gmm.covariances.length));
        expect(gmm.precisions).toBe(precisions);
        const unit = Float64Array.from({ length: dim * dim }, (_, at) => (at % (dim + 1) === 0 ? 1 : 0));
        for (let k = 0; k < components; k++) {
          const precision = matrixOf(gmm, precisions, k);
          // The condition numbers of these matrices are below 1e4.
          expectClose(product(precision, matrixOf(gmm, gmm.covariances, k), dim), unit, { absolute: 1e-9 });
          const root = matrixOf(gmm, precisionsCholesky, k);
          expectClose(product(root, root, dim, true), precision, { relative: 1e-12, ofLargest: true });
          for (let i = 0; i < dim; i++) for (let j = 0; j < i; j++) expect(root[i * dim + j]).toBe(0);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test.each(types)('a sample has the moments of its mixture (%s)', (type) => {
  const [components, dim] = [3, 4];
  const gmm = randomMixture(type, components, dim, 5);
  const sample = gmm.sample(ROWS, 3);
  for (let k = 0; k < components; k++) {
    const rows = [...sample.components.keys()].filter((i) => sample.components[i] === k);
    const n = rows.length;
    const weight = gmm.weights[k]!;
    // Six standard errors each: once in 5·10⁸ by chance, and the seed is fixed.
    expectClose([n / ROWS], [weight], { absolute: 6 * Math.sqrt((weight * (1 - weight)) / ROWS) });
    const root = matrixOf(gmm, gmm.precisionsCholesky, k);
    const whitened = rows.map((i) =>
      Float64Array.from({ length: dim }, (_, j) => {
        let sum = 0;
        for (let l = 0; l < dim; l++) {
          sum += root[l * dim + j]! * (sample.data[i * dim + l]! - gmm.means[k * dim + l]!);
        }
        return sum;
      }),
    );
    for (let a = 0; a < dim; a++) {
      const mean = whitened.reduce((sum, row) => sum + row[a]!, 0) / n;
      expectClose([mean], [0], { absolute: 6 / Math.sqrt(n) });
      for (let b = 0; b <= a; b++) {
        const moment = whitened.reduce((sum, row) => sum + row[a]! * row[b]!, 0) / n;
        expectClose([moment], [a === b ? 1 : 0], { absolute: 6 * Math.sqrt((a === b ? 2 : 1) / n) });
      }
    }
  }
});

test('the same seed draws the same rows, and more of them go on where fewer stopped', () => {
  const gmm = randomMixture('full', 3, 4, 7);
  const long = gmm.sample(100, 9);
  const short = gmm.sample(40, 9);
  expect(short.data).toEqual(long.data.slice(0, 160));
  expect(short.components).toEqual(long.components.slice(0, 40));
  expect(gmm.sample(40, 10).data).not.toEqual(short.data);
  expect(gmm.sample(0)).toMatchObject({ rows: 0, cols: 4, data: new Float64Array(0) });
});

test('a component of weight 0 is never drawn', () => {
  const { parameters } = randomMixture('diag', 3, 2, 1);
  const gmm = new GaussianMixture({ ...parameters, weights: Float64Array.of(0, 1, 0) });
  expect([...new Set(gmm.sample(500, 1).components)]).toEqual([1]);
});

test.each([
  [-1, 0],
  [1.5, 0],
  [2 ** 30, 0],
  [1, -1],
  [1, 0.5],
])('refuses %d rows with seed %d', (rows, seed) => {
  expect(() => randomMixture('diag', 1, 2, 1).sample(rows, seed)).toThrow(
    expect.objectContaining({ name: 'RobustaError', code: 'BAD_OPTION' }),
  );
});

test('means with more digits must be the same means', () => {
  const { parameters } = randomMixture('diag', 2, 2, 1);
  const origin = Float64Array.of(1, 2);
  const means = new Float64Array(4);
  for (const frame of [
    { origin, means },
    { origin, means: new Float64Array(3) },
    { origin: Float64Array.of(1), means },
  ]) {
    expect(() => new GaussianMixture(parameters, frame)).toThrow(
      expect.objectContaining({ code: 'BAD_MODEL' }),
    );
  }
});
