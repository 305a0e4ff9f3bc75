import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { dim, normals, prefix, small } from './toy.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
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
