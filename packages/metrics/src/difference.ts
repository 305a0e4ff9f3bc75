import { parseOptions, RobustaError } from '@robusta/core';
import {
  ascending,
  type BootstrapInterval,
  type BootstrapOptions,
  BootstrapOptionsSchema,
  interval,
  resample,
} from './bootstrap.js';
import type { Metric } from './metrics.js';
import { resampler } from './resample.js';
import { metricOfAll, type ScoredVideo } from './videos.js';

/** How much better one method is than another; see {@link bootstrapDifference}. */
export interface BootstrapDifference extends BootstrapInterval {
  /** Metric of the first method minus metric of the second, on all videos. */
  difference: number;
  /** Two-sided, above 0 and at most 1. */
  pValue: number;
}

/**
 * Compares two methods on the same videos by a paired bootstrap: each resample of the videos is scored by both
 * methods, so that what makes a resample hard or easy for both cancels. `low` and `high` are a percentile interval
 * of the difference d. With B resamples and their differences d*, the p-value of "no difference" is
 * 2 min(1 + #{d* <= 0}, 1 + #{d* >= 0}) / (B + 1), at most 1: the interval that just touches 0 has the confidence
 * 1 − p. It cannot fall below 2 / (B + 1).
 * @param first - frames of a video may be empty, those of all may not
 * @param second - the same videos in the same order, with the same labels
 * @param metric - of the labels and scores of all frames of a resample
 * @throws BAD_OPTION, LENGTH_MISMATCH; BAD_INPUT if labels differ; and everything that the metric throws on the
 *   videos as they are
 */
export function bootstrapDifference(
  first: readonly ScoredVideo[],
  second: readonly ScoredVideo[],
  metric: Metric,
  options: BootstrapOptions = {},
): BootstrapDifference {
  const { samples, seed, confidence } = parseOptions(BootstrapOptionsSchema, options, 'bootstrapDifference');
  checkPaired(first, second);
  const evaluate = [resampler(first, metric), resampler(second, metric)];
  const difference = metricOfAll(first, metric) - metricOfAll(second, metric);
  const [ofFirst, ofSecond] = resample(first.length, { samples, seed }, evaluate);
  const differences = ascending(ofFirst!.map((value, i) => value - ofSecond![i]!));
  return { difference, ...interval(differences, confidence), pValue: twoSided(differences) };
}

function twoSided(differences: Float64Array): number {
  let below = 1;
  let above = 1;
  for (const difference of differences) {
    if (difference <= 0) below++;
    if (difference >= 0) above++;
  }
  return Math.min(1, (2 * Math.min(below, above)) / (differences.length + 1));
}

function checkPaired(first: readonly ScoredVideo[], second: readonly ScoredVideo[]): void {
  if (first.length !== second.length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${first.length} videos of the first method but ${second.length} of the second`,
    );
  }
  first.forEach(({ labels }, i) => {
    const others = second[i]!.labels;
    let at = 0;
    while (at < labels.length && labels[at] === others[at]) at++;
    if (at === labels.length && at === others.length) return;
    throw new RobustaError(
      'BAD_INPUT',
      `video ${i} of ${first.length} has other labels with the second method, from frame ${at} on`,
      { hint: 'give both methods the same videos in the same order', details: { video: i, frame: at } },
    );
  });
}
