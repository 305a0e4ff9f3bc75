import { nodeScript } from './node-script.js';

// In a process of its own, where memory is not jest's.
const measured = `
  import { readFileSync } from 'node:fs';
  import * as tf from '@tensorflow/tfjs';
  import { compile } from '@robusta/tfjs-onnx';
  const f32 = (...shape) => ({ shape, dtype: 'float32' });
  const specs = [f32(64, 16), f32(16, 64)];
  const inputs = specs.map(({ shape: [a, b] }) => new Float32Array(a * b).fill(0.1));
  const step = ([x, w]) => {
    const { value, grads } = tf.valueAndGrads((t) => tf.mean(tf.square(tf.relu(tf.matMul(x, t)))))([w]);
    return [value, ...grads];
  };
  /** Linux counts the threads of a process; elsewhere only memory is looked at. */
  const threads = () =>
    process.platform === 'linux'
      ? Number(/Threads:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
      : 0;
  const measure = () => ({ threads: threads(), megabytes: process.memoryUsage().rss / 2 ** 20 });`;

interface Measured {
  threads: number;
  megabytes: number;
}

test('200 times compiled and disposed: no threads stay, memory is flat', async () => {
  const { stdout, stderr } = await nodeScript(`${measured}
    const cycle = async (times) => {
      for (let i = 0; i < times; i++) {
        const f = await compile(step, specs, { threads: 3 });
        await f.run(inputs);
        f.dispose();
      }
    };
    await cycle(20);
    const before = measure();
    await cycle(200);
    process.stdout.write(JSON.stringify([before, measure()]));`);
  expect(stderr).toBe('');
  const [before, after] = JSON.parse(stdout) as [Measured, Measured];
  expect(after.threads).toBe(before.threads);
  // A session kept by mistake holds its graph, plans and arena: 200 of them would be a hundred.
  expect(after.megabytes - before.megabytes).toBeLessThan(40);
});

test.each(['onnx', 'wasm', 'cpu'])('1,000 runs on %s: memory is flat', async (engine) => {
  const { stdout, stderr } = await nodeScript(`${measured}
    const f = await compile(step, specs, { engine: '${engine}' });
    for (let i = 0; i < 300; i++) await f.run(inputs);
    const before = measure();
    for (let i = 0; i < 1000; i++) await f.run(inputs);
    process.stdout.write(JSON.stringify([before, measure()]));
    f.dispose();`);
  expect(stderr).toBe('');
  const [before, after] = JSON.parse(stdout) as [Measured, Measured];
  // Each run makes some 100 kB of intermediates and results; the garbage collector lets some megabytes lie.
  expect(after.megabytes - before.megabytes).toBeLessThan(25);
});
