import fc from 'fast-check';
import { bestF1, precisionRecallCurve, thresholdMetrics } from '../src/index.js';
import { binary, failing } from './support.js';

/** The definition, word by word. */
function f1At(labels: number[], scores: number[], threshold: number): number {
  const among = (label: number, alarm: boolean) =>
    labels.filter((value, i) => value === label && scores[i]! >= threshold === alarm).length;
  const [hits, alarms, missed] = [among(1, true), among(0, true), among(1, false)];
  if (hits === 0) return 0;
  const precision = hits / (hits + alarms);
  const recall = hits / (hits + missed);
  return (2 * precision * recall) / (precision + recall);
}

test('at a threshold, worked out by hand', () => {
  expect(thresholdMetrics([1, 1, 1, 0, 0], [0.9, 0.5, 0.1, 0.5, 0.2], 0.5)).toEqual({
    threshold: 0.5,
    truePositives: 2,
    falsePositives: 1,
    falseNegatives: 1,
    trueNegatives: 1,
    precision: 2 / 3,
    recall: 2 / 3,
    f1: 2 / 3,
    falsePositiveRate: 1 / 2,
  });
});

test('without an alarm precision is 1, as where the curve ends; without a negative there is no false positive rate', () => {
  expect(thresholdMetrics([1, 1], [0.1, 0.2], 3)).toMatchObject({
    precision: 1,
    recall: 0,
    f1: 0,
    falsePositiveRate: null,
  });
});

test('the best F1 is the highest of those at every score, at the highest such threshold', () => {
  fc.assert(
    fc.property(binary, ({ labels, scores }) => {
      const all = scores.map((threshold) => f1At(labels, scores, threshold));
      const highest = Math.max(...all);
      const best = bestF1(labels, scores);
      expect(best.f1).toBeCloseTo(highest, 14);
      const reaching = scores.filter((_, i) => Math.abs(all[i]! - highest) < 1e-14);
      expect(best.threshold).toBe(Math.max(...reaching) + 0);
      expect(thresholdMetrics(labels, scores, best.threshold)).toEqual(best);
    }),
    { numRuns: 300 },
  );
});

test('agrees with the precision-recall curve at each of its thresholds', () => {
  fc.assert(
    fc.property(binary, ({ labels, scores }) => {
      const { precision, recall, thresholds } = precisionRecallCurve(labels, scores);
      thresholds.forEach((threshold, i) => {
        const at = thresholdMetrics(labels, scores, threshold);
        expect([at.precision, at.recall]).toEqual([precision[i], recall[i]]);
      });
    }),
  );
});

test('refusals', () => {
  for (const f of [bestF1, (l: number[], s: number[]) => thresholdMetrics(l, s, 0.5)]) {
    expect(() => f([0, 0], [1, 1])).toThrow(failing('NO_POSITIVE'));
    expect(() => f([], [])).toThrow(failing('EMPTY_INPUT'));
    expect(() => f([0, 1], [0, Number.NaN])).toThrow(failing('NON_FINITE'));
    expect(() => f([0, 2], [0, 1])).toThrow(failing('NON_BINARY_LABEL'));
    expect(() => f([0, 1], [0])).toThrow(failing('LENGTH_MISMATCH'));
  }
  expect(() => thresholdMetrics([1], [1], Number.NaN)).toThrow(failing('BAD_OPTION', /threshold/));
});
