import { createRng, type FeatureSequence } from '@robusta/core';
import { type BackboneModel, toTensors, trainDetector, type Weights } from '@robusta/detector';
import { expectClose } from '@robusta/test-kit';
import { compile } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { normalize, normalizeBatch, type Rows } from '../src/batch-norm.js';
import { RtfmOptionsSchema, rtfm, toOfficial } from '../src/index.js';
import { select } from '../src/selection.js';

const dim = 6;
const widths = { branchWidth: 4, fc1Width: 5, fc2Width: 3 };
const small = (options: Record<string, unknown> = {}) => rtfm.build({ inputDim: dim, ...widths, ...options });
const normals = (seed: number, size: number, scale = 1) => {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal() * scale);
};
const prefix = (lengths: number[], length: number) =>
  tf.tensor2d(lengths.map((valid) => Array.from({ length }, (_, t) => (t < valid ? 1 : 0))));

/** Weights with batch norms that do something. */
function weightsOf(model: BackboneModel, seed: number): Weights {
  const weights = model.init(seed);
  const rng = createRng(seed);
  for (const [name, { data }] of Object.entries(weights)) {
    const positive = name.endsWith('running_var');
    if (data.every((value) => value === data[0])) {
      for (let i = 0; i < data.length; i++) data[i] = positive ? 0.5 + rng.uniform() : rng.normal() * 0.5;
    }
  }
  return weights;
}

/** Sequences of the given lengths as a batch, zero-padded to `length`. */
function batchOf(sequences: Float32Array[], length: number): { x: tf.Tensor; mask: tf.Tensor } {
  const x = new Float32Array(sequences.length * length * dim);
  for (const [i, sequence] of sequences.entries()) x.set(sequence, i * length * dim);
  const lengths = sequences.map((sequence) => sequence.length / dim);
  return { x: tf.tensor3d(x, [sequences.length, length, dim]), mask: prefix(lengths, length) };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('batch norm', () => {
  const length = 4;
  const h = normals(1, 3 * length * 2, 2);
  const mask = [1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1];
  let rows: Rows;
  beforeAll(() => {
    rows = { counted: tf.tensor2d(mask, [1, mask.length]), count: tf.tensor2d([9], [1, 1]) };
  });
  const weights = () => ({
    'n.weight': tf.tensor1d([1.5, -2]),
    'n.bias': tf.tensor1d([0.25, 3]),
    'n.running_mean': tf.tensor1d([7, -1]),
    'n.running_var': tf.tensor1d([4, 9]),
  });
  const column = (c: number) => Array.from(h).filter((_, i) => i % 2 === c);

  test('statistics of the counted rows; a tenth of them goes into the running ones, variance unbiased', () => {
    const { result, runningMean, runningVar } = normalizeBatch(
      tf.tensor3d(h, [3, length, 2]),
      weights(),
      'n',
      rows,
    );
    const expected = new Float32Array(h.length);
    const [means, variances] = [[], []] as [number[], number[]];
    for (const c of [0, 1]) {
      const counted = column(c).filter((_, i) => mask[i] === 1);
      const mean = counted.reduce((sum, value) => sum + value, 0) / 9;
      const variance = counted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9;
      means.push(0.9 * [7, -1][c]! + 0.1 * mean);
      variances.push(0.9 * [4, 9][c]! + (0.1 * variance * 9) / 8);
      for (const [i, value] of column(c).entries()) {
        expected[2 * i + c] = ((value - mean) / Math.sqrt(variance + 1e-5)) * [1.5, -2][c]! + [0.25, 3][c]!;
      }
    }
    expectClose(result.dataSync(), expected, { absolute: 1e-5 });
    expectClose(runningMean.dataSync(), means, { relative: 1e-6 });
    expectClose(runningVar.dataSync(), variances, { relative: 1e-6 });
  });

  test('the gradient is that of the definition', () => {
    const slopes = tf.tensor3d(normals(2, h.length), [3, length, 2]);
    const input = tf.tensor3d(h, [3, length, 2]);
    const { 'n.weight': scale, 'n.bias': shift } = weights();
    const byTape = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const flat = tf.reshape(x, [-1, 2]);
      const share = tf.div(rows.counted, 9);
      const mean = tf.matMul(share, flat as tf.Tensor2D);
      const centred = tf.sub(flat, mean);
      const variance = tf.matMul(share, tf.square(centred) as tf.Tensor2D);
      const unit = tf.div(centred, tf.sqrt(tf.add(variance, 1e-5)));
      return tf.sum(tf.mul(tf.reshape(tf.add(tf.mul(unit, gamma), beta), x.shape), slopes)) as tf.Scalar;
    };
    const ours = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const own = { ...weights(), 'n.weight': gamma, 'n.bias': beta };
      return tf.sum(tf.mul(normalizeBatch(x, own, 'n', rows).result, slopes)) as tf.Scalar;
    };
    const expected = tf.grads(byTape)([input, scale, shift]);
    for (const [i, gradient] of tf.grads(ours)([input, scale, shift]).entries()) {
      expectClose(gradient.dataSync(), expected[i]!.dataSync(), { absolute: 1e-5, label: `input ${i}` });
    }
  });

  test('outside training with the running statistics', () => {
    const expected = Float32Array.from(h, (value, i) => {
      const c = i % 2;
      return ((value - [7, -1][c]!) / Math.sqrt([4, 9][c]! + 1e-5)) * [1.5, -2][c]! + [0.25, 3][c]!;
    });
    const actual = normalize(tf.tensor3d(h, [3, length, 2]), weights(), 'n');
    expectClose(actual.dataSync(), expected, { absolute: 1e-5 });
  });
});

describe('selection', () => {
  test('largest first, ties to the lowest index, padding last', () => {
    const magnitudes = tf.tensor2d([
      [1, 5, 5, 2, 9],
      [0, 0, 0, 0, 7],
      [3, 1, 8, 8, 8],
    ]);
    const { indices, shares } = select(magnitudes, prefix([5, 4, 2], 5), 3);
    expect(indices.arraySync()).toMatchObject([
      [4, 1, 2],
      [0, 1, 2],
      [0, 1, expect.any(Number)],
    ]);
    const third = 1 / 3;
    const rows = [
      [0, third, third, 0, third],
      [third, third, third, 0, 0],
      [0.5, 0.5, 0, 0, 0],
    ];
    expectClose(shares.dataSync(), rows.flat(), { absolute: 1e-6 });
  });

  test('a sequence shorter than k gives all it has', () => {
    const { indices, shares } = select(tf.tensor2d([[1, 2]]), tf.ones([1, 2]), 3);
    expect(indices.arraySync()).toEqual([[1, 0]]);
    expect(shares.arraySync()).toEqual([[0.5, 0.5]]);
  });
});

describe('forward pass', () => {
  const exact = small();
  const official = small({ padding: 'official' });
  const weights = weightsOf(exact, 5);
  const run = (model: BackboneModel, sequences: Float32Array[], length: number) =>
    tf.tidy(() => {
      const { x, mask } = batchOf(sequences, length);
      const logits = model.forward(toTensors(weights), x, mask, { training: false }).logits.dataSync();
      return sequences.map((sequence, i) => logits.slice(i * length, i * length + sequence.length / dim));
    });

  test('exact padding: neither padding nor the other bags change a logit', () => {
    const sequence = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1e6 }));
    fc.assert(
      fc.property(
        fc.array(sequence, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 6 }),
        (bags, extra) => {
          const sequences = bags.map(([length, seed]) => normals(seed, length * dim));
          const together = run(exact, sequences, Math.max(...bags.map(([length]) => length)) + extra);
          for (const [i, own] of sequences.entries()) {
            const [alone] = run(exact, [own], own.length / dim);
            expectClose(together[i]!, alone!, { absolute: 1e-5, label: `logits of bag ${i}` });
          }
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });

  test('exact padding in training: statistics, features and loss are those without padding', () => {
    const sequences = [1, 2, 3, 4].map((seed) => normals(seed, 5 * dim));
    const model = small({ dropout: 0 });
    const terms = (length: number) => {
      const { x, mask } = batchOf(sequences, length);
      const output = model.forward(toTensors(weights), x, mask, { training: true });
      const named = { ...model.buffers!(output), ...model.lossTerms(output, tf.tensor1d([0, 1]), mask) };
      return Object.values(named).flatMap((value) => [...value.dataSync()]);
    };
    // Smoothness crosses from one anomalous bag to the next, of which there is one here.
    expectClose(terms(9), terms(5), { absolute: 1e-5, relative: 1e-5 });
  });

  test('official padding counts padded snippets, and is the same where there is none', () => {
    const sequence = normals(8, 5 * dim);
    const [alone] = run(official, [sequence], 5);
    expectClose(run(exact, [sequence], 5)[0]!, alone!, { absolute: 1e-6 });
    const [padded] = run(official, [sequence], 9);
    expect(Math.max(...alone!.map((value, t) => Math.abs(value - padded![t]!)))).toBeGreaterThan(1e-3);
  });

  test('dropout depends on the seed alone and is off outside training', () => {
    const { x, mask } = batchOf([normals(4, 6 * dim)], 6);
    const outputs = (seed: number, training: boolean) => {
      const output = exact.forward(toTensors(weights), x, mask, { training, seed: tf.scalar(seed, 'int32') });
      return [output.logits, output.features!, output.selection!].map((tensor) => [...tensor.dataSync()]);
    };
    expect(outputs(1, true)).toEqual(outputs(1, true));
    for (const [i, values] of outputs(2, true).entries()) expect(values).not.toEqual(outputs(1, true)[i]);
    expect(outputs(1, false)).toEqual(outputs(2, false));
    expect(outputs(1, false)[2]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(() => exact.forward(toTensors(weights), x, mask, { training: true })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  test('leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    run(exact, [normals(1, 3 * dim)], 4);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('loss', () => {
  const crops = 2;
  const bags = 4;
  const length = 5;
  const k = 3;

  /** The published loss of a batch without padding and dropout, straight from its definition in float64. */
  function naive(logits: Float32Array, features: Float32Array) {
    const row = (b: number, c: number) => b * crops + c;
    const feature = (b: number, c: number, t: number) =>
      Array.from(features.subarray((row(b, c) * length + t) * dim, (row(b, c) * length + t + 1) * dim));
    const norm = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const each = <T>(count: number, fn: (i: number) => T) => Array.from({ length: count }, (_, i) => fn(i));
    const scores = each(bags, (b) =>
      each(length, (t) => mean(each(crops, (c) => 1 / (1 + Math.exp(-logits[row(b, c) * length + t]!))))),
    );
    const magnitudes = each(bags, (b) =>
      each(length, (t) => mean(each(crops, (c) => norm(feature(b, c, t))))),
    );
    const chosen = magnitudes.map((values) =>
      each(length, (t) => t)
        .sort((p, q) => values[q]! - values[p]!)
        .slice(0, k),
    );
    const bag = (b: number) => mean(chosen[b]!.map((t) => scores[b]![t]!));
    const drawn = (b: number, c: number) =>
      norm(each(dim, (d) => mean(chosen[b]!.map((t) => feature(b, c, t)[d]!))));
    const half = bags / 2;
    const bce = mean(each(bags, (b) => -Math.log(b < half ? 1 - bag(b) : bag(b))));
    const pairs = each(half, (b) =>
      each(crops, (c) => (Math.abs(100 - drawn(half + b, c)) + drawn(b, c)) ** 2),
    );
    const steps = (values: number[]) =>
      values.slice(1).reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
    const anomalous = scores.slice(half);
    return {
      bce,
      magnitude: 1e-4 * mean(pairs.flat()),
      sparsity: 8e-3 * norm(anomalous.flat()),
      smoothness: 8e-4 * steps(anomalous.flat()),
      sparsityPerBag: 8e-3 * mean(anomalous.map(norm)),
      smoothnessPerBag: 8e-4 * mean(anomalous.map(steps)),
    };
  }

  const logits = normals(1, bags * crops * length, 2);
  const features = normals(2, bags * crops * length * dim, 20);
  const outputOf = (padded = length) => {
    const pad = <T extends tf.Tensor>(x: T) =>
      tf.pad(
        x,
        x.shape.map((_, axis) => [0, axis === 1 ? padded - length : 0] as [number, number]),
        7,
      );
    const shaped = tf.tensor3d(features, [bags * crops, length, dim]);
    return {
      logits: pad(tf.tensor2d(logits, [bags * crops, length])),
      features: pad(shaped),
      magnitudes: pad(tf.norm(shaped, 2, 2)),
      selection: tf.ones([bags * crops, padded]),
    };
  };
  let labels: tf.Tensor;
  beforeAll(() => {
    labels = tf.tensor1d([0, 0, 1, 1]);
  });

  test('equals its definition', () => {
    const { sparsityPerBag, smoothnessPerBag, ...expected } = naive(logits, features);
    const mask = tf.ones([bags * crops, length]);
    const terms = small().lossTerms(outputOf(), labels, mask);
    for (const [name, value] of Object.entries(expected)) {
      expectClose(terms[name]!.dataSync(), [value], { relative: 1e-5, label: name });
    }
    const total = Object.values(expected).reduce((sum, value) => sum + value, 0);
    expectClose(small().loss(outputOf(), labels, mask).dataSync(), [total], { relative: 1e-5 });
    const perBag = small({ perBag: true, sparsityWeight: 1, smoothnessWeight: 2 });
    const own = perBag.lossTerms(outputOf(), labels, mask);
    expectClose(own.sparsity!.dataSync(), [sparsityPerBag / 8e-3], { relative: 1e-5 });
    expectClose(own.smoothness!.dataSync(), [(2 * smoothnessPerBag) / 8e-4], { relative: 1e-5 });
  });

  test('padding and bags without snippets do not count', () => {
    const padded = length + 3;
    const mask = prefix(Array(bags * crops).fill(length), padded);
    const perBag = small({ perBag: true });
    const expected = perBag.lossTerms(outputOf(), labels, tf.ones([bags * crops, length]));
    const terms = perBag.lossTerms(outputOf(padded), labels, mask);
    for (const [name, value] of Object.entries(terms)) {
      expectClose(value.dataSync(), expected[name]!.dataSync(), { relative: 1e-5, label: name });
    }
    // Bags 1 and 3 empty: the loss of bags 0 and 2.
    const some = prefix([5, 5, 0, 0, 5, 5, 0, 0], length);
    const output = outputOf();
    const rows = tf.tensor1d([0, 1, 4, 5], 'int32');
    const kept = Object.fromEntries(
      Object.entries(output).map(([name, value]) => [name, tf.gather(value, rows)]),
    ) as typeof output;
    const fewer = perBag.lossTerms(kept, tf.tensor1d([0, 1]), tf.ones([4, length]));
    for (const [name, value] of Object.entries(perBag.lossTerms(output, labels, some))) {
      expectClose(value.dataSync(), fewer[name]!.dataSync(), { relative: 1e-5, label: name });
    }
  });

  test('stays finite for extreme logits, with finite gradients', () => {
    const extreme = tf.tensor2d(
      Array.from({ length: bags * crops * length }, (_, i) => (i % 2 ? 1e4 : -1e4)),
      [bags * crops, length],
    );
    const mask = tf.ones([bags * crops, length]);
    const f = (x: tf.Tensor) => small().loss({ ...outputOf(), logits: x }, labels, mask);
    expect(Number.isFinite(f(extreme).dataSync()[0])).toBe(true);
    expect(tf.grad(f)(extreme).dataSync().every(Number.isFinite)).toBe(true);
    const zeros = { ...outputOf(), features: tf.zeros([bags * crops, length, dim]) };
    const byFeatures = (x: tf.Tensor) => small().loss({ ...zeros, features: x }, labels, mask);
    expect(tf.grad(byFeatures)(zeros.features).dataSync().every(Number.isFinite)).toBe(true);
  });

  test.each([
    [3, 6],
    [2, 5],
  ])('refuses %d bags in %d rows', (count, rows) => {
    expect(() => small().loss(outputOf(), tf.zeros([count]), tf.ones([rows, length]))).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });
});

test('one graph serves any number of bags and snippets, training pass and gradients included', async () => {
  const model = small();
  const weights = weightsOf(model, 3);
  const crops = 2;
  const names = Object.keys(weights).filter((name) => !model.parameters[name]!.buffer);
  const fn = ([normal, anomalous]: tf.Tensor[]) => {
    const [half, , length] = normal!.shape as [number, number, number];
    const x = tf.reshape(tf.concat([normal!, anomalous!]), [2 * half * crops, length, dim]);
    const mask = tf.ones([2 * half * crops, length]);
    const labels = tf.concat([tf.zeros([half]), tf.ones([half])]);
    const fixed = toTensors(weights);
    const seed = tf.scalar(5, 'int32');
    const loss = (...ws: tf.Tensor[]) => {
      const own = { ...fixed, ...Object.fromEntries(names.map((name, i) => [name, ws[i]!])) };
      return model.loss(model.forward(own, x, mask, { training: true, seed }), labels, mask);
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => fixed[name]!));
    return [value, ...grads];
  };
  const spec = { shape: ['H', crops, 'T', dim], dtype: 'float32' as const };
  using any = await compile(fn, [spec, spec]);
  using cpu = await compile(fn, [spec, spec], { engine: 'cpu' });
  for (const [half, length] of [
    [1, 7],
    [3, 12],
  ] as const) {
    const inputs = [1, 2].map((seed) => normals(seed, half * crops * length * dim));
    const dims = { H: half, T: length };
    const expected = await cpu.run(inputs, { dims });
    for (const [i, values] of (await any.run(inputs, { dims })).entries()) {
      expectClose(values, expected[i]!, {
        absolute: 1e-4,
        relative: 1e-4,
        label: `result ${i} of ${half} × ${length}`,
      });
    }
  }
});

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
