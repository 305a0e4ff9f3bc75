import type { Sizes } from './expression.js';

/**
 * Sizes at which a function is traced. They must not be extents that occur in models by themselves, must differ
 * between the dimensions, and leave every remainder of a division by 2, 3 and 4, so that strides show. The first of
 * each is small: a limit such as min(T, 16) shows as a number that follows no formula.
 */
const LADDERS = [
  [11, 46, 69, 164, 205],
  [13, 58, 87, 148, 221],
  [7, 62, 93, 172, 235],
  [14, 53, 75, 188, 247],
];

/** Added to the sizes when two traces agree by accident. */
const SHIFTS = [0, 1, 2];

/** Sizes at which to trace, one set for each attempt. */
export function attemptsFor(minimums: Readonly<Record<string, number>>): Sizes[][] {
  const names = Object.keys(minimums);
  return SHIFTS.map((shift) =>
    LADDERS[0]!.map((_, k) =>
      Object.fromEntries(
        names.map((name, i) => {
          const ladder = LADDERS[i % LADDERS.length]!;
          // Dimensions beyond the fourth get the same ladders further up.
          const base = ladder[(k + i) % ladder.length]! + shift + 260 * Math.floor(i / LADDERS.length);
          return [name, base + minimums[name]! - 1];
        }),
      ),
    ),
  );
}
