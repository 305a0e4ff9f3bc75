import { z } from 'zod';

/** How neighbouring snippets take part in each value. */
export type Smoothing = z.output<typeof SmoothingSchema>;

/** Checks a {@link Smoothing}. */
export const SmoothingSchema = z.union(
  [
    z.strictObject({
      window: z
        .number()
        .int()
        .min(1)
        .max(1_000_001)
        .refine((value) => value % 2 === 1, 'must be odd')
        .describe('mean of that many snippets, half of them before and half after'),
    }),
    z.strictObject({
      halfLife: z
        .number()
        .positive()
        .describe('snippets after which a past one counts half; looks back only'),
    }),
  ],
  'must be { window: odd number } or { halfLife: number above 0 }',
);

/**
 * Means of neighbouring values. At the ends, and beside gaps, of those that exist.
 * @param values - `[T]`
 * @param present - which of them exist; all if left out
 * @returns `[T]`, NaN where the value itself does not exist
 */
export function smooth(
  values: Float64Array,
  smoothing: Smoothing,
  present?: (t: number) => boolean,
): Float64Array {
  const exists = present ?? (() => true);
  const smoothed =
    'window' in smoothing
      ? movingMean(values, smoothing.window >> 1, exists)
      : decayingMean(values, 2 ** (-1 / smoothing.halfLife), exists);
  return present ? smoothed.map((value, t) => (exists(t) ? value : Number.NaN)) : smoothed;
}

/** Mean of the values that exist; NaN if there are none. */
export function meanOf(
  values: Float64Array,
  exists: (t: number) => boolean,
  from = 0,
  to = values.length,
): number {
  let count = 0;
  for (let t = from; t < to; t++) if (exists(t)) count++;
  if (count === 0) return Number.NaN;
  let mean = 0;
  // Divided first: a sum of huge values would overflow.
  for (let t = from; t < to; t++) if (exists(t)) mean += values[t]! / count;
  return mean;
}

/** Summed anew for each snippet: in a running sum an outlier would leave its rounding error behind. */
function movingMean(values: Float64Array, reach: number, exists: (t: number) => boolean): Float64Array {
  return values.map((_, t) =>
    meanOf(values, exists, Math.max(0, t - reach), Math.min(values.length, t + reach + 1)),
  );
}

/** Exponentially weighted mean of the past; the weights of the values so far are divided by their sum. */
function decayingMean(values: Float64Array, decay: number, exists: (t: number) => boolean): Float64Array {
  let mean = 0;
  let weight = 0;
  return values.map((value, t) => {
    weight *= decay;
    if (exists(t)) {
      weight += 1;
      mean += (value - mean) / weight;
    }
    return mean;
  });
}
