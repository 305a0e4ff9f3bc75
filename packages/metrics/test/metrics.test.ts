import { RobustaError } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  averagePrecision,
  prAuc,
  precisionRecallCurve,
  rankingMetrics,
  rocAuc,
  rocCurve,
} from '../src/index.js';
import { pairDefinition, stepDefinition, trapezoidDefinition } from './definitions.js';

const METRICS = { averagePrecision, prAuc, rocAuc };
const all = (labels: ArrayLike<number>, scores: ArrayLike<number>) =>
  Object.values(METRICS).map((metric) => metric(labels, scores));

/** Items with both labels; scores with many ties, float32 values, or any doubles, both zeros among them. */
const items = fc
  .constantFrom<fc.Arbitrary<number>>(
    fc.constantFrom(-2, -0, 0, 0.5, 0.1),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .chain((score) => fc.array(fc.tuple(fc.constantFrom(0, 1), score), { minLength: 2, maxLength: 40 }))
  .filter((list) => new Set(list.map(([label]) => label)).size === 2);

const unzip = (list: [number, number][]) => ({
  labels: list.map(([label]) => label),
  scores: list.map(([, score]) => score),
});
// A sum of at most 40 terms below 1 in double precision.
const EXACT = { absolute: 1e-14 };

describe('areas', () => {
  test('worked out by hand', () => {
    // Ranked: 1 0 1 0 -> precision 1 at recall 1/2, 2/3 at recall 1.
    expect(averagePrecision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 15);
    expect(prAuc([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])).toBeCloseTo(0.5 * 1 + 0.5 * ((0.5 + 2 / 3) / 2), 15);
    expect(rocAuc([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])).toBe(0.75);
  });

  test('constant scores: the base rate, (1 + base rate) / 2, and a half', () => {
    expect(all([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5])).toEqual([0.25, 0.625, 0.5]);
  });

  test('equal the definitions', () => {
    fc.assert(
      fc.property(items, (list) => {
        const { labels, scores } = unzip(list);
        const expected = [stepDefinition, trapezoidDefinition, pairDefinition].map((f) => f(labels, scores));
        expectClose(all(labels, scores), expected, EXACT);
        expectClose(Object.values(rankingMetrics(labels, scores)), expected, EXACT);
      }),
      { numRuns: 500 },
    );
  });

  test('do not depend on the order of the items', () => {
    const shuffled = items.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const [a, b] = [unzip(list), unzip(other)];
        expect(all(a.labels, a.scores)).toEqual(all(b.labels, b.scores));
      }),
    );
  });

  test('do not change under a rising transform of the scores', () => {
    fc.assert(
      fc.property(items, (list) => {
        const { labels, scores } = unzip(list);
        const ranks = [...new Set(scores.map((score) => score + 0))].sort((a, b) => a - b);
        const transformed = scores.map((score) => Math.exp(ranks.indexOf(score + 0) / 8));
        expect(all(labels, transformed)).toEqual(all(labels, scores));
      }),
    );
  });

  test('ROC: turning the scores or the labels over gives the complement', () => {
    fc.assert(
      fc.property(items, (list) => {
        const { labels, scores } = unzip(list);
        const area = rocAuc(labels, scores);
        const negated = scores.map((score) => -score);
        const swapped = labels.map((label) => 1 - label);
        expectClose([rocAuc(labels, negated), rocAuc(swapped, scores)], [1 - area, 1 - area], EXACT);
      }),
    );
  });

  test('are the same for typed arrays and for lists', () => {
    const scores = Float32Array.of(0.1, 0.7, -3, 0.7, 1e-38, -0);
    const labels = Uint8Array.of(0, 1, 0, 0, 1, 1);
    expect(all(labels, scores)).toEqual(all(Array.from(labels), Array.from(scores)));
    expect(all(labels, scores)).toEqual(all(labels, Float64Array.from(scores)));
  });

  test('stay exact over 300,000 frames: perfect, reversed and two-valued rankings have closed forms', () => {
    const n = 300_000;
    const labels = Uint8Array.from({ length: n }, (_, i) => (i < n / 3 ? 1 : 0));
    const rising = Float32Array.from({ length: n }, (_, i) => i);
    const falling = rising.map((value) => -value);
    expectClose(all(labels, falling), [1, 1, 1], { absolute: 1e-15 });
    expect(rocAuc(labels, rising)).toBe(0);
    // All negatives above, then the positives: precision i / (N + i) for the i-th positive.
    let expected = 0;
    for (let i = n / 3; i >= 1; i--) expected += i / (n - n / 3 + i);
    expectClose([averagePrecision(labels, rising)], [expected / (n / 3)], { absolute: 1e-13 });
    // One alarm level that catches half of the positives and a tenth of the negatives.
    const two = labels.map((label, i) => (i % (label ? 2 : 10) === 0 ? 1 : 0));
    expectClose([rocAuc(labels, two)], [0.5 + (0.5 - 0.1) / 2], { absolute: 1e-15 });
  });
});

describe('curves', () => {
  test('of four items', () => {
    const [labels, scores] = [Uint8Array.of(0, 1, 1, 0), Float32Array.of(0.25, 0.5, 1, 0.5)];
    expect(precisionRecallCurve(labels, scores)).toEqual({
      precision: Float64Array.of(0.5, 2 / 3, 1, 1),
      recall: Float64Array.of(1, 1, 0.5, 0),
      thresholds: Float64Array.of(0.25, 0.5, 1),
    });
    expect(rocCurve(labels, scores)).toEqual({
      fpr: Float64Array.of(0, 0, 0.5, 1),
      tpr: Float64Array.of(0, 0.5, 1, 1),
      thresholds: Float64Array.of(Infinity, 1, 0.5, 0.25),
    });
  });

  test('thresholds are the distinct scores, and the areas are those under the curves', () => {
    fc.assert(
      fc.property(items, (list) => {
        const { labels, scores } = unzip(list);
        const { precision, recall, thresholds } = precisionRecallCurve(labels, scores);
        const distinct = [...new Set(scores.map((score) => score + 0))].sort((a, b) => a - b);
        expect(Array.from(thresholds, (value) => value + 0)).toEqual(distinct);
        let steps = 0;
        let trapezoids = 0;
        for (let i = 0; i < thresholds.length; i++) {
          const width = recall[i]! - recall[i + 1]!;
          steps += width * precision[i]!;
          trapezoids += (width * (precision[i]! + precision[i + 1]!)) / 2;
        }
        const { fpr, tpr, thresholds: falling } = rocCurve(labels, scores);
        expect(Array.from(falling.slice(1), (value) => value + 0)).toEqual(distinct.reverse());
        let roc = 0;
        for (let i = 1; i < fpr.length; i++) roc += ((fpr[i]! - fpr[i - 1]!) * (tpr[i]! + tpr[i - 1]!)) / 2;
        expectClose([steps, trapezoids, roc], all(labels, scores), EXACT);
      }),
    );
  });
});

test('what a ranking gave is not touched by the next one', () => {
  const scores = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i));
  const labels = scores.map((_, i) => i % 2);
  const curves = () => [precisionRecallCurve(labels, scores), rocCurve(labels, scores)];
  const before = curves();
  const copy = structuredClone(before);
  rankingMetrics(
    labels,
    scores.map((score) => -score),
  );
  expect(before).toEqual(curves());
  expect(JSON.stringify(before)).toBe(JSON.stringify(copy));
});

describe('refusals', () => {
  const codeOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (RobustaError.isInstance(error)) return error.code;
    }
    return undefined;
  };

  test.each<[string, number[], number[], string]>([
    ['different lengths, also when one is empty', [], [1], 'LENGTH_MISMATCH'],
    ['nothing', [], [], 'EMPTY_INPUT'],
    ['NaN', [0, 1], [Number.NaN, 1], 'NON_FINITE'],
    ['infinity', [0, 1], [0, Infinity], 'NON_FINITE'],
    ['label 2', [0, 2], [0, 1], 'NON_BINARY_LABEL'],
    ['label -1', [-1, 1], [0, 1], 'NON_BINARY_LABEL'],
    ['a soft label', [0.5, 1], [0, 1], 'NON_BINARY_LABEL'],
    ['null for a score, as JSON makes it of NaN', [0, 1], [null as never, 1], 'NON_FINITE'],
    ['null for a label', [null as never, 1], [0, 1], 'NON_BINARY_LABEL'],
    ['no positive', [0, 0], [0, 1], 'NO_POSITIVE'],
  ])('%s', (_, labels, scores, code) => {
    for (const f of [averagePrecision, prAuc, rocAuc, rankingMetrics, precisionRecallCurve, rocCurve]) {
      expect(codeOf(() => f(labels, scores))).toBe(code);
    }
  });

  test('no negative: only ROC is undefined', () => {
    expect([averagePrecision([1, 1], [0, 1]), prAuc([1, 1], [0, 1])]).toEqual([1, 1]);
    for (const f of [rocAuc, rankingMetrics, rocCurve])
      expect(codeOf(() => f([1, 1], [0, 1]))).toBe('NO_NEGATIVE');
  });

  test('a whole ratio of the lengths is pointed out', () => {
    expect(() => averagePrecision([0, 1], new Array(32).fill(0))).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('16 times') }),
    );
  });
});
