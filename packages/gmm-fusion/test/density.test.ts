import { type FeatureSequence, RobustaError } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import {
  type DynamicWeighting,
  decodeDynamicWeighting,
  detectorEnergy,
  encodeDynamicWeighting,
  fitDynamicWeighting,
  type WeightingOptions,
} from '../src/index.js';
import { cleanVideos, withNoise } from './support.js';

const visual = cleanVideos('visual', { videos: 16, snippets: 10, dim: 6, factors: 3, seed: 1 });
const audio = cleanVideos('audio', { videos: 16, snippets: 10, dim: 5, factors: 3, seed: 2 });
const unseen = {
  visual: cleanVideos('visual', { videos: 6, snippets: 10, dim: 6, factors: 3, seed: 3 }),
  audio: cleanVideos('audio', { videos: 6, snippets: 10, dim: 5, factors: 3, seed: 4 }),
};
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const rowsOf = ({ dim, length, data }: FeatureSequence) =>
  Array.from({ length }, (_, t) => [...data.subarray(t * dim, (t + 1) * dim)]);

test('Mahalanobis: the distance under the sample covariance', async () => {
  const fitted = await fitDynamicWeighting(
    { visual },
    { density: 'mahalanobis', regCovar: 0, visual: { c: 1, x0: 0 } },
  );
  const rows = visual.flatMap(rowsOf);
  const d = 6;
  const centre = Array.from({ length: d }, (_, j) => mean(rows.map((row) => row[j]!)));
  const covariance = centre.map((_, j) =>
    centre.map((_, k) => mean(rows.map((row) => (row[j]! - centre[j]!) * (row[k]! - centre[k]!)))),
  );
  const expected = rowsOf(unseen.visual[0]!).map((row) => {
    const difference = row.map((value, j) => value - centre[j]!);
    const solved = solve(covariance, difference);
    return Math.sqrt(difference.reduce((sum, value, j) => sum + value * solved[j]!, 0));
  });
  expectClose(fitted.explain({ visual: unseen.visual[0]! }).visual!.nll, expected, { relative: 1e-8 });
});

test('k-NN: the mean distance to the nearest standardised snippets', async () => {
  const neighbours = 3;
  const fitted = await fitDynamicWeighting({ audio }, { density: 'knn', neighbours, audio: { c: 1, x0: 0 } });
  const rows = audio.flatMap(rowsOf);
  const columns = Array.from({ length: 5 }, (_, j) => rows.map((row) => row[j]!));
  const deviations = columns.map((column) =>
    Math.sqrt(mean(column.map((value) => (value - mean(column)) ** 2))),
  );
  const expected = rowsOf(unseen.audio[0]!).map((query) => {
    const distances = rows
      .map((row) => Math.hypot(...row.map((value, j) => (value - query[j]!) / deviations[j]!)))
      .sort((a, b) => a - b);
    return mean(distances.slice(0, neighbours));
  });
  // The clean rows are kept as float32.
  expectClose(fitted.explain({ audio: unseen.audio[0]! }).audio!.nll, expected, { relative: 1e-6 });
});

test('k-NN: judging the clean videos can be stopped', async () => {
  const controller = new AbortController();
  // The first look at the signal comes after the fit, which is done at once.
  const running = fitDynamicWeighting({ audio }, { density: 'knn', signal: controller.signal });
  controller.abort();
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
});

test('energy: minus the log-sum-exp of the logits ±z/2', () => {
  const logits = [-6, -1, 0, 0.3, 4];
  const scores = logits.map((z) => 1 / (1 + Math.exp(-z)));
  const expected = logits.map((z) => -Math.log(Math.exp(z / 2) + Math.exp(-z / 2)));
  expectClose(detectorEnergy(scores), expected, { absolute: 1e-12 });
  for (const end of [0, 1]) expect(Number.isFinite(detectorEnergy([end])[0]!)).toBe(true);
  for (const bad of [-0.1, 1.1, Number.NaN]) expect(() => detectorEnergy([bad])).toThrow(RobustaError);
});

test('energy: an uncertain modality loses weight', async () => {
  const certain = Array.from({ length: 6 }, (_, v) => [0.01, 0.99, 0.02 + 0.001 * v, 0.97]);
  const fitted = await fitDynamicWeighting(
    { scores: { visual: certain, audio: certain } },
    { density: 'energy' },
  );
  const scores = { visual: [0.01, 0.5, 0.99], audio: [0.01, 0.01, 0.4] };
  const weights = fitted.weights({ scores });
  expect(weights.visual[0]).toBeCloseTo(0.5, 6);
  expect(weights.visual[1]!).toBeLessThan(0.2);
  expect(weights.visual[2]!).toBeGreaterThan(0.8);
  expect(fitted.weights({ scores: { audio: scores.audio } }).audio).toEqual(new Float32Array(3).fill(1));
  expect(fitted.weights({ scores, present: { visual: [1, 0, 1] } }).visual[1]).toBe(0);
  expect(() => fitted.weights({ visual: unseen.visual[0]! })).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT' }),
  );
});

test('none: plain averaging, of what is there', async () => {
  const fitted = await fitDynamicWeighting({ visual, audio }, { density: 'none' });
  const pair = { visual: withNoise(unseen.visual[0]!, 9), audio: unseen.audio[0]! };
  expect(fitted.weights(pair).visual).toEqual(new Float32Array(10).fill(0.5));
  expect(fitted.explain(pair).visual!.lambda).toEqual(new Float64Array(10).fill(0.5));
  expect(fitted.weights({ audio: pair.audio }).audio).toEqual(new Float32Array(10).fill(1));
  expect(() => fitted.detectCorruption(pair)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

describe.each([
  ['gmm', {}],
  ['mahalanobis', {}],
  ['knn', {}],
  ['knn, level video', { density: 'knn', level: 'video' }],
  ['gmm, smoothed', { density: 'gmm', smoothing: { window: 3 } }],
] as [string, WeightingOptions][])('%s', (name, more) => {
  const options = { density: name, ...more } as WeightingOptions;
  let fitted: DynamicWeighting;
  beforeAll(async () => {
    fitted = await fitDynamicWeighting({ visual, audio }, options);
  });

  test('clean modalities share the weight, a corrupted one loses it', () => {
    const share = (deviation: number) =>
      mean(
        unseen.visual.flatMap((one, i) => [
          ...fitted.weights({ visual: withNoise(one, deviation), audio: unseen.audio[i]! }).visual,
        ]),
      );
    expect(share(0)).toBeGreaterThan(0.35);
    expect(share(0)).toBeLessThan(0.65);
    expect(share(8)).toBeLessThan(0.1);
  });

  test('comes back from bytes bit by bit', () => {
    const bytes = encodeDynamicWeighting(fitted);
    const decoded = decodeDynamicWeighting(bytes);
    expect(decoded.parameters).toEqual(fitted.parameters);
    const pair = { visual: unseen.visual[0]!, audio: unseen.audio[0]! };
    expect(decoded.explain(pair)).toEqual(fitted.explain(pair));
    expect(encodeDynamicWeighting(decoded)).toEqual(bytes);
  });

  test('the farthest features weigh nothing', () => {
    const huge = { ...unseen.visual[0]!, data: unseen.visual[0]!.data.map((_, i) => (i % 2 ? 3e38 : -3e38)) };
    const weights = fitted.weights({ visual: huge, audio: unseen.audio[0]! });
    expect(weights.visual).toEqual(new Float32Array(10));
  });
});

test.each(['energy', 'none'] as const)('%s comes back from bytes', async (density) => {
  const scores = { visual: [[0.1, 0.2], [0.3]], audio: [[0.5], [0.6, 0.7]] };
  const fitted = await fitDynamicWeighting({ visual, audio, scores }, { density });
  const decoded = decodeDynamicWeighting(encodeDynamicWeighting(fitted));
  expect(decoded.parameters).toEqual(fitted.parameters);
});

/** x of A·x = b, by elimination. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < rows.length; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]! / rows[i]![i]!;
      rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}
