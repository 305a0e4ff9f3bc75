import * as tf from '@tensorflow/tfjs';
import { compile, trace } from '../src/index.js';

const x = { shape: [2, 3], dtype: 'float32' } as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** tf.memory() and the backend in force, which a trace must leave as they were. */
const footprint = () => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes, backend: tf.getBackend() };
};

test('nothing is left behind: no tensors, the same backend', () => {
  const before = footprint();
  trace(
    ([t]) => {
      tf.keep(tf.exp(t!));
      tf.variable(tf.scalar(1), true, 'left behind');
      return [tf.grads((a: tf.Tensor) => tf.sum(tf.square(a)))([t!])[0]!];
    },
    [x],
  );
  expect(footprint()).toEqual(before);
});

test('nor after an error, also one inside a gradient', () => {
  const before = footprint();
  const failing = () =>
    trace(
      ([t]) => {
        tf.grads((a: tf.Tensor) => {
          tf.square(tf.exp(a));
          throw new Error('mine');
        })([t!]);
        return [t!];
      },
      [x],
    );
  expect(failing).toThrow('mine');
  expect(footprint()).toEqual(before);
  expect(tf.add(1, 2).dataSync()[0]).toBe(3);
});

test('a trace inside tidy and grads of other code disturbs neither', () => {
  const gradient = tf.grad((t: tf.Tensor) => {
    const inner = trace(([s]) => [tf.grads((a: tf.Tensor) => tf.sum(tf.exp(a)))([s!])[0]!], [x]);
    expect(inner.operators).toEqual({ Exp: 1 });
    return tf.sum(tf.square(t));
  })(tf.tensor([1, 2, 3]));
  expect([...gradient.dataSync()]).toEqual([2, 4, 6]);
});

test('traces nest', () => {
  let inner: ReturnType<typeof trace> | undefined;
  const outer = trace(
    ([t]) => {
      const before = tf.exp(t!);
      inner = trace(([s]) => [tf.sin(s!)], [x]);
      return [tf.cos(before)];
    },
    [x],
  );
  expect(outer.operators).toEqual({ Exp: 1, Cos: 1 });
  expect(inner?.operators).toEqual({ Sin: 1 });
});

test('a tensor of an outer trace cannot be a constant of an inner one', () => {
  const nested = () =>
    trace(
      ([t]) => {
        trace(([s]) => [tf.add(s!, t!)], [x]);
        return [t!];
      },
      [x],
    );
  expect(nested).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_OP' }));
});

test('tensors from outside become constants, with the values of that moment', async () => {
  const outside = tf.tensor([1, 2, 3]);
  const variable = tf.variable(tf.tensor([10, 20, 30]));
  using f = await compile(([t]) => [tf.add(tf.mul(t!, outside), variable)], [x]);
  variable.assign(tf.tensor([0, 0, 0]));
  const [y] = await f.run([Float32Array.of(1, 1, 1, 2, 2, 2)]);
  expect([...y!]).toEqual([11, 22, 33, 12, 24, 36]);
  expect([...outside.dataSync()]).toEqual([1, 2, 3]);
});

test('constants made while tracing can be read, results cannot', () => {
  trace(
    ([t]) => {
      expect(tf.scalar(4).dataSync()[0]).toBe(4);
      expect([...tf.fill([3], 2).dataSync()]).toEqual([2, 2, 2]);
      return [t!];
    },
    [x],
  );
  expect(() => trace(([t]) => [tf.scalar(tf.max(t!).dataSync()[0]!)], [x])).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_OP',
      message: expect.stringMatching(/values were read at .*trace\.test\.ts:\d+.* while tracing/),
    }),
  );
});

test('an unsupported kernel is named with its place and shapes', () => {
  const attempt = () => trace(([t]) => [tf.unique(t!).values], [{ shape: [2, 3], dtype: 'float32' }]);
  expect(attempt).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED_OP',
      message: expect.stringMatching(
        /Unique\(x: float32\[2,3\]\) at .*trace\.test\.ts:\d+.*depends on values/,
      ),
      details: expect.objectContaining({ kernel: 'Unique' }),
    }),
  );
});

test('a kernel that no one registered is named too', () => {
  expect(() => trace(([t]) => [tf.engine().runKernel('Nonsense', { t: t! }) as tf.Tensor], [x])).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_OP', message: expect.stringContaining('Nonsense') }),
  );
});

test('types that ONNX Runtime cannot train on are refused', () => {
  expect(() => trace(([t]) => [tf.complex(t!, t!)], [x])).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_OP' }),
  );
  expect(() => trace(() => [tf.tensor(['a'])], [])).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_OP' }),
  );
});

test('a disposed tensor is reported, not written', () => {
  expect(() =>
    trace(([t]) => [tf.grads((a: tf.Tensor) => tf.sum(tf.logSigmoid(tf.mul(a, 2))))([t!])[0]!], [x]),
  ).toThrow(expect.objectContaining({ code: 'BAD_INPUT', hint: expect.stringContaining('logSigmoid') }));
});

test.each([
  ['a promise', async ([t]: tf.Tensor[]) => [t!]],
  ['nothing', () => undefined],
  ['an empty array', () => []],
  ['a number', () => [1]],
])('a function that returns %s is refused', (_what, fn) => {
  expect(() => trace(fn as never, [x])).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
});

test.each([
  [[{ shape: [-1], dtype: 'float32' }]],
  [[{ shape: [1.5], dtype: 'float32' }]],
  [[{ shape: [1], dtype: 'float64' }]],
  [[{ shape: [1] }]],
  ['x'],
])('input specs %j are refused', (specs) => {
  expect(() => trace(([t]) => [t!], specs as never)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

test('nothing is printed', async () => {
  const printed: unknown[] = [];
  const original = { warn: console.warn, log: console.log, error: console.error };
  Object.assign(console, {
    warn: (m: unknown) => printed.push(m),
    log: (m: unknown) => printed.push(m),
    error: (m: unknown) => printed.push(m),
  });
  try {
    for (const engine of ['onnx', 'wasm', 'cpu'] as const) {
      using f = await compile(([t]) => [tf.exp(t!)], [x], { engine });
      await f.run([new Float32Array(6)]);
    }
  } finally {
    Object.assign(console, original);
  }
  expect(printed).toEqual([]);
});
