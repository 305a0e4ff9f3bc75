import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { compile, ENGINES, type TensorFunction } from '../src/index.js';
import { specsOf, valuesOf, withGradients } from './agree.js';

const add: TensorFunction = ([a, b]) => [tf.add(a!, b!)];
const specs = [
  { shape: [2], dtype: 'float32', name: 'a' },
  { shape: [], dtype: 'float32' },
] as const;

describe.each(['onnx', 'wasm', 'cpu'] as const)('engine %s', (engine) => {
  test('returns arrays in order, of the right types, owned by the caller', async () => {
    using f = await compile(
      ([x, n]) => [tf.mul(x!, 2), tf.add(n!, tf.scalar(1, 'int32')), tf.greater(x!, 0)],
      [
        { shape: [2, 2], dtype: 'float32' },
        { shape: [3], dtype: 'int32' },
      ],
      { engine },
    );
    expect(f.engine).toBe(engine);
    expect(f.outputShapes).toEqual([[2, 2], [3], [2, 2]]);
    expect(f.outputDtypes).toEqual(['float32', 'int32', 'int32']);
    const inputs = [Float32Array.of(1, -2, 3, 4), Int32Array.of(-5, 0, 2 ** 30)];
    const first = await f.run(inputs);
    expect(first).toEqual([
      Float32Array.of(2, -4, 6, 8),
      Int32Array.of(-4, 1, 2 ** 30 + 1),
      Int32Array.of(1, 0, 1, 1),
    ]);
    const second = await f.run([Float32Array.of(0, 0, 0, 0), Int32Array.of(0, 0, 0)]);
    first[0]!.fill(9);
    expect(second[0]).toEqual(new Float32Array(4));
    expect(inputs[0]).toEqual(Float32Array.of(1, -2, 3, 4));
  });

  test('calls may overlap', async () => {
    using f = await compile(add, specs, { engine });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => f.run([Float32Array.of(i, 2 * i), Float32Array.of(1)])),
    );
    expect(results.map(([y]) => [...y!])).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1, 2 * i + 1]));
  });

  test('inputs are checked', async () => {
    using f = await compile(add, specs, { engine });
    const right = [Float32Array.of(1, 2), Float32Array.of(1)];
    for (const [inputs, message] of [
      [[right[0]], '2 inputs are needed, received 1'],
      [[Float32Array.of(1), right[1]], 'input 0 (a) has 1 elements, its shape [2] needs 2'],
      [[right[0], Int32Array.of(1)], 'input 1 must be a Float32Array, received Int32Array'],
      [[[1, 2], right[1]], 'input 0 (a) must be a Float32Array, received Array'],
      [[right[0], undefined], 'received undefined'],
      [undefined, 'an array of typed arrays is needed'],
    ] as const) {
      await expect(f.run(inputs as never)).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining(message),
      });
    }
  });

  test('options of a run are checked', async () => {
    using f = await compile(add, specs, { engine });
    const right = [Float32Array.of(1, 2), Float32Array.of(1)];
    await expect(f.run(right, { dim: { T: 2 } } as never)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: 'run: unknown option dim',
    });
  });

  test('after dispose nothing runs; runs under way finish', async () => {
    const f = await compile(add, specs, { engine });
    const running = f.run([Float32Array.of(1, 2), Float32Array.of(1)]);
    f.dispose();
    f.dispose();
    expect((await running)[0]).toEqual(Float32Array.of(2, 3));
    await expect(f.run([Float32Array.of(1, 2), Float32Array.of(1)])).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  test('the backend in force and the tensor counts stay as they are', async () => {
    await tf.setBackend('cpu');
    const kept = tf.tensor([1]);
    const { numTensors } = tf.memory();
    using f = await compile(add, specs, { engine });
    await f.run([Float32Array.of(1, 2), Float32Array.of(1)]);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(numTensors);
    kept.dispose();
  });
});

test('the engines agree on kernels that wasm has only from the JavaScript backend', async () => {
  const inputs = [{ shape: [2, 7, 3] }, { shape: [3, 3, 4] }];
  const fn: TensorFunction = ([x, w]) => [
    tf.softplus(tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same')),
    tf.unsortedSegmentSum(
      tf.reshape(x!, [14, 3]),
      tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1], 'int32'),
      4,
    ),
  ];
  const whole = withGradients(fn, [0, 1]);
  const values = valuesOf(inputs);
  const [onnx, wasm, cpu] = await Promise.all(
    (['onnx', 'wasm', 'cpu'] as const).map(async (engine) => {
      using f = await compile(whole, specsOf(inputs), { engine });
      return f.run(values);
    }),
  );
  for (const [i, expected] of cpu!.entries()) {
    expectClose(onnx![i]!, expected, { relative: 1e-5, absolute: 1e-5, label: `onnx ${i}` });
    expectClose(wasm![i]!, expected, { relative: 1e-5, absolute: 1e-5, label: `wasm ${i}` });
  }
});

test('tfjs still chooses the backend that it would have chosen without the wasm engine', async () => {
  const script = `
    import * as tf from '@tensorflow/tfjs';
    import { compile } from '@robusta/tfjs-onnx';
    (await compile(([x]) => [tf.mul(x, 2)], [{ shape: [1], dtype: 'float32' }], { engine: 'wasm' })).dispose();
    process.stdout.write(tf.getBackend() + String(tf.zeros([1]).dataSync()[0]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
  });
  expect(stdout).toBe('cpu0');
});

test('options are checked', async () => {
  for (const options of [
    { engine: 'gpu' },
    { threads: 0 },
    { threads: 1.5 },
    { executionProviders: [] },
    { executionProviders: ['no-such-provider'] },
    { executionProviders: ['cpu', 'cuda'] },
    { executionProviders: ['cuda', 'cuda'] },
    { memoryArena: 1 },
    { spinning: 'yes' },
    { graphOptimization: 'most' },
    { foo: 1 },
  ]) {
    await expect(compile(add, specs, options as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  }
  expect(ENGINES[0]).toBe('onnx');
});

test.each(['onnx', 'cpu'] as const)('specs are checked by engine %s', async (engine) => {
  for (const spec of [{ shape: [-1], dtype: 'float32' }, { shape: [2] }, { shape: ['2'], dtype: 'int32' }]) {
    await expect(compile(add, [spec, spec] as never, { engine })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  }
});

test.each(['tfjs-node', 'tfjs-node-gpu'] as const)('engine %s says what to install', async (engine) => {
  await expect(compile(add, specs, { engine })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    hint: expect.stringContaining(`npm install @tensorflow/${engine}`),
  });
});

test('the first run in a new process prints nothing', async () => {
  const script = `
    import * as tf from '@tensorflow/tfjs';
    import { compile } from '@robusta/tfjs-onnx';
    for (const engine of ['onnx', 'wasm', 'cpu']) {
      const f = await compile(([x]) => [tf.mul(x, 2)], [{ shape: [1], dtype: 'float32' }], { engine });
      process.stdout.write(String((await f.run([Float32Array.of(3)]))[0][0]));
      f.dispose();
    }`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    {
      cwd: import.meta.dirname,
    },
  );
  expect([stdout, stderr]).toEqual(['666', '']);
});
