import { mean } from './mean.js';
import type { Metric } from './metrics.js';
import { isUndefinedMetric, metricOfAll, type ScoredVideo } from './videos.js';

/** See {@link microMacro}. */
export interface MicroMacro {
  /** The metric of the frames of all videos together. */
  micro: number;
  /** Mean of the metric of each video on which it is defined. */
  macro: number;
  /** Videos that `macro` is a mean over. */
  videos: number;
}

/**
 * A metric of all frames together (micro: one threshold has to serve all videos; this is the score of a dataset) and
 * the mean over videos (macro: each has its own ranking, and counts the same however long it is). Videos of one
 * class, on which the metric is undefined, have no part in the mean.
 * @throws what the metric throws on all frames; NO_POSITIVE, NO_NEGATIVE if it is defined on no video
 */
export function microMacro(videos: readonly ScoredVideo[], metric: Metric): MicroMacro {
  const micro = metricOfAll(videos, metric);
  let undefinedBecause: unknown;
  const values = videos.flatMap(({ labels, scores }) => {
    try {
      return [metric(labels, scores)];
    } catch (error) {
      if (!isUndefinedMetric(error)) throw error;
      undefinedBecause = error;
      return [];
    }
  });
  if (values.length === 0) throw undefinedBecause;
  return { micro, macro: mean(values), videos: values.length };
}
