import type { FeatureSequence } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import {
  type DynamicWeighting,
  fitDynamicWeighting,
  modalityLambda,
  type WeightingOptions,
} from '../src/index.js';
import { cleanVideos, withNoise } from './support.js';

const sizes = { videos: 24, snippets: 10 };
const visual = cleanVideos('visual', { ...sizes, dim: 32, seed: 1 });
const audio = cleanVideos('audio', { ...sizes, dim: 16, seed: 2 });
const unseen = {
  visual: cleanVideos('visual', { videos: 8, snippets: 12, dim: 32, seed: 3 }),
  audio: cleanVideos('audio', { videos: 8, snippets: 12, dim: 16, seed: 4 }),
};
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
let weighting: DynamicWeighting;
beforeAll(async () => {
  weighting = await fitDynamicWeighting({ visual, audio });
});

test('clean modalities share the weight, a corrupted one loses it', () => {
  const shares = unseen.visual.map((sequence, i) => ({
    clean: mean(weighting.weights({ visual: sequence, audio: unseen.audio[i]! }).visual),
    foggy: mean(weighting.weights({ visual: withNoise(sequence, 2), audio: unseen.audio[i]! }).visual),
    noisy: mean(weighting.weights({ visual: sequence, audio: withNoise(unseen.audio[i]!, 2) }).visual),
  }));
  expect(mean(shares.map(({ clean }) => clean))).toBeGreaterThan(0.4);
  expect(mean(shares.map(({ clean }) => clean))).toBeLessThan(0.6);
  for (const { foggy, noisy } of shares) {
    expect(foggy).toBeLessThan(0.1);
    expect(noisy).toBeGreaterThan(0.9);
  }
});

test('weights fall as the corruption grows', () => {
  const lambdas = [0, 0.2, 0.5, 1, 2].map((deviation) =>
    mean(
      unseen.visual.flatMap((one) => [
        ...weighting.explain({ visual: withNoise(one, deviation) }).visual!.lambda,
      ]),
    ),
  );
  for (let i = 1; i < lambdas.length; i++) expect(lambdas[i]!).toBeLessThan(lambdas[i - 1]!);
});

test('weights are float32 pairs that sum to 1; explain says what they are made of', () => {
  const pair = { visual: withNoise(unseen.visual[0]!, 0.3), audio: unseen.audio[0]! };
  const explained = weighting.explain(pair);
  expect(weighting.weights(pair)).toEqual(explained.weights);
  for (let t = 0; t < 12; t++) {
    const [v, a] = [explained.visual!.lambda[t]!, explained.audio!.lambda[t]!];
    expect(explained.weights.visual[t]! + explained.weights.audio[t]!).toBeCloseTo(1, 6);
    expect(explained.weights.visual[t]!).toBeCloseTo(v / (v + a), 6);
  }
  const { calibration } = weighting.parameters.visual!;
  expect(explained.visual!.lambda).toEqual(modalityLambda(explained.visual!.nll, calibration));
});

test('a missing modality weighs exactly 0, the other 1', () => {
  const ones = new Float32Array(12).fill(1);
  const zeros = new Float32Array(12);
  expect(weighting.weights({ audio: unseen.audio[0]! })).toEqual({ visual: zeros, audio: ones });
  expect(weighting.weights({ visual: withNoise(unseen.visual[0]!, 50) })).toEqual({
    visual: ones,
    audio: zeros,
  });
  expect(() => weighting.weights({})).toThrow(expect.objectContaining({ code: 'MISSING_MODALITY' }));
});

test('c and x0 put the held-out median at 0.475 and the 99th percentile at 0.25', async () => {
  // Equal videos and one Gaussian: every fold gives the same density.
  const same = Array.from({ length: 6 }, () => visual[0]!);
  const alike = await fitDynamicWeighting({ visual: same }, { components: 1, regCovar: 0.1 });
  const nll = alike.explain({ visual: visual[0]! }).visual!.nll.slice().sort();
  const { c, x0 } = alike.parameters.visual!.calibration;
  // Each of the 10 values stands six times in 60, so q50 lies between the middle two and q99 (position 58.41) is the
  // largest.
  const [q50, q99] = [(nll[4]! + nll[5]!) / 2, nll[9]!];
  expectClose([x0], [-q99], { relative: 1e-9 });
  expectClose([c], [Math.log(19) / Math.max(1, q99 - q50)], { relative: 1e-9 });
});

test('a margin keeps λ at the clean median and moves the midpoint out', async () => {
  const plain = weighting.parameters.visual!.calibration;
  const wide = (await fitDynamicWeighting({ visual }, { margin: 3 })).parameters.visual!.calibration;
  const median = -plain.x0 - Math.log(19) / plain.c;
  expectClose([wide.c], [plain.c / 3], { relative: 1e-12 });
  for (const calibration of [plain, wide]) {
    expectClose(modalityLambda(Float64Array.of(median, -calibration.x0), calibration), [0.475, 0.25], {
      absolute: 1e-9,
    });
  }
});

test('equal likelihoods still calibrate', async () => {
  const constant = (): FeatureSequence => ({
    modality: 'audio',
    length: 4,
    crops: 1,
    dim: 3,
    data: new Float32Array(12).fill(2),
  });
  const { parameters } = await fitDynamicWeighting({ audio: [constant(), constant(), constant()] });
  expect(parameters.audio!.calibration.c).toBeCloseTo(Math.log(19), 9);
  expect(Number.isFinite(parameters.audio!.calibration.x0)).toBe(true);
});

test('explicit c and x0 are used, a modality at a time, and then one video is enough', async () => {
  const given = await fitDynamicWeighting(
    { visual: [visual[0]!], audio },
    { visual: { c: 0.5, x0: -70 }, audio: { c: 2 } },
  );
  expect(given.parameters.visual!.calibration).toEqual({ c: 0.5, x0: -70 });
  expect(given.parameters.audio!.calibration.c).toBe(2);
  expect(given.parameters.audio!.calibration.x0).toBe(weighting.parameters.audio!.calibration.x0);
});

test('level video: one weight for all snippets, from the mean nll', async () => {
  const whole = await fitDynamicWeighting({ visual }, { level: 'video' });
  const { nll, lambda } = whole.explain({ visual: unseen.visual[0]! }).visual!;
  expect(new Set(nll).size).toBe(1);
  expect(new Set(lambda).size).toBe(1);
  expect(nll[0]!).toBeCloseTo(mean(weighting.explain({ visual: unseen.visual[0]! }).visual!.nll), 9);
});

test('only crop 0 takes part', () => {
  const { length, dim, data } = unseen.visual[0]!;
  const crops = new Float32Array(length * 3 * dim).fill(1e6);
  for (let t = 0; t < length; t++) crops.set(data.subarray(t * dim, (t + 1) * dim), t * 3 * dim);
  const cropped = { ...unseen.visual[0]!, crops: 3, data: crops };
  expect(weighting.explain({ visual: cropped })).toEqual(weighting.explain({ visual: unseen.visual[0]! }));
});

test('the same seed gives the same bits, another one another split', async () => {
  const again = await fitDynamicWeighting({ visual, audio });
  expect(again.parameters).toEqual(weighting.parameters);
  const other = await fitDynamicWeighting({ visual, audio }, { seed: 1 });
  expect(other.parameters).not.toEqual(weighting.parameters);
});

test('scaling and moving a feature changes no λ', async () => {
  const change = (sequence: FeatureSequence): FeatureSequence => ({
    ...sequence,
    data: sequence.data.map((value, i) => (i % 16 === 3 ? 1024 * value : value)),
  });
  const options = { regCovar: 0.01 };
  const plain = await fitDynamicWeighting({ audio }, options);
  const changed = await fitDynamicWeighting({ audio: audio.map(change) }, options);
  const a = plain.explain({ audio: unseen.audio[0]! }).audio!.lambda;
  const b = changed.explain({ audio: change(unseen.audio[0]!) }).audio!.lambda;
  expectClose(b, a, { absolute: 1e-6 });
});

test.each([
  ['diag without PCA', { pca: null, components: 8 }],
  ['full without PCA', { pca: null, covarianceType: 'full' as const, components: 2 }],
  ['tied', { covarianceType: 'tied' as const }],
  ['spherical', { covarianceType: 'spherical' as const }],
  ['probabilistic PCA', { pca: { dimensions: 8 } }],
  ['whitened PCA with a residual', { pca: { dimensions: 8, whiten: true } }],
  ['a choice of snippets', { maxRows: 100 }],
])('%s: corrupted features are less likely', async (_name, options) => {
  const fitted = await fitDynamicWeighting({ visual }, options);
  const lambda = (one: FeatureSequence) => mean(fitted.explain({ visual: one }).visual!.lambda);
  const clean = mean(unseen.visual.map(lambda));
  const corrupted = mean(unseen.visual.map((one) => lambda(withNoise(one, 3))));
  expect(clean).toBeGreaterThan(0.25);
  expect(corrupted).toBeLessThan(0.5 * clean);
});

test('dropping the residual hides what happens outside the principal directions', async () => {
  const pca = { dimensions: 6, whiten: true };
  const shown = await fitDynamicWeighting({ visual }, { pca });
  const hidden = await fitDynamicWeighting({ visual }, { pca: { ...pca, residual: false } });
  const ratio = (fitted: DynamicWeighting) =>
    mean(fitted.explain({ visual: withNoise(unseen.visual[0]!, 1) }).visual!.lambda) /
    mean(fitted.explain({ visual: unseen.visual[0]! }).visual!.lambda);
  expect(ratio(shown)).toBeLessThan(0.1 * ratio(hidden));
});

test('features at the edge of float32 weigh nothing, and nothing becomes NaN', () => {
  const huge = { ...unseen.visual[0]!, data: unseen.visual[0]!.data.map((_, i) => (i % 2 ? 3e38 : -3e38)) };
  const weights = weighting.weights({ visual: huge, audio: unseen.audio[0]! });
  expect(weights.visual).toEqual(new Float32Array(12));
});

test('a fit can be stopped', async () => {
  const controller = new AbortController();
  const running = fitDynamicWeighting({ visual, audio }, { signal: controller.signal });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
});

describe('refuses', () => {
  const one = visual[0]!;
  test.each([
    ['nothing', {}, {}, 'MISSING_MODALITY'],
    ['no videos', { visual: [] }, {}, 'EMPTY_INPUT'],
    ['one video without c and x0', { visual: [one] }, {}, 'BAD_INPUT'],
    ['videos of two widths', { visual: [one, { ...one, dim: 16, length: 20 }] }, {}, 'FEATURE_MISMATCH'],
    ['features of the other modality', { visual: audio }, {}, 'BAD_INPUT'],
    ['a wrong number of values', { visual: [one, { ...one, length: 11 }] }, {}, 'BAD_INPUT'],
    [
      'an empty video',
      { visual: [one, { ...one, length: 0, data: new Float32Array(0) }] },
      {},
      'EMPTY_INPUT',
    ],
    ['a NaN', { visual: [one, { ...one, data: one.data.map(() => Number.NaN) }] }, {}, 'NON_FINITE'],
    ['a c of 0', { visual }, { visual: { c: 0 } }, 'BAD_OPTION'],
    ['a holdout of 1', { visual }, { holdout: 1 }, 'BAD_OPTION'],
    ['an unknown option', { visual }, { alpha: 1 }, 'BAD_OPTION'],
    ['a window that is even', { visual }, { smoothing: { window: 4 } }, 'BAD_OPTION'],
    ['a half-life of 0', { visual }, { smoothing: { halfLife: 0 } }, 'BAD_OPTION'],
    ['an unknown density', { visual }, { density: 'kde' }, 'BAD_OPTION'],
    ['features where the energy is asked for', { visual }, { density: 'energy' }, 'MISSING_MODALITY'],
    ['more directions than features', { visual }, { pca: { dimensions: 33 } }, 'BAD_OPTION'],
  ])('%s', async (_name, features, options, code) => {
    const attempt = fitDynamicWeighting(
      features as { visual?: FeatureSequence[] },
      options as WeightingOptions,
    );
    await expect(attempt).rejects.toMatchObject({ name: 'RobustaError', code });
  });

  test('features it cannot weigh', async () => {
    const throws = (features: Parameters<DynamicWeighting['weights']>[0], code: string, by = weighting) =>
      expect(() => by.weights(features)).toThrow(expect.objectContaining({ name: 'RobustaError', code }));
    throws({ visual: { ...one, dim: 16, length: 20 } }, 'FEATURE_MISMATCH');
    throws({ visual: one, audio: unseen.audio[0]! }, 'LENGTH_MISMATCH');
    throws({ visual: { ...one, data: one.data.map(() => Infinity) } }, 'NON_FINITE');
    throws(
      { visual: unseen.visual[0]!, audio: unseen.audio[0]! },
      'MISSING_MODALITY',
      await fitDynamicWeighting({ audio }),
    );
  });
});
