import { forEachHit, noNegative, noPositive, type Ranking } from './ranking.js';

/**
 * An area under a curve as a sum over the thresholds that are scores of positives. With a positive at a threshold
 * come those above it, `before` of `hits`, and the negatives, `alarmsBefore` above it of `alarms` at or above it.
 * Thresholds may be given at which nothing is counted; they add 0.
 */
export interface Area {
  /** Its name in messages. */
  readonly what: string;
  /** Undefined without a negative label. */
  readonly needsNegatives: boolean;
  term(before: number, hits: number, alarmsBefore: number, alarms: number): number;
  /** The area, from the sum of all terms and the number of items. */
  value(sum: number, positives: number, negatives: number): number;
}

/** Σ (r_i − r_{i−1}) p_i with precision p and recall r at the i-th threshold. */
class StepArea implements Area {
  readonly what = 'average precision';
  readonly needsNegatives = false;

  term(before: number, hits: number, _: number, alarms: number): number {
    const found = hits + alarms;
    return (hits - before) * (hits / (found > 0 ? found : 1));
  }

  value(sum: number, positives: number): number {
    return sum / positives;
  }
}

/** Σ (r_i − r_{i−1}) (p_i + p_{i−1}) / 2, starting at recall 0, precision 1. */
class TrapezoidArea implements Area {
  readonly what = 'the area under the precision-recall curve';
  readonly needsNegatives = false;

  term(before: number, hits: number, alarmsBefore: number, alarms: number): number {
    const found = hits + alarms;
    const foundBefore = before + alarmsBefore;
    const precisionBefore = foundBefore > 0 ? before / foundBefore : 1;
    return ((hits - before) * (hits / (found > 0 ? found : 1) + precisionBefore)) / 2;
  }

  value(sum: number, positives: number): number {
    return sum / positives;
  }
}

/**
 * One minus the share of (positive, negative) pairs in the wrong order, ties counting half. Whole numbers, exact up
 * to 2 P N = 2^53 (94 million frames, half of them positive).
 */
class RocArea implements Area {
  readonly what = 'the area under the ROC curve';
  readonly needsNegatives = true;

  term(before: number, hits: number, alarmsBefore: number, alarms: number): number {
    return (hits - before) * (alarms + alarmsBefore);
  }

  value(sum: number, positives: number, negatives: number): number {
    const twice = 2 * positives * negatives;
    return (twice - sum) / twice;
  }
}

export const stepArea: Area = new StepArea();
export const trapezoidArea: Area = new TrapezoidArea();
export const rocArea: Area = new RocArea();

/**
 * An area of a ranking. The sum is compensated (Neumaier): its error does not grow with the number of terms.
 * @throws NO_POSITIVE, NO_NEGATIVE
 */
export function areaOf(ranking: Ranking, area: Area): number {
  const positives = ranking.positives.total;
  const negatives = ranking.negatives.total;
  if (positives === 0) throw noPositive(area.what);
  if (area.needsNegatives && negatives === 0) throw noNegative(area.what);
  let total = 0;
  let lost = 0;
  forEachHit(ranking, (_, before, hits, alarmsBefore, alarms) => {
    const term = area.term(before, hits, alarmsBefore, alarms);
    const next = total + term;
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
    total = next;
  });
  return area.value(total + lost, positives, negatives);
}
