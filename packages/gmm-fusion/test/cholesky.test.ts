import { createRng } from '@robusta/core';
import { cholesky, invertLower } from '../src/cholesky.js';
import { gaussians } from './support.js';

/** B·Bᵀ + I, well conditioned. */
function positiveDefinite(d: number): Float64Array {
  const b = gaussians(createRng(d), d * d);
  return Float64Array.from({ length: d * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d];
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < d; k++) sum += b[i * d + k]! * b[j * d + k]!;
    return sum;
  });
}

test.each([1, 2, 3, 4, 5, 7, 8, 12, 13, 31])('factor and inverse of a matrix of %i rows', (d) => {
  const a = positiveDefinite(d);
  const l = cholesky(a, 0, d, new Float64Array(d)) as Float64Array;
  const inverse = new Float64Array(d * d);
  invertLower(l, d, inverse, 0);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let product = 0;
      let unit = 0;
      for (let k = 0; k < d; k++) {
        product += l[i * d + k]! * l[j * d + k]!;
        unit += inverse[i * d + k]! * l[k * d + j]!;
      }
      // Sums of at most 31 products of values up to 100: a hundred times their rounding.
      expect(Math.abs(product - a[i * d + j]!)).toBeLessThan(1e-11);
      expect(Math.abs(unit - (i === j ? 1 : 0))).toBeLessThan(1e-11);
      if (j > i) expect([l[i * d + j], inverse[i * d + j]]).toEqual([0, 0]);
    }
  }
});

test.each([0, 1, 3, 4, 6, 9])('row %i that depends on the others is named', (row) => {
  const d = 10;
  const a = positiveDefinite(d);
  for (let j = 0; j < d; j++) a[row * d + j] = 0;
  for (let j = 0; j < d; j++) a[j * d + row] = 0;
  expect(cholesky(a, 0, d, new Float64Array(d))).toEqual({ row, pivot: 0 });
});
