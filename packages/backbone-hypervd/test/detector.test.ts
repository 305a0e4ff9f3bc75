import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, type FeatureSequence, type Modality } from '@robusta/core';
import { Detector, trainDetector } from '@robusta/detector';
import { expectClose } from '@robusta/test-kit';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { hypervd } from '../src/index.js';

const dims = { visual: 6, audio: 4 } as const;

/** Noise; in anomalous sequences snippets 4 to 6 are raised. */
function features(modality: Modality, seed: number, label: number, length = 11): FeatureSequence {
  const dim = dims[modality];
  const rng = createRng(seed);
  const data = Float32Array.from({ length: length * dim }, (_, i) => {
    const t = Math.floor(i / dim);
    return 0.3 * rng.normal() + (label && t >= 4 && t < 7 && i % dim < 2 ? 2 : 0);
  });
  return { modality, length, crops: 1, dim, data };
}

const recording = (seed: number, label: number, length?: number) => ({
  visual: features('visual', 2 * seed, label, length),
  audio: features('audio', 2 * seed + 1, label, length),
});

const data = Array.from({ length: 16 }, (_, i) => ({
  id: `video-${i}`,
  label: (i % 2) as 0 | 1,
  ...recording(i, i % 2, 9 + (i % 4)),
}));

const train = (fusion: 'concat' | 'shared', options = {}) =>
  trainDetector({
    backbone: hypervd,
    data,
    fusion,
    epochs: 60,
    learningRate: 2e-3,
    schedule: 'constant',
    ...options,
  });

describe.each(['concat', 'shared'] as const)('trained, %s', (fusion) => {
  const losses: number[] = [];
  let detector: Detector;
  beforeAll(async () => {
    detector = await train(fusion, { onEpoch: ({ loss }: { loss: number }) => losses.push(loss) });
  });
  afterAll(() => detector.dispose());

  test('the loss falls, and the anomaly stands out in its video and among videos', async () => {
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.5 * mean(losses.slice(0, 5)));
    const normal = await detector.score(recording(100, 0));
    const anomalous = await detector.score(recording(101, 1));
    for (const [kind, scores] of Object.entries(anomalous) as [keyof typeof normal, Float32Array][]) {
      const highest = Math.max(...scores);
      expect([4, 5, 6]).toContain(scores.indexOf(highest));
      expect(highest).toBeGreaterThan(Math.max(...normal[kind]!));
    }
  });

  test('a saved model scores the same, bit by bit, and model.onnx takes any length', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robusta-hypervd-'));
    try {
      await detector.save(folder);
      using loaded = await Detector.load(folder, { backbone: hypervd });
      expect(await loaded.score(recording(7, 1))).toEqual(await detector.score(recording(7, 1)));
      expect(loaded.description).toEqual(detector.description);
      const session = await InferenceSession.create(await readFile(join(folder, 'model.onnx')));
      for (const length of [1, 2, 11, 50]) {
        const { visual, audio } = recording(8, 1, length);
        const tensor = (sequence: FeatureSequence) =>
          new Tensor('float32', sequence.data, [length, 1, sequence.dim]);
        const outputs = await session.run({ visual: tensor(visual), audio: tensor(audio) });
        for (const [kind, scores] of Object.entries(await detector.score({ visual, audio }))) {
          const { data: values, dims: shape } = outputs[`${kind}_score`]!;
          expect(shape).toEqual([length]);
          expectClose(values as Float32Array, scores, {
            absolute: 1e-5,
            label: `${kind}, ${length} snippets`,
          });
        }
      }
      await session.release();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('the same seed gives the same weights, byte by byte, another seed others', async () => {
    const weights = async (seed: number) => {
      using trained = await train(fusion, { epochs: 2, batchSize: 8, seed });
      return trained.weights;
    };
    const first = await weights(1);
    expect(await weights(1)).toEqual(first);
    expect(await weights(2)).not.toEqual(first);
  });
});

test('the published recipe is the default', async () => {
  using detector = await train('concat', {
    epochs: undefined,
    learningRate: undefined,
    schedule: undefined,
    data: data.slice(0, 2),
  });
  expect(detector.description.training).toMatchObject({
    epochs: 50,
    batchSize: 128,
    learningRate: 5e-4,
    weightDecay: 0,
    schedule: 'cosine',
  });
});
