import type { FeatureSequence } from '@robusta/core';
import { type DynamicWeighting, fitDynamicWeighting, fuse, modalityWeights } from '../src/index.js';
import { cleanVideos, withNoise } from './support.js';

const visual = cleanVideos('visual', { videos: 12, snippets: 8, dim: 16, seed: 1 });
const audio = cleanVideos('audio', { videos: 12, snippets: 8, dim: 12, seed: 2 });
const pair = { visual: visual[0]!, audio: audio[0]! };
const options = { components: 1, regCovar: 0.01 };
let weighting: DynamicWeighting;
beforeAll(async () => {
  weighting = await fitDynamicWeighting({ visual, audio }, options);
});

/** NaN in the snippets that are missing: they must not be looked at. */
function withHoles(sequence: FeatureSequence, missing: number[]): FeatureSequence {
  return {
    ...sequence,
    data: sequence.data.map((value, i) =>
      missing.includes(Math.floor(i / sequence.dim)) ? Number.NaN : value,
    ),
  };
}
const mask = (missing: number[]) => Uint8Array.from({ length: 8 }, (_, t) => (missing.includes(t) ? 0 : 1));

test('a modality that is missing for a part of a video weighs 0 there and as before elsewhere', () => {
  const whole = weighting.weights(pair);
  const { weights, visual: explained } = weighting.explain({
    visual: withHoles(pair.visual, [2, 3]),
    audio: withHoles(pair.audio, [6]),
    present: { visual: mask([2, 3]), audio: mask([6]) },
  });
  for (let t = 0; t < 8; t++) {
    const expected = t === 2 || t === 3 ? 0 : t === 6 ? 1 : whole.visual[t]!;
    expect(weights.visual[t]).toBe(expected);
    expect(weights.audio[t]).toBe(t === 2 || t === 3 ? 1 : t === 6 ? 0 : whole.audio[t]!);
  }
  expect(explained!.nll[2]).toBeNaN();
  expect(explained!.lambda[2]).toBe(0);
});

test.each([
  ['video', { level: 'video' as const }],
  ['a window', { smoothing: { window: 5 } }],
  ['a half-life', { smoothing: { halfLife: 2 } }],
])('%s: what is missing takes no part in the mean', async (_name, how) => {
  const fitted = await fitDynamicWeighting({ visual, audio }, { ...options, ...how });
  const some = { ...pair, visual: withHoles(pair.visual, [4]), present: { visual: mask([4]) } };
  const { weights, visual: explained } = fitted.explain(some);
  expect(weights.visual[4]).toBe(0);
  expect(weights.audio[4]).toBe(1);
  for (const t of [0, 3, 5, 7]) expect(Number.isFinite(explained!.nll[t]!)).toBe(true);
});

test('both missing at one snippet: the error says at which', () => {
  const features = { ...pair, present: { visual: mask([1, 5]), audio: mask([5]) } };
  expect(() => weighting.weights(features)).toThrow(
    expect.objectContaining({ code: 'MISSING_MODALITY', message: expect.stringContaining('snippet 5') }),
  );
  expect(() => weighting.weights({ ...pair, present: { visual: [true] } })).toThrow(
    expect.objectContaining({ code: 'LENGTH_MISMATCH' }),
  );
});

test('null stands for a missing snippet in likelihoods and scores', () => {
  const calibration = { c: 1, x0: 0 };
  const weights = modalityWeights(
    { visual: [0, null, 5], audio: [0, 3, null] },
    { visual: calibration, audio: calibration },
  );
  expect([...weights.visual]).toEqual([0.5, 0, 1]);
  expect([...weights.audio]).toEqual([0.5, 1, 0]);
  expect([...fuse({ visual: [0.2, null, 0.9], audio: [0.4, 0.7, null] }, weights)]).toEqual([
    0.5 * 0.2 + 0.5 * 0.4,
    0.7,
    0.9,
  ]);
  expect(() => fuse({ visual: [null, 0, 0], audio: [0, 0, 0] }, weights)).toThrow(
    expect.objectContaining({ code: 'MISSING_MODALITY', message: expect.stringContaining('snippet 0') }),
  );
  expect(() =>
    modalityWeights({ visual: [1, null], audio: [1, null] }, { visual: calibration, audio: calibration }),
  ).toThrow(expect.objectContaining({ code: 'MISSING_MODALITY', details: { snippet: 1 } }));
});

test('a corrupted modality is found, a missing snippet has no probability', () => {
  const found = weighting.detectCorruption({
    visual: withNoise(pair.visual, 3),
    audio: pair.audio,
    present: { visual: mask([0]), audio: mask([0]) },
  });
  expect(found.visual![0]).toBeNaN();
  for (let t = 1; t < 8; t++) {
    expect(found.visual![t]!).toBeGreaterThan(0.9);
    expect(found.audio![t]!).toBeLessThan(0.6);
  }
  expect(weighting.detectCorruption({ audio: pair.audio })).not.toHaveProperty('visual');
  expect(() => weighting.detectCorruption({})).toThrow(expect.objectContaining({ code: 'MISSING_MODALITY' }));
});

test('at most about one in a hundred clean snippets that were left out is called compromised', async () => {
  const many = cleanVideos('visual', { videos: 60, snippets: 8, dim: 16, seed: 5 });
  const unseen = cleanVideos('visual', { videos: 60, snippets: 8, dim: 16, seed: 6 });
  const fitted = await fitDynamicWeighting({ visual: many }, options);
  const found = unseen.flatMap((one) => [...fitted.detectCorruption({ visual: one }).visual!]);
  expect(found.filter((probability) => probability > 0.5).length / found.length).toBeLessThan(0.03);
});
