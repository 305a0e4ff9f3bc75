import { type Ranking, requireNegative, requirePositive } from './ranking.js';

/** A number that a ranking determines. */
export type Area = (ranking: Ranking) => number;

/** Neumaier's compensated sum: its error does not grow with the number of terms. */
class Sum {
  private total = 0;
  private lost = 0;

  add(term: number): void {
    const next = this.total + term;
    this.lost += Math.abs(this.total) >= Math.abs(term) ? this.total - next + term : term - next + this.total;
    this.total = next;
  }

  get value(): number {
    return this.total + this.lost;
  }
}

/** Σ (r_i − r_{i−1}) p_i with precision p and recall r at the i-th threshold. */
export const stepArea: Area = (ranking) => {
  const positives = requirePositive(ranking, 'average precision');
  const { tp, fp } = ranking;
  const sum = new Sum();
  let before = 0;
  for (let i = 0; i < tp.length; i++) {
    const hits = tp[i]!;
    if (hits === before) continue;
    sum.add((hits - before) * (hits / (hits + fp[i]!)));
    before = hits;
  }
  return sum.value / positives;
};

/** Σ (r_i − r_{i−1}) (p_i + p_{i−1}) / 2, starting at recall 0, precision 1. */
export const trapezoidArea: Area = (ranking) => {
  const positives = requirePositive(ranking, 'the area under the precision-recall curve');
  const { tp, fp } = ranking;
  const sum = new Sum();
  let before = 0;
  let precisionBefore = 1;
  for (let i = 0; i < tp.length; i++) {
    const hits = tp[i]!;
    const alarms = hits + fp[i]!;
    if (alarms === 0) continue; // in a resample the highest scores may have no weight
    const precision = hits / alarms;
    if (hits !== before) sum.add(((hits - before) * (precision + precisionBefore)) / 2);
    before = hits;
    precisionBefore = precision;
  }
  return sum.value / positives;
};

/** Σ (f_i − f_{i−1}) (t_i + t_{i−1}) / 2 over false and true positive rates f, t. */
export const rocArea: Area = (ranking) => {
  const positives = requirePositive(ranking, 'the area under the ROC curve');
  const negatives = requireNegative(ranking, 'the area under the ROC curve');
  const { tp, fp } = ranking;
  // Whole numbers, exact up to 2 P N = 2^53 (94 million frames, half of them positive).
  let twice = 0;
  let hitsBefore = 0;
  let alarmsBefore = 0;
  for (let i = 0; i < tp.length; i++) {
    twice += (fp[i]! - alarmsBefore) * (tp[i]! + hitsBefore);
    hitsBefore = tp[i]!;
    alarmsBefore = fp[i]!;
  }
  return twice / (2 * positives * negatives);
};
