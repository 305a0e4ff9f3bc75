import { RobustaError } from '@robusta/core';

/** Labels and scores that passed {@link checkInput}. */
export interface CheckedInput {
  labels: Uint8Array | Float64Array;
  scores: Float32Array | Float64Array;
  /** Items of label 1. */
  positives: number;
  /** Runs of neighbours with one label and one score, of label 1. */
  positiveRuns: number;
  /** The same, of label 0. */
  negativeRuns: number;
}

/**
 * Checks labels and scores and counts them. Only four kinds of arrays come out, so that the loops over them stay
 * fast whatever callers hand in.
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE
 */
export function checkInput(givenLabels: ArrayLike<number>, givenScores: ArrayLike<number>): CheckedInput {
  const { length } = givenLabels;
  if (givenScores.length !== length) throw lengthMismatch(length, givenScores.length);
  if (length === 0) throw new RobustaError('EMPTY_INPUT', 'there are no labels and no scores');
  const labels = givenLabels instanceof Uint8Array ? givenLabels : asDoubles(givenLabels);
  const scores = givenScores instanceof Float32Array ? givenScores : asDoubles(givenScores);
  let positives = 0;
  let positiveRuns = 0;
  let runs = 0;
  let labelBefore = -1;
  let scoreBefore = 0;
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    const score = scores[i]!;
    if (label !== 0 && label !== 1) {
      throw new RobustaError('NON_BINARY_LABEL', `label ${i} of ${length} is ${label}, not 0 or 1`, {
        details: { index: i },
      });
    }
    if (score - score !== 0) {
      throw new RobustaError('NON_FINITE', `score ${i} of ${length} is ${score}`, { details: { index: i } });
    }
    positives += label;
    if (label === labelBefore && score === scoreBefore) continue;
    positiveRuns += label;
    runs++;
    labelBefore = label;
    scoreBefore = score;
  }
  return { labels, scores, positives, positiveRuns, negativeRuns: runs - positiveRuns };
}

function asDoubles(values: ArrayLike<number>): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(asTyped(values));
}

/** In a typed array; what is no number, such as the null that JSON makes of NaN, becomes NaN and is not taken for 0. */
export function asTyped(values: ArrayLike<number>): ArrayLike<number> {
  if (ArrayBuffer.isView(values)) return values;
  const doubles = new Float64Array(values.length);
  for (let i = 0; i < doubles.length; i++) {
    const value: unknown = values[i];
    doubles[i] = typeof value === 'number' ? value : Number.NaN;
  }
  return doubles;
}

function lengthMismatch(labels: number, scores: number): RobustaError {
  const ratio = Math.max(labels, scores) / Math.min(labels, scores);
  const whole = Number.isInteger(ratio) && ratio > 1;
  return new RobustaError('LENGTH_MISMATCH', `${labels} labels but ${scores} scores`, {
    ...(whole && {
      hint: `one is ${ratio} times the other: snippets against frames, or several crops a video?`,
    }),
    details: { labels, scores },
  });
}
