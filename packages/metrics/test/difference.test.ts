import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  averagePrecision,
  bootstrapDifference,
  bootstrapInterval,
  type Metric,
  prAuc,
  rocAuc,
  type ScoredVideo,
} from '../src/index.js';
import { failing, video } from './support.js';

const meanScore: Metric = (_, scores) =>
  Array.from(scores).reduce((sum, score) => sum + score, 0) / scores.length;

/** The same videos scored by two methods. */
const pairs: fc.Arbitrary<[ScoredVideo[], ScoredVideo[]]> = fc
  .array(
    fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 0.5, 1), fc.constantFrom(0, 0.2, 0.5)), {
      minLength: 1,
      maxLength: 4,
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((list): [ScoredVideo[], ScoredVideo[]] => {
    const scoredBy = (method: 1 | 2) =>
      list.map((frames) =>
        video(
          frames.map(([label]) => label),
          frames.map((row) => row[method]),
        ),
      );
    return [scoredBy(1), scoredBy(2)];
  })
  .filter(([first]) => new Set(first.flatMap(({ labels }) => Array.from(labels))).size === 2);

test.each([
  ['averagePrecision', averagePrecision],
  ['prAuc', prAuc],
  ['rocAuc', rocAuc],
])('%s: sorting once gives what calling the metric on every resample gives', (_, metric: Metric) => {
  fc.assert(
    fc.property(pairs, fc.nat(), ([first, second], seed) => {
      const options = { samples: 21, seed };
      const once = bootstrapDifference(first, second, metric, options);
      const called = bootstrapDifference(first, second, (labels, scores) => metric(labels, scores), options);
      expect(once.samples).toBe(called.samples);
      expectClose([once.difference, once.low, once.high], [called.difference, called.low, called.high], {
        absolute: 1e-14,
      });
    }),
    { numRuns: 50 },
  );
});

test('turning the methods over turns the interval over and keeps the p-value', () => {
  fc.assert(
    fc.property(pairs, ([first, second]) => {
      const options = { samples: 40, seed: 3 };
      const there = bootstrapDifference(first, second, rocAuc, options);
      const back = bootstrapDifference(second, first, rocAuc, options);
      expect(back.pValue).toBe(there.pValue);
      expectClose([back.difference, back.low, back.high], [-there.difference, -there.high, -there.low], {
        absolute: 1e-14,
      });
    }),
    { numRuns: 50 },
  );
});

test('a method against itself: no difference, p = 1', () => {
  const list = [video([1, 0], [0.3, 0.5]), video([0, 1], [0.1, 0.9])];
  expect(bootstrapDifference(list, list, averagePrecision, { samples: 50 })).toEqual({
    difference: 0,
    low: 0,
    high: 0,
    samples: 50,
    pValue: 1,
  });
});

test('a method that is better on every video: the smallest p-value that so many resamples can give', () => {
  const good = Array.from({ length: 20 }, () => video([1, 0], [1, 0]));
  const bad = Array.from({ length: 20 }, () => video([1, 0], [0, 1]));
  expect(bootstrapDifference(good, bad, rocAuc, { samples: 99 })).toEqual({
    difference: 1,
    low: 1,
    high: 1,
    samples: 99,
    pValue: 2 / 100,
  });
});

test('of two means: p-value and interval are those of the normal law', () => {
  const rng = createRng(11);
  const effects = Array.from({ length: 300 }, () => 0.12 + rng.normal());
  const levels = effects.map(() => 5 * rng.normal()); // the same for both methods: it must cancel
  const first = effects.map((effect, i) => video([0], [levels[i]! + effect]));
  const second = effects.map((_, i) => video([0], [levels[i]!]));
  const { difference, low, high, pValue } = bootstrapDifference(first, second, meanScore, {
    samples: 1600,
    seed: 1,
  });
  const center = effects.reduce((sum, effect) => sum + effect, 0) / 300;
  const error = Math.sqrt(effects.reduce((sum, effect) => sum + (effect - center) ** 2, 0)) / 300;
  expect(difference).toBeCloseTo(center, 12);
  // A quantile of 1600 resamples scatters by about 7 % of a standard error; four of those are allowed.
  expectClose([(low - center) / error, (high - center) / error], [-1.96, 1.96], { absolute: 0.28 });
  const tail = normalTail(Math.abs(center) / error);
  // The count behind the p-value scatters by its binomial deviation; five of those are allowed.
  expect(Math.abs(pValue - 2 * tail)).toBeLessThan(2 * 5 * Math.sqrt((tail * (1 - tail)) / 1600));
});

test('without a difference p-values below a tenth are as rare as they should be', () => {
  const rng = createRng(17);
  let rejected = 0;
  const experiments = 100;
  for (let experiment = 0; experiment < experiments; experiment++) {
    const scored = () => Array.from({ length: 30 }, () => video([0], [rng.normal()]));
    const { pValue } = bootstrapDifference(scored(), scored(), meanScore, { samples: 99, seed: experiment });
    if (pValue < 0.1) rejected++;
  }
  // About 10 are expected, or some more, since the bootstrap of 30 videos is a little narrow; deviation 3.
  expect(rejected).toBeGreaterThan(1);
  expect(rejected).toBeLessThan(26);
});

test('the interval is that of bootstrapInterval where the second method is constant', () => {
  const rng = createRng(4);
  const first = Array.from({ length: 15 }, () =>
    video([0, 1, 0], [rng.uniform(), rng.uniform(), rng.uniform()]),
  );
  const constant = first.map(({ labels }) => video(labels, [0, 0, 0]));
  const { low, high, samples } = bootstrapInterval(first, rocAuc, { samples: 100, seed: 9 });
  const difference = bootstrapDifference(first, constant, rocAuc, { samples: 100, seed: 9 });
  expect(difference.samples).toBe(samples);
  expectClose([difference.low, difference.high], [low - 0.5, high - 0.5], { absolute: 1e-14 });
});

test('refusals', () => {
  const good = [video([1, 0], [1, 0])];
  const refuse = (second: ScoredVideo[], options = {}) =>
    expect(() => bootstrapDifference(good, second, rocAuc, options));
  refuse([]).toThrow(failing('LENGTH_MISMATCH', /1 videos/));
  refuse([video([1, 1], [1, 0])]).toThrow(failing('BAD_INPUT', /video 0 of 1 .* frame 1/));
  refuse([video([1, 0, 0], [1, 0, 0])]).toThrow(failing('BAD_INPUT', /frame 2/));
  refuse([video([1], [1])]).toThrow(failing('BAD_INPUT', /frame 1/));
  refuse([video([1, 0], [1])]).toThrow(failing('LENGTH_MISMATCH', /video 0 of 1/));
  refuse([video([1, 0], [1, Number.NaN])]).toThrow(failing('NON_FINITE'));
  refuse(good, { samples: 0 }).toThrow(failing('BAD_OPTION'));
  expect(() => bootstrapDifference([], [], rocAuc)).toThrow(failing('EMPTY_INPUT'));
});

/** P(Z > z) by Simpson's rule over the density. */
function normalTail(z: number): number {
  const steps = 1000;
  const width = 10 / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const x = z + i * width;
    sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp((-x * x) / 2);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}
