import { RobustaError } from '@robusta/core';
import { fromOrderedKeys, radixSort, toOrderedKeys } from './radix.js';

/**
 * How labels are distributed over the ranking: element i counts the items whose score is at least the
 * i-th highest distinct score. Equal scores are one threshold; they are compared with `===`, so -0 is 0.
 */
export interface Ranking {
  /** Positives at or above each threshold; the last element is their number P. */
  tp: Uint32Array;
  /** Negatives at or above each threshold; the last element is their number N. */
  fp: Uint32Array;
}

/** A {@link Ranking} with its distinct scores, descending. */
export interface RankingWithThresholds extends Ranking {
  thresholds: Float64Array;
}

/** Sorted ascending: ordered 32-bit keys if all scores are float32 values, else the scores. */
type Sorted = Uint32Array | Float64Array;

/**
 * Ranks items by score. Positives and negatives are sorted apart and then merged, so that no label has to
 * be moved with its score. O(n) for scores that float32 can hold, O(n log n) for others.
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE
 */
export function rank(labels: ArrayLike<number>, scores: ArrayLike<number>): Ranking {
  const [positives, negatives] = sortByLabel(labels, scores);
  return merge(positives, negatives, countDistinct(positives, negatives));
}

/** {@link rank}, with the distinct scores. */
export function rankWithThresholds(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): RankingWithThresholds {
  const [positives, negatives] = sortByLabel(labels, scores);
  const count = countDistinct(positives, negatives);
  const keys = positives instanceof Uint32Array ? new Uint32Array(count) : new Float64Array(count);
  const { tp, fp } = merge(positives, negatives, count, keys);
  const thresholds = keys instanceof Uint32Array ? Float64Array.from(fromOrderedKeys(keys)) : keys;
  return { tp, fp, thresholds };
}

function sortByLabel(labels: ArrayLike<number>, scores: ArrayLike<number>): [Sorted, Sorted] {
  const count = checkedPositives(labels, scores);
  const positives = new Float32Array(count);
  const negatives = new Float32Array(labels.length - count);
  if (split(labels, scores, positives, negatives)) {
    return [radixSort(toOrderedKeys(positives)), radixSort(toOrderedKeys(negatives))];
  }
  const wide: [Float64Array, Float64Array] = [
    new Float64Array(count),
    new Float64Array(labels.length - count),
  ];
  split(labels, scores, ...wide);
  return [wide[0].sort(), wide[1].sort()];
}

/** Parts scores by label; false, and stopped early, if the arrays cannot hold a score exactly. */
function split(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  positives: Float32Array | Float64Array,
  negatives: Float32Array | Float64Array,
): boolean {
  const { length } = labels;
  let tp = 0;
  let fp = 0;
  for (let i = 0; i < length; i++) {
    const score = scores[i]! + 0; // makes -0 a 0
    if (labels[i] === 1) {
      positives[tp] = score;
      if (positives[tp++] !== score) return false;
    } else {
      negatives[fp] = score;
      if (negatives[fp++] !== score) return false;
    }
  }
  return true;
}

/** Checks the input and counts its positives. */
function checkedPositives(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { length } = labels;
  if (scores.length !== length) {
    const ratio = Math.max(length, scores.length) / Math.min(length, scores.length);
    const whole = Number.isInteger(ratio) && ratio > 1;
    throw new RobustaError('LENGTH_MISMATCH', `${length} labels but ${scores.length} scores`, {
      ...(whole && {
        hint: `one is ${ratio} times the other: snippets against frames, or several crops a video?`,
      }),
      details: { labels: length, scores: scores.length },
    });
  }
  if (length === 0) throw new RobustaError('EMPTY_INPUT', 'there are no labels and no scores');
  let positives = 0;
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (label === 1) positives++;
    else if (label !== 0) {
      throw new RobustaError('NON_BINARY_LABEL', `label ${i} of ${length} is ${label}, not 0 or 1`, {
        details: { index: i },
      });
    }
    const score = scores[i]!;
    if (score - score !== 0) {
      throw new RobustaError('NON_FINITE', `score ${i} of ${length} is ${score}`, { details: { index: i } });
    }
  }
  return positives;
}

function countDistinct(positives: Sorted, negatives: Sorted): number {
  let count = 0;
  let i = positives.length - 1;
  let j = negatives.length - 1;
  while (i >= 0 || j >= 0) {
    const value = i < 0 || (j >= 0 && negatives[j]! > positives[i]!) ? negatives[j]! : positives[i]!;
    while (i >= 0 && positives[i] === value) i--;
    while (j >= 0 && negatives[j] === value) j--;
    count++;
  }
  return count;
}

function merge(positives: Sorted, negatives: Sorted, count: number, keys?: Sorted): Ranking {
  const tp = new Uint32Array(count);
  const fp = new Uint32Array(count);
  let i = positives.length - 1;
  let j = negatives.length - 1;
  for (let threshold = 0; threshold < count; threshold++) {
    const value = i < 0 || (j >= 0 && negatives[j]! > positives[i]!) ? negatives[j]! : positives[i]!;
    while (i >= 0 && positives[i] === value) i--;
    while (j >= 0 && negatives[j] === value) j--;
    tp[threshold] = positives.length - 1 - i;
    fp[threshold] = negatives.length - 1 - j;
    if (keys) keys[threshold] = value;
  }
  return { tp, fp };
}

/** @throws NO_POSITIVE */
export function requirePositive({ tp }: Ranking, what: string): number {
  const positives = tp.at(-1)!;
  if (positives > 0) return positives;
  throw new RobustaError('NO_POSITIVE', `${what} is undefined without a positive label`, {
    hint: 'check that the ground truth belongs to these videos and marks anomalous frames with 1',
  });
}

/** @throws NO_NEGATIVE */
export function requireNegative({ fp }: Ranking, what: string): number {
  const negatives = fp.at(-1)!;
  if (negatives > 0) return negatives;
  throw new RobustaError('NO_NEGATIVE', `${what} is undefined without a negative label`, {
    hint: 'add normal videos, or use average precision',
  });
}
