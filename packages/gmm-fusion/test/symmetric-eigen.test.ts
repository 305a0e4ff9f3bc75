import { createRng } from '@robusta/core';
import fc from 'fast-check';
import { symmetricEigen } from '../src/symmetric-eigen.js';
import { gaussians } from './support.js';

/** Largest violation of A·v = λ·v and of orthonormality, relative to the largest entry of A. */
function error(a: Float64Array, d: number): number {
  const { values, vectors } = symmetricEigen(a, d);
  const size = a.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-300);
  let worst = 0;
  for (let k = 0; k < d; k++) {
    if (k > 0) expect(values[k]!).toBeLessThanOrEqual(values[k - 1]!);
    for (let i = 0; i < d; i++) {
      let product = 0;
      let overlap = 0;
      for (let j = 0; j < d; j++) {
        product += a[i * d + j]! * vectors[k * d + j]!;
        overlap += vectors[i * d + j]! * vectors[k * d + j]!;
      }
      const residual = Math.abs(product - values[k]! * vectors[k * d + i]!) / size;
      worst = Math.max(worst, residual, Math.abs(overlap - (i === k ? 1 : 0)));
    }
  }
  return worst;
}

test('eigenpairs of symmetric matrices of any scale and rank', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      fc.constantFrom(1e-12, 1, 1e12),
      fc.integer({ min: 0, max: 1e6 }),
      (d, rank, scale, seed) => {
        const factor = gaussians(createRng(seed), rank * d);
        const a = new Float64Array(d * d);
        for (let i = 0; i < d; i++) {
          for (let j = 0; j < d; j++) {
            for (let k = 0; k < rank; k++)
              a[i * d + j]! += (k % 2 ? -scale : scale) * factor[k * d + i]! * factor[k * d + j]!;
          }
        }
        // d·eps, with room for the constants of the method.
        expect(error(a, d)).toBeLessThan(1e-12);
      },
    ),
  );
});

test('known spectra: zero, diagonal, and the second difference matrix', () => {
  expect(symmetricEigen(new Float64Array(9), 3).values).toEqual(new Float64Array(3));
  expect([...symmetricEigen(Float64Array.of(1, 0, 0, 5), 2).values]).toEqual([5, 1]);
  const d = 40;
  const a = Float64Array.from({ length: d * d }, (_, at) => {
    const gap = Math.abs(Math.floor(at / d) - (at % d));
    return gap === 0 ? 2 : gap === 1 ? -1 : 0;
  });
  const { values } = symmetricEigen(a, d);
  for (let k = 0; k < d; k++) {
    const expected = 2 - 2 * Math.cos(((d - k) * Math.PI) / (d + 1));
    expect(values[k]!).toBeCloseTo(expected, 12);
  }
});

test('a large matrix of low rank, as the covariance of few wide feature rows is', () => {
  const [d, rank] = [200, 6];
  const rows = gaussians(createRng(11), rank * d);
  const a = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < rank; k++) a[i * d + j]! += (rows[k * d + i]! * rows[k * d + j]!) / rank;
    }
  }
  expect(error(a, d)).toBeLessThan(1e-12);
  const { values } = symmetricEigen(a, d);
  expect(values[rank - 1]!).toBeGreaterThan(1);
  for (const value of values.subarray(rank)) expect(Math.abs(value)).toBeLessThan(1e-12);
});
