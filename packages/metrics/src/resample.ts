import { type Area, rocArea, stepArea, trapezoidArea } from './areas.js';
import { asTyped, checkInput } from './input.js';
import { type EvaluateResamples, LANES } from './lanes.js';
import { averagePrecision, type Metric, prAuc, rocAuc } from './metrics.js';
import { rankOnce } from './rank-once.js';
import { inVideo, isUndefinedMetric, poolCopies, type ScoredVideo } from './videos.js';

/** Metrics that depend on the ranking alone and need no new sort for each resample. */
const AREAS = new Map<Metric, Area>([
  [averagePrecision, stepArea],
  [prAuc, trapezoidArea],
  [rocAuc, rocArea],
]);

/**
 * What evaluates resamples of the videos: by one sort for all of them where the metric is an area, else by calling
 * the metric on the frames of each.
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, and what the metric throws
 */
export function resampler(videos: readonly ScoredVideo[], metric: Metric): EvaluateResamples {
  videos.forEach(({ labels, scores }, i) => {
    if (labels.length !== scores.length) inVideo(i, videos.length, () => checkInput(labels, scores));
  });
  const area = AREAS.get(metric);
  return area ? rankOnce(videos, area) : poolEach(videos, metric);
}

function poolEach(given: readonly ScoredVideo[], metric: Metric): EvaluateResamples {
  const videos = given.map(({ labels, scores }) => ({ labels: asTyped(labels), scores: asTyped(scores) }));
  return (weights, values) => {
    for (let lane = 0; lane < LANES; lane++) {
      const { labels, scores } = poolCopies(videos, (video) => weights[LANES * video + lane]!);
      try {
        values[lane] = metric(labels, scores);
      } catch (error) {
        if (!isUndefinedMetric(error)) throw error;
        values[lane] = Number.NaN;
      }
    }
  };
}
