import { cutBy, type OpenQuotient, type Sizes } from './expression.js';

/**
 * Sizes at which a function is traced. They must not be extents that occur in models by themselves, must differ
 * between the dimensions, and leave every remainder of a division by 2, 3 and 4, so that strides show. The first of
 * each is small and the last large: a limit such as min(T, 16) shows as a number that follows no formula.
 */
const LADDERS = [
  [11, 46, 69, 164, 1021],
  [13, 58, 87, 148, 1031],
  [7, 62, 93, 172, 1049],
  [14, 53, 75, 188, 1063],
];

/** Sizes below this are small; derived extents such as T/16 may then be 1, where a graph has another form. */
const SMALL = 17;

/**
 * Sizes at which to trace, one set for each attempt: the ladders, then slightly larger ones in case that two numbers
 * agreed by accident, then none that is small.
 */
export function attemptsFor(minimums: Readonly<Record<string, number>>): Sizes[][] {
  const names = Object.keys(minimums);
  const adjust = [
    (size: number) => size,
    (size: number) => size + 1,
    (size: number) => Math.max(size, SMALL),
  ];
  return adjust.map((adjusted) =>
    LADDERS[0]!.map((_, k) =>
      Object.fromEntries(
        names.map((name, i) => {
          const ladder = LADDERS[i % LADDERS.length]!;
          // Dimensions beyond the fourth get the same ladders further up.
          const base = adjusted(ladder[(k + i) % ladder.length]!) + 1060 * Math.floor(i / LADDERS.length);
          return [name, base + minimums[name]! - 1];
        }),
      ),
    ),
  );
}

/** Largest size of a further trace. */
const LARGEST_FURTHER = 260;

/** The further sizes that narrow down the open quotients most, undefined when nothing is left to narrow. */
export function furtherSizes(
  open: readonly OpenQuotient[],
  known: readonly Sizes[],
  minimums: Readonly<Record<string, number>>,
): Sizes | undefined {
  let best: { sizes: Sizes; gain: number } | undefined;
  for (const base of known) {
    for (const name of Object.keys(minimums)) {
      for (let size = Math.max(17, minimums[name]!); size < LARGEST_FURTHER + minimums[name]!; size++) {
        const sizes = { ...base, [name]: size };
        const gain = open.reduce((sum, quotient) => sum + cutBy(quotient, sizes), 0);
        if (gain > (best?.gain ?? 0)) best = { sizes, gain };
      }
    }
  }
  return best?.sizes;
}
