import { createRng } from '@robusta/core';
import type { Weights } from '@robusta/detector';
import { noise, paddedBatch, runPass } from '@robusta/detector/testing';
import { expectClose } from '@robusta/test-kit';
import { prefixMask } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { scoreAdjacency, similarityAdjacency } from '../src/adjacency.js';
import { toOfficial, XdviodetOptionsSchema, xdviodet } from '../src/index.js';

const dim = 6;
const maskOf = (lengths: number[], length: number) => prefixMask(tf.tensor1d(lengths, 'int32'), length);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('graphs', () => {
  const length = 7;
  const lengths = [7, 4, 0];
  const mask = () => maskOf(lengths, length);

  /** Row soft-max over the valid block, straight from the definition. */
  function expectBlockSoftmax(actual: tf.Tensor, value: (b: number, i: number, j: number) => number) {
    const expected: number[] = [];
    for (const [b, valid] of lengths.entries()) {
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let j = 0; j < valid; j++) sum += Math.exp(value(b, i, j));
        for (let j = 0; j < length; j++) {
          expected.push(i < valid && j < valid ? Math.exp(value(b, i, j)) / sum : 0);
        }
      }
    }
    expectClose(actual.dataSync(), expected, { absolute: 1e-6 });
  }

  test('similarity: thresholded cosines, an all-zero snippet attends evenly', () => {
    const x = noise(1, 3 * length * dim);
    x.fill(0, 2 * dim, 3 * dim);
    const row = (b: number, i: number) => x.subarray((b * length + i) * dim, (b * length + i + 1) * dim);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);
    expectBlockSoftmax(similarityAdjacency(tf.tensor3d(x, [3, length, dim]), mask()), (b, i, j) => {
      const norms = Math.sqrt(dot(row(b, i), row(b, i)) * dot(row(b, j), row(b, j)));
      const cosine = norms === 0 ? 0 : dot(row(b, i), row(b, j)) / norms;
      return cosine > 0.7 ? cosine : 0;
    });
  });

  test('similarity: the gradient of an all-zero snippet is finite', () => {
    const x = noise(2, length * dim);
    x.fill(0, 2 * dim, 3 * dim);
    const gradient = tf.grad((input: tf.Tensor) =>
      tf.sum(tf.square(similarityAdjacency(input, tf.ones([1, length])))),
    )(tf.tensor3d(x, [1, length, dim]));
    expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    expect(gradient.dataSync().some((value) => value !== 0)).toBe(true);
  });

  test('score: sigmoid of the score distance, without gradient', () => {
    const logits = noise(3, 3 * length, 2);
    const score = (b: number, i: number) => 1 / (1 + Math.exp(-logits[b * length + i]!));
    expectBlockSoftmax(scoreAdjacency(tf.tensor2d(logits, [3, length]), mask()), (b, i, j) => {
      const distance = Math.abs(score(b, i) - score(b, j));
      return 1 / (1 + Math.exp(-(1 - distance - 0.5) / 0.1));
    });
  });
});

describe('forward pass', () => {
  const exact = xdviodet.build({ inputDim: dim });
  const official = xdviodet.build({ inputDim: dim, padding: 'official' });
  const weights = exact.init(5);
  const branches = ['offline', 'online'] as const;

  test('official padding leaks into the offline logits, and only where there is padding', async () => {
    const sequence = noise(8, 5 * dim);
    const logits = async (model: typeof exact, length: number) => {
      const { outputs } = await runPass(model, weights, paddedBatch([sequence], dim, length));
      return branches.map((branch) => outputs[branch]!.slice(0, 5));
    };
    const alone = await logits(official, 5);
    expect(await logits(exact, 5)).toEqual(alone);
    const [offline, online] = await logits(official, 9);
    const leak = Math.max(...alone[0]!.map((value, t) => Math.abs(value - offline![t]!)));
    expectClose(online!, alone[1]!, { absolute: 1e-6 });
    expect(leak).toBeGreaterThan(1e-3);
  });

  test('branch chooses whose logits are the score', async () => {
    for (const branch of branches) {
      const model = xdviodet.build({ inputDim: dim, branch });
      const { outputs } = await runPass(model, weights, paddedBatch([noise(3, 4 * dim)], dim));
      expect(outputs.logits).toEqual(outputs[branch]);
    }
  });

  test('graphGradient: stop cuts the path through the similarity graph', async () => {
    const sequence = noise(6, 6 * dim).map((value) => value + 2);
    const batch = { ...paddedBatch([sequence], dim), labels: Float32Array.of(1) };
    const slope = async (graphGradient: 'flow' | 'stop') => {
      const model = xdviodet.build({ inputDim: dim, graphGradient });
      return (await runPass(model, weights, batch, { gradients: true })).inputGradient!;
    };
    expect((await slope('flow')).every(Number.isFinite)).toBe(true);
    expect(await slope('flow')).not.toEqual(await slope('stop'));
  });
});

describe('loss', () => {
  const sigma = (z: number) => 1 / (1 + Math.exp(-z));

  /** The published loss, straight from its definition in float64. */
  function naive(offline: number[][], online: number[][], labels: number[], lengths: number[]) {
    const bags = lengths.flatMap((length, b) => (length > 0 ? [b] : []));
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const classify = (logits: number[][]) =>
      mean(
        bags.map((b) => {
          const k = Math.floor(lengths[b]! / 16) + 1;
          const top = logits[b]!.slice(0, lengths[b]).sort((p, q) => q - p);
          const p = sigma(mean(top.slice(0, k)));
          return -(labels[b] === 1 ? Math.log(p) : Math.log(1 - p));
        }),
      );
    const distill = mean(
      bags.map((b) =>
        mean(
          Array.from(
            { length: lengths[b]! },
            (_, t) => -sigma(offline[b]![t]!) * Math.log(sigma(online[b]![t]!)),
          ),
        ),
      ),
    );
    return { classOffline: classify(offline), classOnline: classify(online), distill };
  }

  test('equals its definition, bags without snippets left out', () => {
    const length = 40;
    const lengths = [40, 16, 15, 1, 0];
    const labels = [1, 0, 1, 0, 1];
    const rng = createRng(9);
    const draw = () => lengths.map(() => Array.from({ length }, () => 2 * rng.normal()));
    const [offline, online] = [draw(), draw()];
    const expected = naive(offline, online, labels, lengths);
    const model = xdviodet.build({ inputDim: dim, offlineWeight: 2, onlineWeight: 0.5, distillWeight: 3 });
    const output = {
      logits: tf.tensor2d(offline),
      offline: tf.tensor2d(offline),
      online: tf.tensor2d(online),
    };
    const terms = model.lossTerms(output, tf.tensor1d(labels), maskOf(lengths, length));
    for (const [name, value] of Object.entries(expected)) {
      expectClose(terms[name]!.dataSync(), [value], { relative: 1e-5, label: name });
    }
    const total = 2 * expected.classOffline + 0.5 * expected.classOnline + 3 * expected.distill;
    expectClose(model.loss(output, tf.tensor1d(labels), maskOf(lengths, length)).dataSync(), [total], {
      relative: 1e-5,
    });
  });

  test('clampLogs limits a term to 100', () => {
    const extreme = tf.fill([2, 3], 1e4);
    const output = { logits: extreme, offline: extreme, online: extreme };
    const loss = (clampLogs: boolean) =>
      xdviodet
        .build({ inputDim: dim, clampLogs })
        .lossTerms(output, tf.tensor1d([0, 1]), tf.ones([2, 3]))
        .classOffline!.dataSync()[0]!;
    expect(loss(false)).toBe(5000);
    expect(loss(true)).toBe(50);
  });
});

describe('parameters', () => {
  const model = xdviodet.build({ inputDim: dim });

  test('weights fill the Xavier range, biases ±1/sqrt(fan in)', () => {
    const weights = model.init(3);
    const range = (name: string) => Math.max(...weights[name]!.data.map(Math.abs));
    for (const [name, limit] of [
      ['conv1d2.weight', Math.sqrt(6 / (512 + 128))],
      ['conv1d2.bias', 1 / Math.sqrt(512)],
      ['gc1.weight', Math.sqrt(6 / (128 + 32))],
      ['gc1.residual.weight', Math.sqrt(6 / (5 * (128 + 32)))],
      ['gc1.residual.bias', 1 / Math.sqrt(128 * 5)],
      ['classifier.weight', Math.sqrt(6 / 97)],
    ] as const) {
      expect(range(name)).toBeLessThanOrEqual(Math.fround(limit));
      expect(range(name)).toBeGreaterThan(0.85 * limit);
    }
  });

  test('743,490 parameters in use at the published width', () => {
    const counts = Object.values(xdviodet.build({ inputDim: 1152 }).parameters).map(({ shape }) =>
      shape.reduce((product, size) => product * size, 1),
    );
    // 842,883 of the published class, less 99,393 that it never reads.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(842883 - 99393);
  });

  test('the approximator learns at half the rate', () => {
    for (const [name, { learningRateScale }] of Object.entries(model.parameters)) {
      expect(learningRateScale).toBe(name.includes('approximator') ? 0.5 : 1);
    }
  });

  test('toOfficial and fromOfficial are inverse; convolutions are [out, in, kernel]', () => {
    const weights = model.init(4);
    const official = toOfficial(weights);
    expect(official['conv1d1.weight']!.shape).toEqual([512, dim, 1]);
    expect(official['gc1.residual.weight']!.shape).toEqual([32, 128, 5]);
    const [o, i, k] = [7, 100, 3];
    expect(official['gc1.residual.weight']!.data[(o * 128 + i) * 5 + k]).toBe(
      weights['gc1.residual.weight']!.data[(k * 128 + i) * 32 + o],
    );
    const unused = {
      'conv1d3.weight': { shape: [1], data: new Float32Array(1) },
      'simAdj.weight0': { shape: [1], data: new Float32Array(1) },
      'disAdj.sigma': { shape: [1], data: new Float32Array(1) },
    };
    expect(model.fromOfficial({ ...official, ...unused })).toEqual(weights);
  });

  test('fromOfficial lists all that is wrong', () => {
    const { 'gc2.weight': _, ...rest } = toOfficial(model.init(4));
    const bad: Weights = {
      ...rest,
      'conv1d1.bias': { shape: [511], data: new Float32Array(511) },
      'gc1.weight': { shape: [128, 32], data: new Float32Array(128 * 32).fill(Number.NaN) },
      'gc9.weight': { shape: [1], data: new Float32Array(1) },
      'gc4.bias': { shape: [1], data: new Float32Array(1) },
    };
    expect(() => model.fromOfficial(bad)).toThrow(
      expect.objectContaining({
        code: 'BAD_MODEL',
        details: {
          problems: [
            'conv1d1.bias has shape [511], expected [512]',
            'gc1.weight holds NaN or infinity',
            'gc2.weight is missing',
            'gc9.weight is unexpected',
            'gc4.bias is unexpected',
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
  [{ inputDim: 4, depth: 2 }, 'depth'],
])('build refuses %j', (config, field) => {
  expect(() => xdviodet.build(config)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(field) }),
  );
});

test('every option is described', () => {
  for (const field of Object.values(XdviodetOptionsSchema.shape)) expect(field.description).toBeTruthy();
});
