import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  conv1d,
  dropout,
  prefixMask,
  safeNorm,
  type TensorFunction,
  type TensorSpec,
  topKMean,
  trace,
  withoutGradient,
} from '../src/index.js';
import { valuesOf } from './agree.js';
import { checkModel, readModel } from './onnx-schema.js';

const f32 = (...shape: (number | string)[]): TensorSpec => ({ shape, dtype: 'float32' });
const i32 = (...shape: (number | string)[]): TensorSpec => ({ shape, dtype: 'int32' });

/** Behind the outputs, the gradients of their sum in which each element has a weight of its own. */
const withGradients =
  (fn: TensorFunction, by: number[]): TensorFunction =>
  (inputs) => {
    const loss = (...varied: tf.Tensor[]) => {
      const all = [...inputs];
      for (const [i, index] of by.entries()) all[index] = varied[i]!;
      const sums = fn(all).map((output) =>
        tf.sum(tf.mul(output, tf.reshape(tf.cos(tf.range(0, output.size)), output.shape))),
      );
      return sums.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    };
    return [...fn(inputs), ...tf.grads(loss)(by.map((index) => inputs[index]!))];
  };

const sized = (specs: TensorSpec[], sizes: Record<string, number>): TensorSpec[] =>
  specs.map((spec) => ({
    ...spec,
    shape: spec.shape.map((extent) => (typeof extent === 'string' ? sizes[extent]! : extent)),
  }));

async function run(bytes: Uint8Array, specs: TensorSpec[], names: readonly string[], seed: number) {
  const session = await InferenceSession.create(bytes);
  const inputs = specs.map(({ shape, dtype }) => ({
    shape: shape as number[],
    dtype,
    range: (dtype === 'int32' ? [1, 4] : [-2, 2]) as [number, number],
  }));
  const values = valuesOf(inputs, seed);
  const feeds = Object.fromEntries(
    names.map((name, i) => [name, new Tensor(inputs[i]!.dtype, values[i] as Float32Array, inputs[i]!.shape)]),
  );
  const results = await session.run(feeds);
  await session.release();
  return session.outputNames.map((name) => results[name]!);
}

/** One graph for all sizes against a graph traced at each of them. */
async function expectDynamic(
  fn: TensorFunction,
  specs: TensorSpec[],
  sizes: Record<string, number>[],
  options: Parameters<typeof trace>[2] = {},
) {
  const graph = trace(fn, specs, options);
  const bytes = graph.toBytes();
  checkModel(readModel(bytes));
  const names = graph.inputs.map(({ name }) => name);
  for (const [seed, at] of sizes.entries()) {
    const own = sized(specs, at);
    const [actual, expected] = [
      await run(bytes, own, names, seed),
      await run(trace(fn, own).toBytes(), own, names, seed),
    ];
    for (const [i, { data, dims }] of expected.entries()) {
      expect(actual[i]!.dims).toEqual(dims);
      expectClose(actual[i]!.data as Float32Array, data as Float32Array, {
        relative: 1e-6,
        // Sums over all sizes of terms around 1, which may cancel, in another order: one rounding a term.
        absolute: 1e-6 + 2 ** -23 * Object.values(at).reduce((a, b) => a * b),
        label: `output ${i} at ${JSON.stringify(at)}`,
      });
    }
  }
  return graph;
}

const lengths = [1, 2, 5, 16, 32, 77, 300].map((T) => ({ T }));
const both = [
  { B: 1, T: 1 },
  { B: 2, T: 5 },
  { B: 16, T: 16 },
  { B: 3, T: 200 },
  { B: 32, T: 64 },
];

const cases: [string, TensorFunction, TensorSpec[], Record<string, number>[]][] = [
  [
    'attention with its gradients',
    withGradients(
      ([x, w]) => {
        const h = tf.reshape(tf.matMul(tf.reshape(x!, [-1, 6]), w as tf.Tensor2D), [
          x!.shape[0],
          x!.shape[1]!,
          6,
        ]);
        const scores = tf.softmax(tf.mul(tf.matMul(h, x!, false, true), 1 / Math.sqrt(x!.shape[1]!)));
        return [tf.mean(tf.matMul(scores, x!), 1)];
      },
      [0, 1],
    ),
    [f32('B', 'T', 6), f32(6, 6)],
    both,
  ],
  [
    'a causal convolution with its gradients',
    withGradients(([x, w]) => [tf.relu(conv1d(x!, w!, { padLeft: 4 }))], [0, 1]),
    [f32('B', 'T', 3), f32(5, 3, 4)],
    both,
  ],
  [
    // Recorded at T = 12 the bounds of its slices are [12, 12], and elsewhere [T, 12].
    'a convolution of three taps to six channels with its gradients',
    withGradients(([x, w]) => [conv1d(tf.relu(x!), w!, { padLeft: 1, padRight: 1 })], [1]),
    [f32('B', 'T', 32), f32(3, 32, 6)],
    both,
  ],
  [
    'a dilated convolution in tiles',
    ([x, w]) => [conv1d(x!, w!, { padLeft: 2, padRight: 2, dilation: 2, method: 'toom-cook' })],
    [f32('B', 'T', 3), f32(3, 3, 4)],
    both,
  ],
  [
    'a convolution of tfjs with its gradients',
    withGradients(([x, w]) => [tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same')], [0, 1]),
    [f32('B', 'T', 3), f32(3, 3, 4)],
    both.slice(1),
  ],
  [
    'the largest of each row, as many as every sixteenth',
    withGradients(
      ([x, k]) => {
        const length = x!.shape[1]!;
        const valid = withoutGradient(() => prefixMask(tf.mul(k!, tf.scalar(2, 'int32')), length));
        return [topKMean(x!, valid, k!, { largestK: Math.floor(length / 16) + 1 })];
      },
      [0],
    ),
    [f32('B', 'T'), i32('B')],
    both,
  ],
  [
    'dropout, the same bits',
    ([x, seed]) => [dropout(x!, 0.4, seed!, 3)],
    [f32('B', 'T', 5), i32()],
    [...both, { B: 8, T: 32 }],
  ],
  [
    'batch statistics and norms',
    withGradients(
      ([x]) => {
        const { mean, variance } = tf.moments(x!, [0, 1]);
        return [tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-5))), safeNorm(x!, 1)];
      },
      [0],
    ),
    [f32('B', 'T', 3)],
    both.slice(1),
  ],
  [
    'shifts, joins, reversals and sums along time',
    ([x]) => {
      const [T, D] = x!.shape as [number, number];
      const shifted = tf.pad(tf.slice(x!, [0, 0], [T - 1, D]), [
        [1, 0],
        [0, 0],
      ]);
      return [
        tf.concat([x!, shifted], 0),
        tf.reverse(x!, 0),
        tf.tile(x!, [2, 1]),
        tf.cumsum(x!, 0),
        tf.stack([x!, shifted], 1),
        tf.gather(x!, tf.range(0, T, 1, 'int32')),
      ];
    },
    [f32('T', 4)],
    lengths,
  ],
  [
    'positions, spaced points and identities',
    ([x]) => {
      const T = x!.shape[0]!;
      const positions = tf.range(0, T);
      return [
        tf.add(x!, positions),
        tf.mul(x!, tf.linspace(0, 1, T)),
        tf.exp(tf.neg(tf.abs(tf.sub(tf.expandDims(positions, 1), positions)))),
        tf.oneHot(tf.range(0, T, 1, 'int32'), T),
        tf.fill([T, 2], 3),
      ];
    },
    [f32('T')],
    lengths.slice(1),
  ],
];

test.each(cases)('one graph serves every size: %s', async (_name, fn, specs, sizes) => {
  await expectDynamic(fn, specs, sizes);
});

test('the file and the graph name the dimensions; outputs have formulas of them', async () => {
  const graph = await expectDynamic(
    ([x]) => [tf.slice(x!, [0, 4, 0], [-1, -1, -1]), tf.reshape(x!, [-1, 2]), tf.mean(x!)],
    [{ ...f32('B', 'T', 2), name: 'x' }],
    both.filter(({ T }) => T > 4),
    { outputNames: ['late', 'flat', 'mean'], dimensions: { T: { minimum: 5 } } },
  );
  expect(graph.inputs).toEqual([{ name: 'x', shape: ['B', 'T', 2], dtype: 'float32' }]);
  expect(graph.outputs.map(({ shape }) => shape)).toEqual([['B', 'T - 4', 2], ['B*T', 2], []]);
  const session = await InferenceSession.create(graph.toBytes());
  const [metadata] = session.inputMetadata;
  expect(metadata).toMatchObject({ shape: ['B', 'T', 2] });
  await session.release();
});

test('the bytes are the same every time, and small', () => {
  const [, fn, specs] = cases[0]!;
  const bytes = trace(fn, specs).toBytes();
  expect(trace(fn, specs).toBytes()).toEqual(bytes);
  expect(bytes.length).toBeLessThan(10_000);
});

const refused = (fn: TensorFunction, specs = [f32('T', 4)]) => {
  try {
    trace(fn, specs);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error('was not refused');
};

test('another number of steps for another size is refused, with the place', () => {
  const { code, message, hint } = refused(([x]) => [
    tf.unstack(x!).reduce((sum, row) => tf.add(tf.mul(sum, 0.5), row)),
  ]);
  expect(code).toBe('NOT_DYNAMIC');
  expect(message).toMatch(
    /traces at \(T = 11\) and \(T = 46\) differ in tfjs kernel \w+ at .*dynamic\.test\.ts:\d+/,
  );
  expect(hint).toContain('buckets');
});

test('a limit on the size and numbers made in JavaScript are refused', () => {
  const limited = refused(([x]) => [tf.slice(x!, [0, 0], [Math.min(x!.shape[0]!, 16), 4])]);
  expect(limited.code).toBe('NOT_DYNAMIC');
  const weights = refused(([x]) => {
    const values = Array.from({ length: x!.shape[0]! }, (_, i) => Math.sin(i));
    return [tf.mul(x!, tf.expandDims(tf.tensor1d(values), 1))];
  });
  expect(weights.code).toBe('NOT_DYNAMIC');
  expect(weights.message).toContain('no formula of the dimensions was found');
});

test('an error of the function at one of the sizes reaches the caller', () => {
  expect(() =>
    trace(
      ([x]) => {
        if (x!.shape[0]! > 100) throw new Error('too long for me');
        return [tf.exp(x!)];
      },
      [f32('T')],
    ),
  ).toThrow('too long for me');
});

test.each([
  [[f32('1T')], {}],
  [[f32('')], {}],
  [[f32('T')], { dimensions: { U: { minimum: 2 } } }],
  [[f32('T')], { dimensions: { T: { minimum: 0 } } }],
])('bad names and minimums %j are refused', (specs, options) => {
  expect(() => trace(([x]) => [x!], specs, options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
