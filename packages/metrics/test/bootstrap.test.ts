import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import fc from 'fast-check';
import {
  averagePrecision,
  bootstrapInterval,
  type Metric,
  poolFrames,
  prAuc,
  rocAuc,
  type ScoredVideo,
} from '../src/index.js';

const failing = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) });

/** Videos of 3 frames with ties within and across videos. */
const videos: fc.Arbitrary<ScoredVideo[]> = fc
  .array(
    fc.record({
      labels: fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 3 }),
      scores: fc.array(fc.constantFrom(0, 0.1, 0.2, 0.5, 2), { minLength: 3, maxLength: 3 }),
    }),
    { minLength: 2, maxLength: 8 },
  )
  .filter((list) => new Set(list.flatMap(({ labels }) => labels)).size === 2);

test.each([
  ['averagePrecision', averagePrecision],
  ['prAuc', prAuc],
  ['rocAuc', rocAuc],
])('%s: sorting once gives what calling the metric on every resample gives', (_, metric: Metric) => {
  fc.assert(
    fc.property(videos, fc.nat(), (list, seed) => {
      const once = bootstrapInterval(list, metric, { samples: 20, seed });
      const called = bootstrapInterval(list, (labels, scores) => metric(labels, scores), {
        samples: 20,
        seed,
      });
      expect(once.samples).toBe(called.samples);
      expectClose([once.low, once.high], [called.low, called.high], { absolute: 1e-14 });
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['averagePrecision', averagePrecision],
  ['prAuc', prAuc],
  ['rocAuc', rocAuc],
])('%s: the same with more thresholds than are worked on at a time', (_, metric: Metric) => {
  for (const positives of [255, 256, 257, 512, 700]) {
    // Distinct scores of positives, shared with some negatives; half of the negatives score above or below all.
    const rng = createRng(positives);
    const list = Array.from({ length: 10 }, (): { labels: number[]; scores: number[] } => ({
      labels: [],
      scores: [],
    }));
    const add = (label: number, score: number) => {
      const at = list[rng.int(list.length)]!;
      at.labels.push(label);
      at.scores.push(score);
    };
    for (let i = 0; i < positives; i++) {
      add(1, i);
      add(0, rng.int(2 * positives) - positives / 2);
    }
    const options = { samples: 9, seed: 2 };
    const once = bootstrapInterval(list, metric, options);
    const called = bootstrapInterval(list, (labels, scores) => metric(labels, scores), options);
    expectClose([once.low, once.high], [called.low, called.high], { absolute: 1e-13 });
  }
});

test('the same seed gives the same interval, another seed another', () => {
  const rng = createRng(3);
  const list = Array.from({ length: 12 }, () => ({
    labels: Array.from({ length: 5 }, () => rng.int(2)),
    scores: Array.from({ length: 5 }, () => rng.uniform()),
  }));
  const interval = (seed: number) => bootstrapInterval(list, averagePrecision, { samples: 50, seed });
  expect(interval(1)).toEqual(interval(1));
  expect(interval(1)).not.toEqual(interval(2));
  expect(interval(1).low).toBeLessThan(interval(1).high);
});

test('a mean: the interval has the width of the normal law, from the spread between videos', () => {
  // 400 videos, each of 10 equal frames: the frames say nothing more than the video.
  const rng = createRng(5);
  const levels = Array.from({ length: 400 }, () => rng.normal());
  const list = levels.map((level) => ({ labels: new Array(10).fill(0), scores: new Array(10).fill(level) }));
  const mean: Metric = (_, scores) =>
    Array.from(scores).reduce((sum, score) => sum + score, 0) / scores.length;
  const { low, high } = bootstrapInterval(list, mean, { samples: 2000, seed: 7, confidence: 0.9 });
  const center = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const deviation = Math.sqrt(levels.reduce((sum, level) => sum + (level - center) ** 2, 0) / levels.length);
  const standardError = deviation / Math.sqrt(levels.length);
  // A quantile of 2000 resamples scatters by about 5 % of a standard error; four of those are allowed.
  expectClose([(low - center) / standardError, (high - center) / standardError], [-1.645, 1.645], {
    absolute: 0.2,
  });
});

test('resamples on which the metric is undefined are left out and counted', () => {
  const list = [
    { labels: [1], scores: [1] },
    { labels: [0], scores: [0] },
  ];
  // Of two draws from two videos, half have only one of them.
  const { samples, low, high } = bootstrapInterval(list, rocAuc, { samples: 400, seed: 1 });
  expect(Math.abs(samples - 200)).toBeLessThan(5 * Math.sqrt(400 / 4));
  expect([low, high]).toEqual([1, 1]);
});

test('videos without frames take part without effect', () => {
  const list = [
    { labels: [], scores: [] },
    { labels: [1, 0], scores: [1, 0] },
  ];
  expect(bootstrapInterval(list, averagePrecision, { samples: 10 })).toMatchObject({ low: 1, high: 1 });
});

test('refusals', () => {
  const good = { labels: [1, 0], scores: [1, 0] };
  expect(() => bootstrapInterval([], averagePrecision)).toThrow(failing('EMPTY_INPUT'));
  expect(() => bootstrapInterval([], (labels, scores) => rocAuc(labels, scores))).toThrow(
    failing('EMPTY_INPUT'),
  );
  expect(() => bootstrapInterval([good, { labels: [1], scores: [] }], rocAuc)).toThrow(
    failing('LENGTH_MISMATCH', /video 1 of 2/),
  );
  expect(() => bootstrapInterval([{ labels: [0], scores: [0] }], rocAuc)).toThrow(failing('NO_POSITIVE'));
  expect(() => bootstrapInterval([good, { labels: [0], scores: [Number.NaN] }], rocAuc)).toThrow(
    failing('NON_FINITE'),
  );
  const missing = [good, { labels: [0], scores: [null as never] }];
  for (const metric of [rocAuc, ((labels, scores) => rocAuc(labels, scores)) as Metric]) {
    expect(() => bootstrapInterval(missing, metric)).toThrow(failing('NON_FINITE'));
  }
  for (const options of [{ samples: 0 }, { confidence: 1 }, { seed: -1 }, { draws: 3 }]) {
    expect(() => bootstrapInterval([good], rocAuc, options as never)).toThrow(failing('BAD_OPTION'));
  }
});

test('poolFrames puts the frames of all videos one after another', () => {
  const pooled = poolFrames([
    { labels: Uint8Array.of(0, 1), scores: Float32Array.of(0.5, 1) },
    { labels: [1], scores: [0.1] },
  ]);
  expect(pooled).toEqual({ labels: Float64Array.of(0, 1, 1), scores: Float64Array.of(0.5, 1, 0.1) });
});
