import { createRng, deriveSeed, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { type Area, rocArea, stepArea, trapezoidArea } from './areas.js';
import { averagePrecision, type Metric, prAuc, rocAuc } from './metrics.js';
import { type Ranking, rankWithThresholds } from './ranking.js';

/** Ground truth and scores of one video, frame by frame, of one length. */
export interface ScoredVideo {
  /** 0 or 1 each, `[n]`. */
  labels: ArrayLike<number>;
  /** Finite, `[n]`. */
  scores: ArrayLike<number>;
}

const BootstrapOptionsSchema = z.strictObject({
  samples: z.number().int().min(1).default(1000),
  seed: z.number().int().min(0).default(0),
  confidence: z.number().gt(0).lt(1).default(0.95),
});

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /**
   * Resamples drawn, at least 1.
   * @defaultValue 1000
   */
  samples?: number | undefined;
  /**
   * The same seed gives the same interval.
   * @defaultValue 0
   */
  seed?: number | undefined;
  /**
   * Share of the resamples inside the interval, between 0 and 1.
   * @defaultValue 0.95
   */
  confidence?: number | undefined;
}

/** A percentile interval; see {@link bootstrapInterval}. */
export interface BootstrapInterval {
  low: number;
  high: number;
  /** Resamples that the interval rests on: those on which the metric is defined. */
  samples: number;
}

/** Metrics that depend on the ranking alone and need no new sort for each resample. */
const AREAS = new Map<Metric, Area>([
  [averagePrecision, stepArea],
  [prAuc, trapezoidArea],
  [rocAuc, rocArea],
]);

/**
 * Bootstrap percentile interval of a metric over pooled frames. Videos are resampled with replacement, not
 * frames: frames of one video are anything but independent. Resamples without a positive (or, where the
 * metric needs one, a negative) frame are left out. For `averagePrecision`, `prAuc` and `rocAuc` themselves
 * the frames are sorted once for all resamples; any other function is called on each.
 * @param videos - frames of a video may be empty, those of all may not
 * @param metric - of the labels and scores of all frames of a resample
 * @throws BAD_OPTION, and everything that the metric throws on the videos as they are
 */
export function bootstrapInterval(
  videos: readonly ScoredVideo[],
  metric: Metric,
  options: BootstrapOptions = {},
): BootstrapInterval {
  const { samples, seed, confidence } = parseOptions(BootstrapOptionsSchema, options, 'bootstrapInterval');
  videos.forEach(({ labels, scores }, i) => {
    if (labels.length === scores.length) return;
    const message = `video ${i} of ${videos.length} has ${labels.length} labels but ${scores.length} scores`;
    throw new RobustaError('LENGTH_MISMATCH', message, { details: { index: i } });
  });
  const area = AREAS.get(metric);
  const evaluate = area ? weightedMetric(videos, area) : pooledMetric(videos, metric);
  const weights = new Uint32Array(videos.length).fill(1);
  evaluate(weights); // what is undefined on the videos themselves is an error

  const rng = createRng(deriveSeed('bootstrap', seed));
  const values: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let draw = 0; draw < videos.length; draw++) weights[rng.int(videos.length)]!++;
    try {
      values.push(evaluate(weights));
    } catch (error) {
      if (!isUndefinedMetric(error)) throw error;
    }
  }
  if (values.length === 0) {
    throw new RobustaError('NO_POSITIVE', `the metric is undefined on all ${samples} resamples`, {
      hint: 'draw more samples, or use more videos of both kinds',
    });
  }
  const sorted = Float64Array.from(values).sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), samples: values.length };
}

function isUndefinedMetric(error: unknown): boolean {
  return RobustaError.isInstance(error) && ['NO_POSITIVE', 'NO_NEGATIVE', 'EMPTY_INPUT'].includes(error.code);
}

/** Quantile of sorted values by linear interpolation between order statistics. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const index = Math.floor(position);
  const value = sorted[index]!;
  const next = sorted[index + 1] ?? value;
  return value + (position - index) * (next - value);
}

/**
 * Frames of several videos one after another, as a dataset score needs them: it is one number over all
 * frames, not a mean over videos.
 */
export function poolFrames(videos: readonly ScoredVideo[]): { labels: Float64Array; scores: Float64Array } {
  return poolWeighted(videos, new Uint32Array(videos.length).fill(1));
}

function poolWeighted(videos: readonly ScoredVideo[], weights: Uint32Array) {
  const length = videos.reduce((sum, video, i) => sum + video.labels.length * weights[i]!, 0);
  const labels = new Float64Array(length);
  const scores = new Float64Array(length);
  let at = 0;
  videos.forEach((video, i) => {
    for (let copy = 0; copy < weights[i]!; copy++, at += video.labels.length) {
      labels.set(video.labels, at);
      scores.set(video.scores, at);
    }
  });
  return { labels, scores };
}

function pooledMetric(videos: readonly ScoredVideo[], metric: Metric): (weights: Uint32Array) => number {
  return (weights) => {
    const { labels, scores } = poolWeighted(videos, weights);
    return metric(labels, scores);
  };
}

/** One distinct score of one video. */
interface Steps {
  video: Uint32Array;
  score: Float64Array;
  positives: Uint32Array;
  negatives: Uint32Array;
}

/** Sorts once; each resample then only adds up the counts of each score times the weight of its video. */
function weightedMetric(videos: readonly ScoredVideo[], area: Area): (weights: Uint32Array) => number {
  const { video, score, positives, negatives } = sortedSteps(videos);
  const count = score.length;
  // Index of the threshold that each step belongs to; equal scores of several videos share one.
  const threshold = new Uint32Array(count);
  let thresholds = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0 && score[i] !== score[i - 1]) thresholds++;
    threshold[i] = thresholds;
  }
  const length = count === 0 ? 0 : thresholds + 1;
  const ranking: Ranking = { tp: new Uint32Array(length), fp: new Uint32Array(length) };
  return (weights) => {
    const { tp, fp } = ranking;
    let hits = 0;
    let alarms = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[video[i]!]!;
      hits += weight * positives[i]!;
      alarms += weight * negatives[i]!;
      tp[threshold[i]!] = hits;
      fp[threshold[i]!] = alarms;
    }
    return area(ranking);
  };
}

/** The distinct scores of every video with their counts, all by falling score. */
function sortedSteps(videos: readonly ScoredVideo[]): Steps {
  const rankings = videos.map(({ labels, scores }) =>
    labels.length > 0 ? rankWithThresholds(labels, scores) : undefined,
  );
  const count = rankings.reduce((sum, ranking) => sum + (ranking?.tp.length ?? 0), 0);
  if (count === 0) throw new RobustaError('EMPTY_INPUT', 'the videos have no frames');
  const steps: Steps = {
    video: new Uint32Array(count),
    score: new Float64Array(count),
    positives: new Uint32Array(count),
    negatives: new Uint32Array(count),
  };
  let at = 0;
  rankings.forEach((ranking, video) => {
    if (!ranking) return;
    const { tp, fp, thresholds } = ranking;
    for (let i = 0; i < tp.length; i++, at++) {
      steps.video[at] = video;
      steps.score[at] = thresholds[i]!;
      steps.positives[at] = tp[i]! - (tp[i - 1] ?? 0);
      steps.negatives[at] = fp[i]! - (fp[i - 1] ?? 0);
    }
  });
  const { score } = steps;
  const order = new Uint32Array(count).map((_, i) => i).sort((a, b) => score[b]! - score[a]!);
  return {
    video: order.map((i) => steps.video[i]!),
    score: Float64Array.from(order, (i) => score[i]!),
    positives: order.map((i) => steps.positives[i]!),
    negatives: order.map((i) => steps.negatives[i]!),
  };
}
