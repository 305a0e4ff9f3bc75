import * as tf from '@tensorflow/tfjs';
import { loadRuntime } from '../src/compile/runtime.js';
import {
  type CompiledFunction,
  compile,
  dropout,
  type TensorFunction,
  type TensorSpec,
} from '../src/index.js';

const step: TensorFunction = ([x, w, seed]) => {
  const { value, grads } = tf.valueAndGrads((t: tf.Tensor) =>
    tf.mean(tf.square(dropout(tf.relu(tf.matMul(x as tf.Tensor2D, t as tf.Tensor2D)), 0.5, seed!, 1))),
  )([w!]);
  return [value, ...grads];
};
const specs: TensorSpec[] = [
  { shape: [16, 8], dtype: 'float32' },
  { shape: [8, 16], dtype: 'float32' },
  { shape: [], dtype: 'int32' },
];
const inputs = () => [new Float32Array(128).fill(0.1), new Float32Array(128).fill(0.2), Int32Array.of(1)];

const double: TensorFunction = ([x]) => [tf.mul(x!, 2)];
const vector: TensorSpec[] = [{ shape: [2], dtype: 'float32' }];

describe.each(['onnx', 'wasm', 'cpu'] as const)('engine %s', (engine) => {
  test('1,000 runs leave no tensors and no data behind', async () => {
    await tf.setBackend('cpu');
    using f = await compile(step, specs, { engine });
    await f.run(inputs());
    const held = () => [
      tf.memory().numTensors,
      tf.memory().numDataBuffers,
      ...['cpu', 'wasm'].map(
        (name) => tf.engine().registryFactory[name] && tf.findBackend(name)?.numDataIds(),
      ),
    ];
    const before = held();
    for (let i = 0; i < 1000; i++) await f.run(inputs());
    expect(held()).toEqual(before);
  });

  test('runs overlap with each other and with tfjs code around them', async () => {
    await tf.setBackend('cpu');
    const { numTensors } = tf.memory();
    using f = await compile(double, vector, { engine });
    const results: Promise<Float32Array[]>[] = [];
    tf.tidy(() => {
      for (let i = 0; i < 50; i++) {
        results.push(f.run([Float32Array.of(i, i + 1)]) as Promise<Float32Array[]>);
        tf.square(tf.scalar(i));
      }
    });
    for (const [i, result] of results.entries())
      expect((await result)[0]).toEqual(Float32Array.of(2 * i, 2 * i + 2));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.getBackend()).toBe('cpu');
  });

  test('disposed while runs are under way, it finishes them and takes no more', async () => {
    const f = await compile(double, vector, { engine });
    const runs = Array.from({ length: 10 }, (_, i) => f.run([Float32Array.of(i, 1)]));
    f.dispose();
    await expect(f.run([Float32Array.of(0, 0)])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('dispose'),
    });
    for (const [i, run] of runs.entries()) expect(await run).toEqual([Float32Array.of(2 * i, 2)]);
    f[Symbol.dispose]();
  });

  test('a signal stops a run that has not begun', async () => {
    using f = await compile(double, vector, { engine });
    const controller = new AbortController();
    const { signal } = controller;
    const begun = f.run([Float32Array.of(1, 2)], { signal });
    controller.abort(new Error('enough'));
    expect(await begun).toEqual([Float32Array.of(2, 4)]);
    await expect(f.run([Float32Array.of(1, 2)], { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: expect.objectContaining({ message: 'enough' }),
    });
    expect(await f.run([Float32Array.of(3, 4)], { signal: new AbortController().signal })).toEqual([
      Float32Array.of(6, 8),
    ]);
  });
});

test('a run that ONNX Runtime cannot compute is an error, and the next one works', async () => {
  using f = await compile(
    ([table, indices]) => [tf.gather(table!, indices!)],
    [
      { shape: [3], dtype: 'float32' },
      { shape: [2], dtype: 'int32' },
    ],
  );
  const table = Float32Array.of(1, 2, 3);
  for (let i = 0; i < 3; i++) {
    await expect(f.run([table, Int32Array.of(0, 9)])).rejects.toMatchObject({
      name: 'RobustaError',
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^run: ONNX Runtime cannot compute this: .*idx=9 must be within/),
      cause: expect.objectContaining({ message: expect.stringContaining('idx=9') }),
    });
    expect(await f.run([table, Int32Array.of(2, 0)])).toEqual([Float32Array.of(3, 1)]);
  }
  const failing = f.run([table, Int32Array.of(0, 9)]);
  f.dispose();
  await expect(failing).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

test.each(['wasm', 'cpu'] as const)(
  'an error in the function leaves tfjs as it was: engine %s',
  async (engine) => {
    await tf.setBackend('cpu');
    let fails = false;
    using f = await compile(
      ([x]) => {
        const y = tf.mul(x!, 2);
        if (fails) throw new Error('out of luck');
        return [y];
      },
      vector,
      { engine },
    );
    const before = [tf.getBackend(), tf.memory().numTensors, tf.findBackend(engine).numDataIds()];
    fails = true;
    await expect(f.run([Float32Array.of(1, 2)])).rejects.toThrow('out of luck');
    expect([tf.getBackend(), tf.memory().numTensors, tf.findBackend(engine).numDataIds()]).toEqual(before);
    fails = false;
    expect(await f.run([Float32Array.of(1, 2)])).toEqual([Float32Array.of(2, 4)]);
  },
);

test('tensors that a function returns from outside stay alive', async () => {
  await tf.setBackend('cpu');
  const outside = tf.tensor1d([7, 8]);
  using f = await compile(([x]) => [outside, tf.add(x!, outside), outside], vector, { engine: 'cpu' });
  for (let i = 0; i < 3; i++) {
    const [a, b, c] = await f.run([Float32Array.of(1, 2)]);
    expect([a, b, c]).toEqual([Float32Array.of(7, 8), Float32Array.of(8, 10), Float32Array.of(7, 8)]);
    expect(a === c).toBe(false);
  }
  expect(await outside.data()).toEqual(Float32Array.of(7, 8));
  outside.dispose();
});

test('every session is released once, after its last run', async () => {
  const { InferenceSession } = await loadRuntime();
  const { create } = InferenceSession;
  const releases: number[] = [];
  // Counts on the way to the real thing.
  InferenceSession.create = async (...given: unknown[]) => {
    const session = await (create as (...rest: unknown[]) => ReturnType<typeof create>)(...given);
    const index = releases.push(0) - 1;
    const { release } = session;
    session.release = () => {
      releases[index]!++;
      return release.call(session);
    };
    return session;
  };
  try {
    const functions: CompiledFunction[] = [];
    for (let i = 0; i < 5; i++) functions.push(await compile(double, vector));
    const runs = functions.map((f) => f.run([Float32Array.of(1, 2)]));
    for (const f of functions) f.dispose();
    expect(releases).toEqual([0, 0, 0, 0, 0]);
    await Promise.all(runs);
    for (const f of functions) f.dispose();
    expect(releases).toEqual([1, 1, 1, 1, 1]);
  } finally {
    InferenceSession.create = create;
  }
});
