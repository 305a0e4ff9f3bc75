import { createRng } from '@robusta/core';
import { createDiagonalWork } from '../src/diagonal.js';
import { gaussians } from './support.js';

const K = 3;

test.each([1, 2, 3, 4, 5, 8, 11])('vectors and plain code give the same bytes for %i features', (d) => {
  const rng = createRng(d);
  const rows = 13;
  const block = gaussians(rng, rows * d);
  const [means, factors, origins] = [gaussians(rng, K * d), gaussians(rng, K * d), gaussians(rng, K * d)];
  const [vectors, plain] = [true, false].map((wanted) => {
    const work = createDiagonalWork(K, d, rows, wanted);
    work.block.set(block);
    work.prepare(means, factors);
    const out = new Float64Array(rows);
    const forms = Array.from({ length: K }, (_, k) => {
      work.forms(rows - k, k, out);
      return out.slice(0, rows - k);
    });
    const moments = { origins, sums: new Float64Array(K * d), squares: new Float64Array(K * d) };
    for (const [k, count] of [11, 4, 1].entries()) {
      const chosen = Int32Array.from({ length: count }, (_, i) => (5 * i + k) % rows);
      const posteriors = Float64Array.from(chosen, (row) => 1 / (row + 1.5));
      work.addMoments({ rows: chosen, posteriors, count }, k, moments);
    }
    return { forms, moments };
  });
  expect(vectors).toEqual(plain);
  const naive = (row: number, k: number) =>
    Array.from(
      { length: d },
      (_, j) => ((block[row * d + j]! - means[k * d + j]!) * factors[k * d + j]!) ** 2,
    );
  for (let k = 0; k < K; k++) {
    for (const [row, form] of plain!.forms[k]!.entries()) {
      // Four sums instead of one: rounding of 11 additions.
      expect(form).toBeCloseTo(
        naive(row, k).reduce((a, b) => a + b),
        10,
      );
    }
  }
});
