import { RobustaError } from '@robusta/core';
import { type CheckedInput, checkInput } from './input.js';
import { sortAscending } from './sort.js';
import { workspace } from './workspace.js';

/** The scores of the items of one label. */
export interface Side {
  /** Ascending, -0 as 0; one for each item, or for each run of equal neighbours. */
  values: Float64Array;
  /** Items that each value stands for; undefined if it is one. */
  payload: Uint32Array | undefined;
  /** Items of this label. */
  total: number;
}

/** Items by score. Equal scores are one threshold; they are compared with `===`, so -0 is 0. */
export interface Ranking {
  positives: Side;
  negatives: Side;
}

/** How many items score at least as high as each of some thresholds, which fall. */
export interface Counts {
  tp: Uint32Array;
  fp: Uint32Array;
  thresholds: Float64Array;
}

/**
 * Ranks items by score, in O(n). Positives and negatives are sorted apart, so that no label has to be moved with
 * its score; runs of equal neighbours, such as the frames of a snippet, are sorted as one.
 * @returns in working memory: to be used before the next ranking
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE
 */
export function rank(labels: ArrayLike<number>, scores: ArrayLike<number>): Ranking {
  const input = checkInput(labels, scores);
  const { length } = input.labels;
  const asRuns = input.positiveRuns + input.negativeRuns <= length / 2;
  const positiveCount = asRuns ? input.positiveRuns : input.positives;
  const count = asRuns ? input.positiveRuns + input.negativeRuns : length;
  const memory = workspace(2 * count);
  const [positives, negatives, spare, otherSpare] = [
    memory.subarray(0, positiveCount),
    memory.subarray(positiveCount, count),
    memory.subarray(count, count + positiveCount),
    memory.subarray(count + positiveCount),
  ];
  const payloads = asRuns ? splitRuns(input, positives, negatives) : split(input, positives, negatives);
  return {
    positives: { ...sortAscending(positives, payloads?.[0], spare), total: input.positives },
    negatives: { ...sortAscending(negatives, payloads?.[1], otherSpare), total: length - input.positives },
  };
}

function split(
  { labels, scores }: CheckedInput,
  positives: Float64Array,
  negatives: Float64Array,
): undefined {
  let tp = 0;
  let fp = 0;
  for (let i = 0; i < labels.length; i++) {
    const score = scores[i]! + 0; // makes -0 a 0
    if (labels[i] === 1) positives[tp++] = score;
    else negatives[fp++] = score;
  }
}

/** One value for each run; gives the lengths of the runs. */
function splitRuns(
  { labels, scores }: CheckedInput,
  positives: Float64Array,
  negatives: Float64Array,
): [Uint32Array, Uint32Array] {
  const positiveLengths = new Uint32Array(positives.length);
  const negativeLengths = new Uint32Array(negatives.length);
  let tp = 0;
  let fp = 0;
  for (let start = 0, end = 0; start < labels.length; start = end) {
    const label = labels[start]!;
    const score = scores[start]!;
    for (end = start + 1; end < labels.length && labels[end] === label && scores[end] === score; ) end++;
    if (label === 1) {
      positives[tp] = score + 0;
      positiveLengths[tp++] = end - start;
    } else {
      negatives[fp] = score + 0;
      negativeLengths[fp++] = end - start;
    }
  }
  return [positiveLengths, negativeLengths];
}

/** The thresholds that are scores of positives, from the highest on. */
export type VisitHits = (
  score: number,
  /** Positives above the threshold. */
  before: number,
  /** Positives at or above it. */
  hits: number,
  /** Negatives above it. */
  alarmsBefore: number,
  /** Negatives at or above it. */
  alarms: number,
) => void;

/** All that areas need: what happens at thresholds where no positive scores follows from these. */
export function forEachHit({ positives, negatives }: Ranking, visit: VisitHits): void {
  const { values, payload } = positives;
  const { values: others, payload: otherCounts } = negatives;
  let hits = 0;
  let alarms = 0;
  let i = values.length - 1;
  let j = others.length - 1;
  while (i >= 0) {
    const score = values[i]!;
    const before = hits;
    for (; i >= 0 && values[i] === score; i--) hits += payload ? payload[i]! : 1;
    for (; j >= 0 && others[j]! > score; j--) alarms += otherCounts ? otherCounts[j]! : 1;
    const alarmsBefore = alarms;
    for (; j >= 0 && others[j] === score; j--) alarms += otherCounts ? otherCounts[j]! : 1;
    visit(score, before, hits, alarmsBefore, alarms);
  }
}

/** Counts at every distinct score. */
export function countAll(ranking: Ranking): Counts {
  const { positives, negatives } = ranking;
  const thresholds = distinctFalling(positives.values, negatives.values);
  return {
    tp: countAtLeast(positives, thresholds),
    fp: countAtLeast(negatives, thresholds),
    thresholds,
  };
}

/** The distinct values of two ascending arrays, descending. */
function distinctFalling(a: Float64Array, b: Float64Array): Float64Array {
  const distinct = new Float64Array(a.length + b.length);
  let count = 0;
  let i = a.length - 1;
  let j = b.length - 1;
  while (i >= 0 || j >= 0) {
    const value = i < 0 || (j >= 0 && b[j]! > a[i]!) ? b[j]! : a[i]!;
    while (i >= 0 && a[i] === value) i--;
    while (j >= 0 && b[j] === value) j--;
    distinct[count++] = value;
  }
  return distinct.slice(0, count);
}

function countAtLeast({ values, payload }: Side, thresholds: Float64Array): Uint32Array {
  let count = 0;
  let i = values.length - 1;
  return Uint32Array.from(thresholds, (threshold) => {
    for (; i >= 0 && values[i]! >= threshold; i--) count += payload ? payload[i]! : 1;
    return count;
  });
}

/** @throws NO_POSITIVE */
export function requirePositive({ positives }: Ranking, what: string): number {
  if (positives.total > 0) return positives.total;
  throw noPositive(what);
}

/** @throws NO_NEGATIVE */
export function requireNegative({ negatives }: Ranking, what: string): number {
  if (negatives.total > 0) return negatives.total;
  throw noNegative(what);
}

export function noPositive(what: string): RobustaError {
  return new RobustaError('NO_POSITIVE', `${what} is undefined without a positive label`, {
    hint: 'check that the ground truth belongs to these videos and marks anomalous frames with 1',
  });
}

export function noNegative(what: string): RobustaError {
  return new RobustaError('NO_NEGATIVE', `${what} is undefined without a negative label`, {
    hint: 'add normal videos, or use average precision',
  });
}
