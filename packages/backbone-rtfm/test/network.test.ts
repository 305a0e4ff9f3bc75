import { type BackboneModel, toTensors } from '@robusta/detector';
import { expectClose } from '@robusta/test-kit';
import { compile } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { normalize, normalizeBatch, type Rows } from '../src/batch-norm.js';
import { select } from '../src/selection.js';
import { batchOf, dim, normals, prefix, small, weightsOf } from './toy.js';

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

test('one graph scores sequences of any length', async () => {
  const model = small();
  const weights = weightsOf(model, 6);
  const logits = (x: tf.Tensor) =>
    model.forward(toTensors(weights), x, tf.ones([2, x.shape[1]!]), { training: false }).logits;
  using any = await compile(([x]) => [logits(x!)], [{ shape: [2, 'T', dim], dtype: 'float32' }]);
  for (const length of [1, 2, 3, 8, 16, 17, 50]) {
    const x = normals(length, 2 * length * dim);
    const expected = tf.tidy(() => logits(tf.tensor3d(x, [2, length, dim])).dataSync());
    expectClose((await any.run([x]))[0]!, expected, { absolute: 1e-5, label: `${length} snippets` });
  }
});
