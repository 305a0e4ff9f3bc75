import type { FeatureSequence } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import { trainDetector } from '../src/index.js';
import { tiny } from './tiny-backbone.js';
import { sequence, toyVideos } from './toy.js';

/** The ablation of Table V. */
const train = (visualDim: number, audioDim: number) =>
  trainDetector({
    backbone: tiny,
    data: toyVideos(8, { visualDim, audioDim }),
    fusion: 'padding',
    inputScaling: 'none',
    epochs: 3,
  });

test('audio is scored like visual features that are zero behind it; nothing is projected', async () => {
  using detector = await train(6, 4);
  expect(Object.keys(detector.weights).every((name) => name.startsWith('backbone.'))).toBe(true);
  const audio = sequence('audio', { length: 9, dim: 4, seed: 5 });
  const data = new Float32Array(9 * 6);
  for (let t = 0; t < 9; t++) data.set(audio.data.subarray(4 * t, 4 * t + 4), 6 * t);
  const visual: FeatureSequence = { modality: 'visual', length: 9, crops: 1, dim: 6, data };
  const scores = await detector.score({ visual, audio });
  expectClose(scores.audio!, scores.visual!, { absolute: 1e-6 });
});

test('audio wider than visual features is refused', async () => {
  await expect(train(3, 4)).rejects.toMatchObject({
    code: 'FEATURE_MISMATCH',
    message: expect.stringMatching(/4 .* 3/),
  });
});
