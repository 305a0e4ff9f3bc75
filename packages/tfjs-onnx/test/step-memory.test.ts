import * as tf from '@tensorflow/tfjs';
import { compileStep } from '../src/index.js';
import { batchOf, normals, perceptron } from './step-problems.js';

const engines = ['onnx', 'wasm', 'cpu'] as const;

describe.each(engines)('1,000 steps on %s', (engine) => {
  test('leave tensors, data and memory as they were', async () => {
    await tf.setBackend('cpu');
    using step = await compileStep({ ...perceptron(), optimizer: 'adam', clipNorm: 1, engine });
    const backend = tf.engine().findBackend(engine === 'onnx' ? 'cpu' : engine);
    const batch = batchOf(0);
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await step.run(batch, { learningRate: 0.01 });
    };
    await steps(100);
    const { numTensors } = tf.memory();
    const held = backend.numDataIds();
    const { rss } = process.memoryUsage();
    await steps(1000);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(backend.numDataIds()).toBe(held);
    // A step makes 150 kB of intermediates: a tenth of them kept would show.
    expect(process.memoryUsage().rss - rss).toBeLessThan(60e6);
  });
});

test('a step allocates nothing of the size of the parameters', async () => {
  const size = 1 << 20;
  using step = await compileStep({
    params: { w: { shape: [size], data: normals(size, 1) } },
    inputs: [],
    loss: ({ w }) => tf.mean(tf.square(w)),
    optimizer: 'adam',
  });
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 6; i++) {
    await step.run([], { learningRate: 0.1 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size);
  }
});
