import type { FeatureSequence } from '@robusta/core';
import { trainDetector, type Weights } from '@robusta/detector';
import { RtfmOptionsSchema, rtfm, toOfficial } from '../src/index.js';
import { dim, normals, small, weightsOf } from './toy.js';

/** Two crops of noise; in anomalous videos snippets 4 to 6 stand out in the first features. */
function video(id: number, label: 0 | 1) {
  const length = 10 + (id % 3);
  const features = (modality: 'visual' | 'audio', crops: number, width: number): FeatureSequence => {
    const noise = normals(2 * id + (modality === 'audio' ? 1 : 0), length * crops * width, 0.3);
    const data = noise.map((value, i) => {
      const t = Math.floor(i / (crops * width));
      return value + (label && t >= 4 && t < 7 && i % width < 2 ? 2 : 0);
    });
    return { modality, length, crops, dim: width, data };
  };
  return { id: `video-${id}`, label, visual: features('visual', 2, dim), audio: features('audio', 1, 3) };
}

describe.each(['concat', 'shared'] as const)('training, %s', (fusion) => {
  const data = Array.from({ length: 16 }, (_, i) => video(i, (i % 2) as 0 | 1));
  const train = (seed: number, epochs: number, onEpoch?: (report: { loss: number }) => void) =>
    trainDetector({
      backbone: rtfm,
      backboneOptions: { branchWidth: 8, fc1Width: 16, fc2Width: 8, dropout: 0.3 },
      data,
      fusion,
      maxLength: 10,
      batchSize: 8,
      learningRate: 3e-3,
      epochs,
      seed,
      threads: 1,
      ...(onEpoch ? { onEpoch } : {}),
    });

  test('finds the anomaly in videos that it has not seen', async () => {
    const losses: number[] = [];
    using detector = await train(1, 80, ({ loss }) => losses.push(loss));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.3);
    const { visual, audio } = video(101, 1);
    for (const scores of Object.values(await detector.score({ visual, audio }))) {
      const inside = Math.min(...scores.slice(4, 7));
      const outside = Math.max(...scores.slice(0, 3), ...scores.slice(8));
      expect(inside).toBeGreaterThan(outside);
    }
  });

  test('the same seed gives the same weights and running statistics, another seed others', async () => {
    using first = await train(4, 2);
    using second = await train(4, 2);
    using other = await train(5, 2);
    expect(second.weights).toEqual(first.weights);
    for (const [name, { data }] of Object.entries(first.weights)) {
      if (!/running|conv_1.0.weight/.test(name)) continue;
      expect(other.weights[name]!.data).not.toEqual(data);
    }
  });
});

describe('parameters', () => {
  const model = small();

  test('the same seed gives the same bytes, another seed others', () => {
    expect(model.init(1)).toEqual(model.init(1));
    expect(model.init(1)['fc1.weight']!.data).not.toEqual(model.init(2)['fc1.weight']!.data);
  });

  test('weights fill the Xavier range, biases are zero, the attention starts as the identity', () => {
    const weights = rtfm.build({ inputDim: 64, branchWidth: 64 }).init(3);
    const range = (name: string) => weights[name]!.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    for (const [name, limit] of [
      ['Aggregate.conv_1.0.weight', Math.sqrt(6 / (3 * (64 + 64)))],
      ['Aggregate.conv_5.0.weight', Math.sqrt(6 / (3 * (4 * 64 + 64)))],
      ['Aggregate.non_local.theta.weight', Math.sqrt(6 / (64 + 32))],
      ['fc3.weight', Math.sqrt(6 / (128 + 1))],
    ] as const) {
      expect(range(name)).toBeLessThanOrEqual(Math.fround(limit));
      expect(range(name)).toBeGreaterThan(0.9 * limit);
    }
    for (const name of ['fc1.bias', 'Aggregate.non_local.W.1.weight', 'Aggregate.conv_1.2.running_mean']) {
      expect(range(name)).toBe(0);
    }
    expect([...weights['Aggregate.conv_5.2.weight']!.data]).toEqual(Array(64).fill(1));
    expect([...weights['Aggregate.conv_5.2.running_var']!.data]).toEqual(Array(64).fill(1));
  });

  test('24.7 million parameters at the published width', () => {
    const { parameters } = rtfm.build({ inputDim: 2048 });
    const counts = Object.values(parameters)
      .filter(({ buffer }) => !buffer)
      .map(({ shape }) => shape.reduce((product, size) => product * size, 1));
    expect(counts.reduce((sum, count) => sum + count, 0) / 1e6).toBeCloseTo(24.7, 1);
  });

  test('toOfficial and fromOfficial are inverse; convolutions are [out, in, kernel]', () => {
    const weights = weightsOf(model, 4);
    const official = toOfficial(weights);
    expect(official['Aggregate.conv_4.0.weight']!.shape).toEqual([4, dim, 1]);
    expect(official['fc1.weight']!.shape).toEqual([5, dim]);
    const [o, i, k] = [3, 2, 1];
    expect(official['Aggregate.conv_2.0.weight']!.data[(o * dim + i) * 3 + k]).toBe(
      weights['Aggregate.conv_2.0.weight']!.data[(k * dim + i) * 4 + o],
    );
    const counter = { shape: [], data: BigInt64Array.of(7n) };
    expect(model.fromOfficial({ ...official, 'Aggregate.conv_1.2.num_batches_tracked': counter })).toEqual(
      weights,
    );
  });

  test('fromOfficial lists all that is wrong', () => {
    const { 'fc2.weight': _, ...rest } = toOfficial(weightsOf(model, 4));
    const bad: Weights = {
      ...rest,
      'fc1.bias': { shape: [4], data: new Float32Array(4) },
      'fc3.bias': { shape: [1], data: Float32Array.of(Number.NaN) },
      'Aggregate.conv_1.2.running_var': { shape: [4], data: Float32Array.of(1, 1, -1, 1) },
      'Aggregate.conv_4.0.bias': { shape: [4], data: new Float32Array(4) },
    };
    expect(() => model.fromOfficial(bad)).toThrow(
      expect.objectContaining({
        code: 'BAD_MODEL',
        details: {
          problems: [
            'fc1.bias has shape [4], expected [5]',
            'fc2.weight is missing',
            'fc3.bias holds NaN or infinity',
            'Aggregate.conv_1.2.running_var holds negative variances',
            'Aggregate.conv_4.0.bias is unexpected',
          ],
        },
      }),
    );
  });
});

test.each([
  [{ inputDim: 0 }, 'inputDim'],
  [{ inputDim: 4, padding: 'none' }, 'padding'],
  [{ inputDim: 4, dropout: 1 }, 'dropout'],
  [{ inputDim: 4, branchWidth: 7 }, 'branchWidth'],
  [{ inputDim: 4, depth: 2 }, 'depth'],
])('build refuses %j', (config, field) => {
  expect(() => rtfm.build(config)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(field) }),
  );
});

test('every option is described', () => {
  for (const field of Object.values(RtfmOptionsSchema.shape)) expect(field.description).toBeTruthy();
});
