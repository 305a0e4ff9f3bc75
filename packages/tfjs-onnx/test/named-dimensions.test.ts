import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { compile, type TensorFunction, type TensorSpec } from '../src/index.js';
import { sampleSteps } from './sample-steps.js';

const specs: TensorSpec[] = [
  { name: 'x', shape: ['B', 'T', 2], dtype: 'float32' },
  { name: 'lengths', shape: ['B'], dtype: 'int32' },
];
const fn: TensorFunction = ([x, lengths]) => [
  tf.mean(x!, 1),
  tf.slice(x!, [0, 4, 0], [-1, -1, -1]),
  tf.reshape(x!, [-1]),
  tf.add(lengths!, tf.scalar(1, 'int32')),
  tf.zeros([3]),
];
const x = (b: number, t: number) => Float32Array.from({ length: b * t * 2 }, (_, i) => Math.sin(i));

describe.each(['onnx', 'wasm', 'cpu'] as const)('engine %s', (engine) => {
  test('one function serves all sizes, and says the shapes of its outputs', async () => {
    using f = await compile(fn, specs, { engine, dimensions: { T: { minimum: 5 } } });
    expect(f.outputShapes).toEqual([['B', 2], ['B', 'T - 4', 2], ['2*B*T'], ['B'], [3]]);
    expect(f.outputDtypes).toEqual(['float32', 'float32', 'float32', 'int32', 'float32']);
    for (const [b, t] of [
      [1, 5],
      [3, 17],
      [2, 300],
    ] as const) {
      const values = x(b, t);
      const [means, tail, flat, next] = await f.run([values, new Int32Array(b).fill(t)]);
      expect(tail).toHaveLength(b * (t - 4) * 2);
      expect(flat).toEqual(values);
      expect(next).toEqual(new Int32Array(b).fill(t + 1));
      const expected = Array.from({ length: b * 2 }, (_, i) => {
        let sum = 0;
        for (let k = 0; k < t; k++) sum += values[((i >> 1) * t + k) * 2 + (i & 1)]!;
        return sum / t;
      });
      // Sums of up to 300 float32 of size one.
      expectClose(means!, expected, { relative: 1e-5, absolute: 1e-5 });
    }
  });

  test('dimensions that lengths do not tell are given', async () => {
    using f = await compile(([t]) => [tf.sum(t!, 1)], [{ shape: ['B', 'T'], dtype: 'float32' }], { engine });
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(await f.run([values], { dims: { B: 2 } })).toEqual([Float32Array.of(6, 15)]);
    expect(await f.run([values], { dims: { T: 2 } })).toEqual([Float32Array.of(3, 7, 11)]);
    expect(await f.run([values], { dims: { B: 6, T: 1 } })).toEqual([values]);
    await expect(f.run([values])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      hint: expect.stringContaining('dims'),
    });
    await expect(f.run([values], { dims: { B: 4 } })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(f.run([values], { dims: { C: 4 } })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  test('a minimum of a dimension that is not there is refused', async () => {
    const options = { engine, dimensions: { N: { minimum: 2 } } };
    await expect(compile(fn, specs, options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining('"N"'),
    });
  });
});

test('the engines agree on a training step with named dimensions', async () => {
  const step = sampleSteps['named batch and length']!;
  using onnx = await compile(step.fn, step.specs);
  using cpu = await compile(step.fn, step.specs, { engine: 'cpu' });
  expect(onnx.outputShapes).toEqual(cpu.outputShapes);
  for (const [b, t] of [
    [2, 3],
    [5, 40],
  ] as const) {
    const inputs = [b * t * 3, b, 12, 4, 4].map((length, i) =>
      Float32Array.from({ length }, (_, j) => 0.5 + 0.5 * Math.sin(i + 1.3 * j)),
    );
    const [actual, expected] = [await onnx.run(inputs), await cpu.run(inputs)];
    for (const [i, output] of expected.entries()) {
      expectClose(actual[i]!, output, { relative: 1e-5, absolute: 1e-6, label: `output ${i}` });
    }
  }
});
