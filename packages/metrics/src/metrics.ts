import { areaOf, rocArea, stepArea, trapezoidArea } from './areas.js';
import { rank } from './ranking.js';

/** A number that labels and scores determine, such as {@link averagePrecision}. */
export type Metric = (labels: ArrayLike<number>, scores: ArrayLike<number>) => number;

/**
 * Step-wise average precision, Σ (r_i − r_{i−1}) p_i over the distinct scores in descending order; the
 * `average_precision_score` of scikit-learn. Equal scores are one threshold. The base rate is what constant or
 * random scores get.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, higher is more anomalous, `[n]`
 * @returns a number in (0, 1]
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE
 */
export function averagePrecision(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return areaOf(rank(labels, scores), stepArea);
}

/**
 * Area under the precision-recall curve by the trapezoidal rule, from recall 0 at precision 1. This is what
 * the test code of XDVioDet and HyperVD prints as "AP". It flatters ties: constant scores get
 * (1 + base rate) / 2, so never rank models by it alone.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @returns a number in (0, 1]
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE
 */
export function prAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return areaOf(rank(labels, scores), trapezoidArea);
}

/**
 * Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting
 * half.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @returns a number in [0, 1], 0.5 for random scores
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE, NO_NEGATIVE
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  return areaOf(rank(labels, scores), rocArea);
}

/** All three areas of one ranking. */
export interface RankingMetrics {
  /** {@link averagePrecision} */
  ap: number;
  /** {@link prAuc} */
  prAuc: number;
  /** {@link rocAuc} */
  rocAuc: number;
}

/**
 * {@link averagePrecision}, {@link prAuc} and {@link rocAuc} for the price of one sort.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE, NO_NEGATIVE
 */
export function rankingMetrics(labels: ArrayLike<number>, scores: ArrayLike<number>): RankingMetrics {
  const ranking = rank(labels, scores);
  return {
    ap: areaOf(ranking, stepArea),
    prAuc: areaOf(ranking, trapezoidArea),
    rocAuc: areaOf(ranking, rocArea),
  };
}
