import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { BatchFiller } from '../src/batches.js';
import {
  type Backbone,
  type BatchLayout,
  Detector,
  segmentEdges,
  type TrainingVideo,
  trainDetector,
} from '../src/index.js';
import { batchesPerEpoch, batchSizeOf, orderOf } from '../src/order.js';
import { RowWriter, rowPlan } from '../src/rows.js';
import { samplesOf } from '../src/samples.js';
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

  test('a single snippet is one row, or every segment', () => {
    expect(rowPlan(1, 4, 'sample')).toEqual({ first: Int32Array.of(0), counts: Int32Array.of(1) });
    expect(rowPlan(1, 3, 'segments')).toEqual({
      first: Int32Array.of(0, 0, 0),
      counts: Int32Array.of(1, 1, 1),
    });
  });

  test('a row is the mean of scaled snippets, however they are cut into blocks', () => {
    const { data, ...sizes } = sequence('visual', { length: 7, crops: 2, dim: 3 });
    const scaling = { mean: Float32Array.of(0.1, 0.2, 0.3), scale: Float32Array.of(1, 2, 3), limit: 0.5 };
    const written = (lengths: number[]) => {
      const target = { data: new Float32Array(13), offset: 1, width: 4 };
      const writer = new RowWriter(rowPlan(7, 3, 'segments'), 1, 3, scaling, target);
      let start = 0;
      for (const length of lengths) {
        writer.add({ ...sizes, start, length, data: data.subarray(start * 6, (start + length) * 6) });
        start += length;
      }
      return target.data;
    };
    const at = (row: number, d: number) =>
      Math.min(0.5, Math.max(-0.5, (data[row * 6 + 3 + d]! - scaling.mean[d]!) * scaling.scale[d]!));
    const mean = (rows: number[], d: number) => rows.reduce((sum, row) => sum + at(row, d), 0) / rows.length;
    // Edges 0, 2, 4, 7.
    const expected = [
      [0, 1],
      [2, 3],
      [4, 5, 6],
    ].flatMap((rows) => [0, 1, 2].map((d) => mean(rows, d)).concat(0));
    expectClose(written([7]), [0, ...expected], { absolute: 1e-6 });
    for (const lengths of [
      [1, 1, 1, 1, 1, 1, 1],
      [3, 4],
      [5, 2],
    ])
      expect(written(lengths)).toEqual(written([7]));
  });

  test('every batch has as many segments as asked for, and no padding', () => {
    const videos = [8, 3].map((length, i) => ({
      id: `${i}`,
      label: i as 0 | 1,
      visual: sequence('visual', { length, crops: 2, dim: 2, seed: i }),
    }));
    const shape = { visual: { dim: 2, crops: 2 } };
    const segments = layout({ lengths: 'segments' });
    const spec = {
      fusion: 'concat',
      shape,
      scalings: {},
      batchSize: 2,
      length: 4,
      layout: segments,
    } as const;
    const filler = new BatchFiller(spec);
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
    const spec = {
      fusion: 'shared',
      shape,
      scalings: {},
      batchSize: 2,
      length: 9,
      layout: together,
    } as const;
    const filler = new BatchFiller(spec);
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

  test('each class goes on from epoch to epoch: whole passes, none begun anew', () => {
    expect(batchesPerEpoch(samples, 4, halves)).toBe(3);
    const stream = (label: number, epochs: number) =>
      Array.from({ length: epochs }, (_, epoch) => orderOf(samples, 4, halves, 5, epoch))
        .flat()
        .filter(({ video }) => video.label === label);
    // Seven normal: passes of six; five anomalous: passes of four, which do not end where epochs of six bags do.
    for (const [label, pass] of [
      [0, 6],
      [1, 4],
    ] as const) {
      const drawn = stream(label, 8);
      expect(drawn).toHaveLength(48);
      for (let start = 0; start < 48; start += pass) {
        expect(new Set(drawn.slice(start, start + pass)).size).toBe(pass);
      }
      expect(drawn.slice(0, pass)).not.toEqual(drawn.slice(pass, 2 * pass));
      expect(stream(label, 3)).toEqual(drawn.slice(0, 18));
    }
  });

  test('an incomplete last batch can be left out', () => {
    const plain = layout();
    expect(batchesPerEpoch(samples, 5, plain)).toBe(3);
    expect(batchesPerEpoch(samples, 5, plain, true)).toBe(2);
    expect(orderOf(samples, 5, plain, 1, 0, true)).toEqual(orderOf(samples, 5, plain, 1, 0).slice(0, 10));
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
