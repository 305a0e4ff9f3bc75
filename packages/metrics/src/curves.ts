import { countAll, rank, requireNegative, requirePositive } from './ranking.js';

/** A precision-recall curve of k distinct scores; see {@link precisionRecallCurve}. */
export interface PrecisionRecallCurve {
  /** `[k + 1]`, the last element 1. */
  precision: Float64Array;
  /** `[k + 1]`, falling, the last element 0. */
  recall: Float64Array;
  /** `[k]`, the distinct scores, ascending. */
  thresholds: Float64Array;
}

/** A ROC curve of k distinct scores; see {@link rocCurve}. */
export interface RocCurve {
  /** False positive rate `[k + 1]`, rising from 0 to 1. */
  fpr: Float64Array;
  /** True positive rate `[k + 1]`, rising from 0 to 1. */
  tpr: Float64Array;
  /** `[k + 1]`, descending: infinity, then the distinct scores. */
  thresholds: Float64Array;
}

/**
 * Precision and recall of "score >= threshold" at every distinct score, lowest first, as scikit-learn's
 * `precision_recall_curve` gives them; the point (recall 0, precision 1) ends the curve.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE
 */
export function precisionRecallCurve(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
): PrecisionRecallCurve {
  const ranking = rank(labels, scores);
  const positives = requirePositive(ranking, 'a precision-recall curve');
  const { tp, fp, thresholds } = countAll(ranking);
  const count = tp.length;
  const precision = new Float64Array(count + 1);
  const recall = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) {
    const hits = tp[count - 1 - i]!;
    precision[i] = hits / (hits + fp[count - 1 - i]!);
    recall[i] = hits / positives;
  }
  precision[count] = 1;
  return { precision, recall, thresholds: thresholds.reverse() };
}

/**
 * False and true positive rates of "score >= threshold" at every distinct score, highest first, none left
 * out; the first point is (0, 0) at threshold infinity.
 * @param labels - 0 or 1 each, `[n]`
 * @param scores - any finite numbers, `[n]`
 * @throws LENGTH_MISMATCH, EMPTY_INPUT, NON_BINARY_LABEL, NON_FINITE, NO_POSITIVE, NO_NEGATIVE
 */
export function rocCurve(labels: ArrayLike<number>, scores: ArrayLike<number>): RocCurve {
  const ranking = rank(labels, scores);
  const positives = requirePositive(ranking, 'a ROC curve');
  const negatives = requireNegative(ranking, 'a ROC curve');
  const { tp, fp, thresholds: scoresFalling } = countAll(ranking);
  const fpr = new Float64Array(tp.length + 1);
  const tpr = new Float64Array(tp.length + 1);
  const thresholds = new Float64Array(tp.length + 1);
  thresholds[0] = Number.POSITIVE_INFINITY;
  thresholds.set(scoresFalling, 1);
  for (let i = 0; i < tp.length; i++) {
    fpr[i + 1] = fp[i]! / negatives;
    tpr[i + 1] = tp[i]! / positives;
  }
  return { fpr, tpr, thresholds };
}
