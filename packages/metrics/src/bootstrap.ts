import { createRng, deriveSeed, parseOptions, quantile, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { drawVideos, type EvaluateResamples, LANES } from './lanes.js';
import type { Metric } from './metrics.js';
import { resampler } from './resample.js';
import { metricOfAll, type ScoredVideo } from './videos.js';

export const BootstrapOptionsSchema = z.strictObject({
  samples: z.number().int().min(1).default(1000),
  seed: z.number().int().min(0).default(0),
  confidence: z.number().gt(0).lt(1).default(0.95),
});

/** Options of {@link bootstrapInterval} and {@link bootstrapDifference}. */
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
  const evaluate = resampler(videos, metric);
  metricOfAll(videos, metric); // what is undefined on the videos themselves is an error
  const [values] = resample(videos.length, { samples, seed }, [evaluate]);
  return interval(ascending(values!), confidence);
}

/**
 * Values of several metrics on the same resamples.
 * @returns for each metric `[samples]`, NaN where it is undefined
 */
export function resample(
  videos: number,
  { samples, seed }: { samples: number; seed: number },
  metrics: readonly EvaluateResamples[],
): Float64Array[] {
  const rng = createRng(deriveSeed('bootstrap', seed));
  const weights = new Float64Array(LANES * videos);
  const lanes = new Float64Array(LANES);
  const values = metrics.map(() => new Float64Array(samples));
  for (let first = 0; first < samples; first += LANES) {
    const count = Math.min(LANES, samples - first);
    drawVideos(rng, videos, weights, count);
    metrics.forEach((evaluate, i) => {
      evaluate(weights, lanes);
      values[i]!.set(lanes.subarray(0, count), first);
    });
  }
  return values;
}

/** Those that are defined, in ascending order. */
export function ascending(values: Float64Array): Float64Array {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  if (defined.length > 0) return defined;
  throw new RobustaError('NO_POSITIVE', `the metric is undefined on all ${values.length} resamples`, {
    hint: 'draw more samples, or use more videos of both kinds',
  });
}

export function interval(sorted: Float64Array, confidence: number): BootstrapInterval {
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), samples: sorted.length };
}
