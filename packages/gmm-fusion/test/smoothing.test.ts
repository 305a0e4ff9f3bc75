import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import { smooth } from '../src/smoothing.js';

const values = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((list) => Float64Array.from(list));
const smoothing = fc.oneof(
  fc.record({ window: fc.integer({ min: 0, max: 8 }).map((half) => 2 * half + 1) }),
  fc.record({ halfLife: fc.double({ min: 0.1, max: 50, noNaN: true }) }),
);

test('a window is the mean of the neighbours that exist', () => {
  const present = [1, 1, 0, 1, 1];
  const smoothed = smooth(Float64Array.of(1, 2, 100, 4, 6), { window: 3 }, (t) => present[t] === 1);
  expect([...smoothed]).toEqual([1.5, 1.5, Number.NaN, 5, 5]);
});

test('with a half-life each past snippet counts 2^(-age/halfLife)', () => {
  const list = [3, -1, 4, 1, 5, -9];
  const halfLife = 1.7;
  const expected = list.map((_, t) => {
    let sum = 0;
    let weights = 0;
    // The third is missing: time passes, but it does not count.
    for (let s = 0; s <= t; s++) {
      if (s === 2) continue;
      const weight = 2 ** (-(t - s) / halfLife);
      sum += weight * list[s]!;
      weights += weight;
    }
    return sum / weights;
  });
  const smoothed = smooth(Float64Array.from(list), { halfLife }, (t) => t !== 2);
  expect(smoothed[2]).toBeNaN();
  const known = (all: ArrayLike<number>) => Array.from(all).filter((_, t) => t !== 2);
  expectClose(known(smoothed), known(expected), { relative: 1e-12 });
});

test('means lie between the smallest and the largest value, and a constant stays one', () => {
  fc.assert(
    fc.property(values, smoothing, (list, how) => {
      const smoothed = smooth(list, how);
      const slack = 1e-9 * Math.max(1, ...list.map(Math.abs));
      expect(Math.min(...smoothed)).toBeGreaterThanOrEqual(Math.min(...list) - slack);
      expect(Math.max(...smoothed)).toBeLessThanOrEqual(Math.max(...list) + slack);
      expectClose(
        smooth(
          list.map(() => 7),
          how,
        ),
        list.map(() => 7),
        { relative: 1e-12 },
      );
    }),
    { seed: 1 },
  );
});

test('a half-life looks back only', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.1, max: 50, noNaN: true }), (list, halfLife) => {
      const whole = smooth(list, { halfLife });
      const first = list.length >> 1;
      expect(smooth(list.subarray(0, first), { halfLife })).toEqual(whole.subarray(0, first));
    }),
    { seed: 1 },
  );
});

test('a window of one changes nothing, and the largest numbers do not overflow', () => {
  const list = Float64Array.of(1, Number.MAX_VALUE, Number.MAX_VALUE, -4);
  expect(smooth(list, { window: 1 })).toEqual(list);
  for (const value of smooth(list, { window: 3 })) expect(Number.isFinite(value)).toBe(true);
});
