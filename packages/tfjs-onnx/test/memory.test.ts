import * as tf from '@tensorflow/tfjs';
import { compile, dropout, type TensorFunction } from '../src/index.js';

const step: TensorFunction = ([x, w, seed]) => {
  const { value, grads } = tf.valueAndGrads((t: tf.Tensor) =>
    tf.mean(tf.square(dropout(tf.relu(tf.matMul(x as tf.Tensor2D, t as tf.Tensor2D)), 0.5, seed!, 1))),
  )([w!]);
  return [value, ...grads];
};
const specs = [
  { shape: [64, 32], dtype: 'float32' },
  { shape: [32, 64], dtype: 'float32' },
  { shape: [], dtype: 'int32' },
] as const;

test.each(['onnx', 'wasm', 'cpu'] as const)(
  '200 runs on %s leave no tensors behind and memory flat',
  async (engine) => {
    await tf.setBackend('cpu');
    using f = await compile(step, specs, { engine });
    const inputs = [
      new Float32Array(64 * 32).fill(0.1),
      new Float32Array(32 * 64).fill(0.2),
      Int32Array.of(1),
    ];
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) await f.run(inputs);
    };
    await run(50);
    const tensors = tf.memory().numTensors;
    const held = tf
      .engine()
      .findBackend(engine === 'onnx' ? 'cpu' : engine)
      .numDataIds();
    const before = process.memoryUsage().rss;
    await run(200);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(
      tf
        .engine()
        .findBackend(engine === 'onnx' ? 'cpu' : engine)
        .numDataIds(),
    ).toBe(held);
    // Each run makes 33 kB of results and (eagerly) half a megabyte of intermediates: a leak of those shows.
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  },
);
