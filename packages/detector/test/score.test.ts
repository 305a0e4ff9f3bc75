import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Detector, toTensors, trainDetector } from '../src/index.js';
import { windowsOf } from '../src/windows.js';
import { tiny } from './tiny-backbone.js';
import { sequence, toyVideos } from './toy.js';

let detector: Detector;
beforeAll(async () => {
  detector = await trainDetector({ backbone: tiny, data: toyVideos(8), fusion: 'shared', epochs: 3 });
});
afterAll(() => detector.dispose());

/** Scores without windows or compilation: scaling, projection and network as the definition has them. */
async function plainScores(
  modality: 'visual' | 'audio',
  length: number,
  seed: number,
): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const dim = modality === 'visual' ? 6 : 4;
  const { data } = sequence(modality, { length, dim, seed });
  const videos = toyVideos(8).flatMap((video) => Array.from(video[modality]!.data));
  const column = (d: number) => videos.filter((_, i) => i % dim === d);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const stats = Array.from({ length: dim }, (_, d) => {
    const centre = mean(column(d));
    return { centre, deviation: Math.sqrt(mean(column(d).map((value) => (value - centre) ** 2))) };
  });
  const scaled = data.map((value, i) => (value - stats[i % dim]!.centre) / stats[i % dim]!.deviation);
  return tf.tidy(() => {
    const weights = toTensors(detector.weights);
    let x: tf.Tensor = tf.tensor2d(scaled, [length, dim]);
    if (modality === 'audio') {
      x = tf.add(
        tf.matMul(x as tf.Tensor2D, weights['projection.weight'] as tf.Tensor2D),
        weights['projection.bias']!,
      );
    }
    const own = Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [name.replace('backbone.', ''), tensor]),
    );
    const model = tiny.build({ inputDim: 6 });
    const output = model.forward(own, tf.expandDims(x, 0), tf.ones([1, length]), { training: false });
    return tf.sigmoid(output.logits).dataSync() as Float32Array;
  });
}

test.each([1, 2, 8, 9, 13, 47, 100])('%i snippets score as without padding', async (length) => {
  for (const modality of ['visual', 'audio'] as const) {
    const dim = modality === 'visual' ? 6 : 4;
    const scores = await detector.score({ [modality]: sequence(modality, { length, dim, seed: length }) });
    expectClose(scores[modality]!, await plainScores(modality, length, length), { absolute: 1e-5 });
  }
});

test('a long sequence gives one score a snippet, the same as in one piece far from a border', async () => {
  const length = 2500;
  const { visual } = await detector.score({ visual: sequence('visual', { length, dim: 6, seed: 1 }) });
  // The tiny backbone sees one neighbour on each side, so that no window border can show.
  expectClose(visual!, await plainScores('visual', length, 1), { absolute: 1e-5 });
});

test('many lengths at once, more than graphs are kept', async () => {
  const lengths = [5, 10, 14, 20, 30, 40, 60, 90, 120, 180, 5, 10, 180];
  const score = (length: number) =>
    detector.score({
      visual: sequence('visual', { length, dim: 6, seed: length }),
      audio: sequence('audio', { length, dim: 4, seed: length }),
    });
  const together = await Promise.all(lengths.map(score));
  for (const [i, length] of lengths.entries()) {
    expect(together[i]).toEqual(await score(length));
    expect([together[i]!.visual!.length, together[i]!.audio!.length]).toEqual([length, length]);
  }
});

test('modalities of one recording may differ in length where they are scored apart', async () => {
  const scores = await detector.score({
    visual: sequence('visual', { length: 9, dim: 6 }),
    audio: sequence('audio', { length: 7, dim: 4 }),
  });
  expect([scores.visual!.length, scores.audio!.length]).toEqual([9, 7]);
});

test.each([
  ['FEATURE_MISMATCH', /dim is 5, expected 6/, { visual: sequence('visual', { dim: 5 }) }],
  ['FEATURE_MISMATCH', /crops is 5, expected 1/, { visual: sequence('visual', { dim: 6, crops: 5 }) }],
  ['MISSING_MODALITY', /neither visual nor audio/, {}],
  ['BAD_INPUT', /modality is "audio", expected "visual"/, { visual: sequence('audio', { dim: 6 }) }],
  ['EMPTY_INPUT', /has no snippets/, { visual: sequence('visual', { length: 0, dim: 6 }) }],
  [
    'NON_FINITE',
    /snippet 0, crop 0, feature 0 is Infinity/,
    { visual: { ...sequence('visual', { length: 1, dim: 6 }), data: new Float32Array(6).fill(Infinity) } },
  ],
])('refuses with %s %s', async (code, message, features) => {
  await expect(detector.score(features)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('an aborted signal stops scoring, and later calls work', async () => {
  const visual = sequence('visual', { dim: 6 });
  await expect(detector.score({ visual }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  expect((await detector.score({ visual })).visual).toHaveLength(visual.length);
});

test('a detector without audio refuses audio', async () => {
  const data = toyVideos(6).map(({ audio: _, ...rest }) => rest);
  for (const fusion of ['concat', 'shared'] as const) {
    using visualOnly = await trainDetector({ backbone: tiny, data, fusion, epochs: 1 });
    await expect(visualOnly.score({ audio: sequence('audio', { dim: 4 }) })).rejects.toMatchObject({
      code: 'FEATURE_MISMATCH',
      message: expect.stringMatching(/trained without audio/),
    });
  }
});

test('disposing frees the graphs; scoring again makes new ones', async () => {
  const visual = sequence('visual', { dim: 6 });
  const before = await detector.score({ visual });
  detector.dispose();
  expect(await detector.score({ visual })).toEqual(before);
});

describe('windows', () => {
  test('parts cover the sequence once, each inside its window, away from inner borders', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 300 }), (length, size) => {
        const context = Math.floor(size / 4);
        let next = 0;
        for (const { start, length: own, from, to } of windowsOf(length, size)) {
          const end = start + own;
          const ok =
            own === Math.min(length, size) &&
            from === next &&
            to > from &&
            from - start >= (start > 0 ? context : 0) &&
            end - to >= (end < length ? context : 0);
          if (!ok) throw new Error(`window ${start} to ${end} gives ${from} to ${to}`);
          next = to;
        }
        expect(next).toBe(length);
      }),
      { seed: 1 },
    );
  });
});
