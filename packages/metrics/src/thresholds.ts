import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { checkInput } from './input.js';
import { forEachHit, noPositive, rank, requirePositive } from './ranking.js';

/** What an alarm at "score >= threshold" gets right and wrong. */
export interface ThresholdMetrics {
  threshold: number;
  /** Positives with an alarm. */
  truePositives: number;
  /** Negatives with an alarm. */
  falsePositives: number;
  /** Positives without an alarm. */
  falseNegatives: number;
  /** Negatives without an alarm. */
  trueNegatives: number;
  /** Share of the alarms that are right; 1 where there is no alarm, as at the end of the precision-recall curve. */
  precision: number;
  /** Share of the positives that have an alarm. */
  recall: number;
  /** 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall. */
  f1: number;
  /** Share of the negatives that have an alarm; null where there is no negative. */
  falsePositiveRate: number | null;
}

/**
 * Precision, recall and F1 of alarms at a given threshold.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @param threshold - finite; a score equal to it raises an alarm
 * @throws BAD_OPTION, LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE
 */
export function thresholdMetrics(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold: number,
): ThresholdMetrics {
  const limit = parseOptions(z.number(), threshold, 'thresholdMetrics: threshold');
  const input = checkInput(labels, scores);
  if (input.positives === 0) throw noPositive('F1');
  let hits = 0;
  let alarms = 0;
  for (let i = 0; i < input.labels.length; i++) {
    if (input.scores[i]! < limit) continue;
    if (input.labels[i] === 1) hits++;
    else alarms++;
  }
  return describe(limit, hits, alarms, input.positives, input.labels.length - input.positives);
}

/**
 * The threshold of the highest F1, and what it reaches; of several such thresholds the highest one. Chosen on the
 * data that it is measured on, it is the most that any threshold could reach, not what a deployed one will reach:
 * choose on validation data and give the threshold to {@link thresholdMetrics}.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE
 */
export function bestF1(labels: ArrayLike<number>, scores: ArrayLike<number>): ThresholdMetrics {
  const ranking = rank(labels, scores);
  const positives = requirePositive(ranking, 'F1');
  const best = { threshold: 0, hits: 0, alarms: 0, f1: -1 };
  // Only at the score of a positive: a threshold between two of them adds nothing but false alarms.
  forEachHit(ranking, (threshold, _, hits, __, alarms) => {
    const f1 = (2 * hits) / (hits + alarms + positives);
    if (f1 > best.f1) Object.assign(best, { threshold, hits, alarms, f1 });
  });
  return describe(best.threshold, best.hits, best.alarms, positives, ranking.negatives.total);
}

function describe(
  threshold: number,
  hits: number,
  alarms: number,
  positives: number,
  negatives: number,
): ThresholdMetrics {
  return {
    threshold,
    truePositives: hits,
    falsePositives: alarms,
    falseNegatives: positives - hits,
    trueNegatives: negatives - alarms,
    precision: hits + alarms > 0 ? hits / (hits + alarms) : 1,
    recall: hits / positives,
    f1: (2 * hits) / (hits + alarms + positives),
    falsePositiveRate: negatives > 0 ? alarms / negatives : null,
  };
}
