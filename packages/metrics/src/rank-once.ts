import { RobustaError } from '@robusta/core';
import type { Area } from './areas.js';
import { type CheckedInput, checkInput } from './input.js';
import { type EvaluateResamples, LANES } from './lanes.js';
import { sortAscending } from './sort.js';
import { inVideo, type ScoredVideo } from './videos.js';

/** Scores of one label in all videos, descending; one entry for each run of equal neighbours in a video. */
interface Entries {
  score: Float64Array;
  /** {@link LANES} times the index of the video: where its weights start. */
  weightsAt: Uint32Array;
  /** Frames of the run. */
  frames: Uint32Array;
}

/** Thresholds worked on at a time, so that memory does not grow with their number. */
const BLOCK = 256;

/** Sorts once; each resample then only adds up the frames of each score times the weight of their video. */
export function rankOnce(videos: readonly ScoredVideo[], area: Area): EvaluateResamples {
  const { positives, negatives } = entriesOf(videos);
  const { hitEnds, alarmEnds } = thresholdsOf(positives.score, negatives.score);
  // The first row of both is what was counted before the block.
  const hits = new Float64Array(LANES * (1 + BLOCK));
  const alarms = new Float64Array(LANES * (1 + 2 * BLOCK));
  const sums = new Float64Array(LANES);
  return (weights, values) => {
    for (const counts of [hits, alarms, sums]) counts.fill(0);
    for (let first = 0; first < hitEnds.length; first += BLOCK) {
      const count = Math.min(BLOCK, hitEnds.length - first);
      cumulate(positives, hitEnds, first, count, weights, hits);
      cumulate(negatives, alarmEnds, 2 * first, 2 * count, weights, alarms);
      for (let lane = 0; lane < LANES; lane++) sums[lane]! += sumOfTerms(area, hits, alarms, count, lane);
      hits.copyWithin(0, LANES * count, LANES * (count + 1));
      alarms.copyWithin(0, LANES * 2 * count, LANES * (2 * count + 1));
    }
    if (area.needsNegatives) countRest(negatives, alarmEnds.at(-1) ?? 0, weights, alarms);
    for (let lane = 0; lane < LANES; lane++) {
      const isUndefined = hits[lane] === 0 || (area.needsNegatives && alarms[lane] === 0);
      values[lane] = isUndefined ? Number.NaN : area.value(sums[lane]!, hits[lane]!, alarms[lane]!);
    }
  };
}

/**
 * @param hits - positives at or above each threshold, after those before the block: `[1 + count, LANES]`
 * @param alarms - negatives above each threshold and at or above it, likewise: `[1 + 2 count, LANES]`
 */
function sumOfTerms(
  area: Area,
  hits: Float64Array,
  alarms: Float64Array,
  count: number,
  lane: number,
): number {
  let sum = 0;
  let before = hits[lane]!;
  for (let k = 1; k <= count; k++) {
    const hitsHere = hits[LANES * k + lane]!;
    const alarmsAt = LANES * (2 * k - 1) + lane;
    sum += area.term(before, hitsHere, alarms[alarmsAt]!, alarms[alarmsAt + LANES]!);
    before = hitsHere;
  }
  return sum;
}

/**
 * Frames times weights of the entries up to each of some ends, for all lanes.
 * @param ends - of entries; `count` of them from `first` on
 * @param sums - `[1 + count, LANES]`; the first row is that of the end before, the others are written
 */
function cumulate(
  { weightsAt, frames }: Entries,
  ends: Uint32Array,
  first: number,
  count: number,
  weights: Float64Array,
  sums: Float64Array,
): void {
  let sum0 = sums[0]!;
  let sum1 = sums[1]!;
  let sum2 = sums[2]!;
  let sum3 = sums[3]!;
  let entry = first > 0 ? ends[first - 1]! : 0;
  for (let k = 0; k < count; k++) {
    for (const end = ends[first + k]!; entry < end; entry++) {
      const at = weightsAt[entry]!;
      const framesHere = frames[entry]!;
      sum0 += weights[at]! * framesHere;
      sum1 += weights[at + 1]! * framesHere;
      sum2 += weights[at + 2]! * framesHere;
      sum3 += weights[at + 3]! * framesHere;
    }
    const row = LANES * (k + 1);
    sums[row] = sum0;
    sums[row + 1] = sum1;
    sums[row + 2] = sum2;
    sums[row + 3] = sum3;
  }
}

/** Adds the frames of the entries from `start` on, times weights, to the first row of `sums`. */
function countRest(
  { weightsAt, frames }: Entries,
  start: number,
  weights: Float64Array,
  sums: Float64Array,
): void {
  for (let entry = start; entry < frames.length; entry++) {
    for (let lane = 0; lane < LANES; lane++)
      sums[lane]! += weights[weightsAt[entry]! + lane]! * frames[entry]!;
  }
}

/**
 * The distinct scores of positives are the thresholds, from the highest on. For each the number of positive entries
 * at or above it, `[thresholds]`, and of negative ones above it and at or above it, `[thresholds, 2]`.
 */
function thresholdsOf(positives: Float64Array, negatives: Float64Array) {
  const hitEnds = new Uint32Array(positives.length);
  const alarmEnds = new Uint32Array(2 * positives.length);
  let count = 0;
  for (let i = 0, j = 0; i < positives.length; count++) {
    const score = positives[i]!;
    while (positives[i] === score) i++;
    while (negatives[j]! > score) j++;
    alarmEnds[2 * count] = j;
    while (negatives[j] === score) j++;
    alarmEnds[2 * count + 1] = j;
    hitEnds[count] = i;
  }
  return { hitEnds: hitEnds.subarray(0, count), alarmEnds: alarmEnds.subarray(0, 2 * count) };
}

/** The scores of all videos by label, sorted. */
function entriesOf(videos: readonly ScoredVideo[]): { positives: Entries; negatives: Entries } {
  const inputs = videos.map(({ labels, scores }, i) =>
    labels.length + scores.length > 0
      ? inVideo(i, videos.length, () => checkInput(labels, scores))
      : undefined,
  );
  if (inputs.every((input) => input === undefined)) {
    throw new RobustaError('EMPTY_INPUT', 'the videos have no frames');
  }
  return { positives: sortedEntries(inputs, 1), negatives: sortedEntries(inputs, 0) };
}

function sortedEntries(inputs: readonly (CheckedInput | undefined)[], label: 0 | 1): Entries {
  const runs = (input: CheckedInput | undefined) =>
    input === undefined ? 0 : label === 1 ? input.positiveRuns : input.negativeRuns;
  const count = inputs.reduce((sum, input) => sum + runs(input), 0);
  const negated = new Float64Array(count); // ascending, so that the scores fall
  const video = new Uint32Array(count);
  const frames = new Uint32Array(count);
  let at = 0;
  inputs.forEach((input, index) => {
    if (input === undefined) return;
    const { labels, scores } = input;
    for (let i = 0, end = 0; i < labels.length; i = end) {
      const score = scores[i]!;
      for (end = i + 1; end < labels.length && labels[end] === labels[i] && scores[end] === score; ) end++;
      if (labels[i] !== label) continue;
      negated[at] = 0 - score; // never -0
      video[at] = index;
      frames[at++] = end - i;
    }
  });
  const places = Uint32Array.from(video, (_, i) => i);
  const { values, payload } = sortAscending(negated, places);
  return {
    score: values.map((value) => -value),
    weightsAt: payload.map((i) => LANES * video[i]!),
    frames: payload.map((i) => frames[i]!),
  };
}
