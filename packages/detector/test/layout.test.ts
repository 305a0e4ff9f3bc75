import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import {
  type Backbone,
  type BatchLayout,
  Detector,
  segmentEdges,
  type TrainingVideo,
  trainDetector,
} from '../src/index.js';
import { batchSizeOf, orderOf } from '../src/order.js';
import { BatchFiller, samplesOf } from '../src/samples.js';
import { copyMean } from '../src/scaling.js';
import { tiny } from './tiny-backbone.js';
import { sequence, toyVideos } from './toy.js';

const layout = (changes: Partial<BatchLayout> = {}): BatchLayout => ({
  crops: 'apart',
  halves: false,
  lengths: 'sample',
  ...changes,
});

describe('segments', () => {
  test('edges rise from 0 to the length; short sequences repeat rows', () => {
    expect([...segmentEdges(8, 4)]).toEqual([0, 2, 4, 6, 8]);
    expect([...segmentEdges(2, 4)]).toEqual([0, 0, 1, 1, 2]);
    expect([...segmentEdges(7, 3)]).toEqual([0, 2, 4, 7]);
  });

  test('copyMean is the mean of scaled rows', () => {
    const { data } = sequence('visual', { length: 6, dim: 3 });
    const scaling = { mean: Float32Array.of(0.1, 0.2, 0.3), scale: Float32Array.of(1, 2, 3), limit: 0.5 };
    const target = new Float32Array(5);
    copyMean(data, 3, 6, 2, 3, target, 1, scaling);
    const at = (row: number, d: number) =>
      Math.min(0.5, Math.max(-0.5, (data[row * 3 + d]! - scaling.mean[d]!) * scaling.scale[d]!));
    const expected = [0, 1, 2].map((d) => (at(1, d) + at(3, d)) / 2);
    expectClose(target, [0, ...expected, 0], { absolute: 1e-6 });
  });

  test('every batch has as many segments as asked for, and no padding', () => {
    const videos = [8, 3].map((length, i) => ({
      id: `${i}`,
      label: i as 0 | 1,
      visual: sequence('visual', { length, crops: 2, dim: 2, seed: i }),
    }));
    const shape = { visual: { dim: 2, crops: 2 } };
    const segments = layout({ lengths: 'segments' });
    const filler = new BatchFiller('concat', shape, {}, 2, 4, segments);
    const [first, , third] = samplesOf(videos, 'concat', shape, segments);
    const { features, mask } = filler.fill([first!, third!]);
    expect([...mask]).toEqual(Array(8).fill(1));
    const value = (video: number, t: number, d: number) => videos[video]!.visual.data[t * 4 + d]!;
    const expected = [
      ...[0, 1, 2, 3].flatMap((j) => [0, 1].map((d) => (value(0, 2 * j, d) + value(0, 2 * j + 1, d)) / 2)),
      ...[0, 0, 1, 2].flatMap((t) => [0, 1].map((d) => value(1, t, d))),
    ];
    expectClose(features[0]!, expected, { absolute: 1e-6 });
  });
});

describe('crops together', () => {
  const together = layout({ crops: 'together' });
  const shape = { visual: { dim: 6, crops: 3 }, audio: { dim: 4, crops: 1 } };
  const videos = toyVideos(2, { crops: 3 });

  test('a video is one bag, or one for each modality', () => {
    expect(samplesOf(videos, 'concat', shape, together)).toHaveLength(2);
    expect(samplesOf(videos, 'shared', shape, together).map(({ kind }) => kind)).toEqual([
      'visual',
      'audio',
      'visual',
      'audio',
    ]);
    expect(samplesOf(videos, 'concat', shape)).toHaveLength(6);
  });

  test('its crops are neighbouring rows; audio is repeated', () => {
    const filler = new BatchFiller('shared', shape, {}, 2, 9, together);
    const [visual, audio] = samplesOf(videos, 'shared', shape, together);
    const { labels, mask, features } = filler.fill([audio!, visual!]);
    expect([...labels]).toEqual([0, 0]);
    expect(mask).toHaveLength(2 * 3 * 9);
    expect([...features[2]!]).toEqual([1, 1, 1, 0, 0, 0]);
    for (let c = 0; c < 3; c++) {
      const sound = features[1]!.subarray(c * 9 * 4, (c + 1) * 9 * 4);
      expect(sound).toEqual(videos[0]!.audio!.data.subarray(0, 9 * 4));
      for (let t = 0; t < 9; t++) {
        const row = features[0]!.subarray(((3 + c) * 9 + t) * 6, ((3 + c) * 9 + t + 1) * 6);
        expect(row).toEqual(videos[0]!.visual!.data.subarray((t * 3 + c) * 6, (t * 3 + c + 1) * 6));
      }
    }
  });
});

describe('halves', () => {
  const halves = layout({ halves: true });
  const videos: TrainingVideo[] = Array.from({ length: 12 }, (_, i) => ({
    id: `video-${i}`,
    label: i < 5 ? 1 : 0,
    visual: sequence('visual', { seed: i }),
  }));
  const samples = samplesOf(videos, 'concat', { visual: { dim: 6, crops: 1 } }, halves);

  test('each batch is normal, then anomalous, without repetitions inside', () => {
    const order = orderOf(samples, 4, halves, 1, 0);
    // Seven normal samples make three batches of two.
    expect(order).toHaveLength(12);
    for (let start = 0; start < 12; start += 4) {
      const batch = order.slice(start, start + 4);
      expect(batch.map(({ video }) => video.label)).toEqual([0, 0, 1, 1]);
      expect(new Set(batch).size).toBe(4);
    }
    expect(new Set(order.filter(({ video }) => video.label === 0)).size).toBe(6);
    expect(orderOf(samples, 4, halves, 1, 0)).toEqual(order);
    expect(orderOf(samples, 4, halves, 1, 1)).not.toEqual(order);
    expect(orderOf(samples, 4, halves, 2, 0)).not.toEqual(order);
  });

  test('a batch is not larger than twice the smaller class, and even', () => {
    expect(batchSizeOf(samples, 64, halves)).toBe(10);
    expect(batchSizeOf(samples, 4, halves)).toBe(4);
    expect(batchSizeOf(samples, 64, layout())).toBe(12);
    expect(() => batchSizeOf(samples, 5, halves)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

/** The tiny backbone with a count of its steps, trained on balanced bags with all crops. */
const counting: Backbone = {
  ...tiny,
  name: 'counting',
  defaults: { ...tiny.defaults, maxLength: 5 },
  build(config) {
    const inner = tiny.build(config);
    return {
      ...inner,
      batches: { crops: 'together', halves: true, lengths: 'segments' },
      parameters: { steps: { shape: [2], learningRateScale: 1, buffer: true }, ...inner.parameters },
      init: (seed) => ({ steps: { shape: [2], data: Float32Array.of(0, 3) }, ...inner.init(seed) }),
      forward(weights, x, mask, options) {
        const { steps, ...own } = weights;
        return { ...inner.forward(own, x, mask, options), steps: tf.add(steps!, 1) };
      },
      buffers: ({ steps }) => ({ steps: steps! }),
      lossTerms(output, labels, mask) {
        const crops = mask.shape[0]! / labels.shape[0]!;
        const repeated = tf.reshape(tf.tile(tf.expandDims(labels, 1), [1, crops]), [-1]);
        const terms = inner.lossTerms(output, repeated, mask);
        return {
          ...terms,
          rows: tf.scalar(mask.shape[0]!),
          length: tf.scalar(mask.shape[1]!),
          normal: tf.slice(labels, [0], [1]).asScalar(),
        };
      },
    };
  },
};

describe.each(['concat', 'shared'] as const)('training a backbone with wishes, %s', (fusion) => {
  test('batches as it asked for, buffers trained along, saved and loaded', async () => {
    const seen: Record<string, number>[] = [];
    const detector = await trainDetector({
      backbone: counting,
      data: toyVideos(10, { crops: 2 }),
      fusion,
      batchSize: 4,
      epochs: 3,
      seed: 1,
      onEpoch: ({ terms }) => seen.push(terms),
    });
    for (const terms of seen) expect(terms).toMatchObject({ rows: 8, length: 5, normal: 0 });
    // Five videos (or ten samples) of each class, two in a batch.
    const steps = 3 * (fusion === 'concat' ? 2 : 5);
    expect(Object.keys(detector.weights)[0]).toBe('backbone.steps');
    expect([...detector.weights['backbone.steps']!.data]).toEqual([steps, 3 + steps]);
    expect(detector.description.training.maxLength).toBe(5);
    detector.dispose();
  });
});

test('a buffer is part of the file of a model', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-'));
  try {
    using detector = await trainDetector({
      backbone: counting,
      data: toyVideos(6, { crops: 2 }),
      fusion: 'concat',
      epochs: 1,
    });
    await detector.save(folder);
    using loaded = await Detector.load(folder, { backbone: counting });
    expect(loaded.weights).toEqual(detector.weights);
    const { visual, audio } = toyVideos(2, { crops: 2 })[1]!;
    const input = { visual, audio };
    expect(await loaded.score(input)).toEqual(await detector.score(input));
  } finally {
    await rm(folder, { recursive: true });
  }
});
