// What a run through compile() costs beyond ONNX Runtime's own: graphs so small that computing is next to nothing.

import { record } from '@robusta/test-kit/bench';
import { compile, trace } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import ort from 'onnxruntime-node';

const f32 = (...shape) => ({ shape, dtype: 'float32' });
const graphs = {
  'two inputs': { specs: [f32(4), f32(4)], fn: ([a, b]) => [tf.add(a, b)] },
  'a named dimension': { specs: [f32('T', 2), f32(2)], fn: ([a, b]) => [tf.add(a, b)] },
  '20 inputs and outputs': {
    specs: Array.from({ length: 20 }, () => f32(4)),
    fn: (xs) => xs.map((x) => tf.mul(x, 2)),
  },
};

const RUNS = 4000;

/** Medians of two runners, taken in turn so that both see the same machine; microseconds. */
async function medians(first, second) {
  const times = [new Float64Array(RUNS), new Float64Array(RUNS)];
  for (let i = 0; i < 500; i++) {
    await first();
    await second();
  }
  for (let i = 0; i < RUNS; i++) {
    for (const [which, run] of [first, second].entries()) {
      const start = performance.now();
      await run();
      times[which][i] = performance.now() - start;
    }
  }
  return times.map((list) => 1000 * list.sort()[RUNS >> 1]);
}

for (const [name, { specs, fn }] of Object.entries(graphs)) {
  const compiled = await compile(fn, specs, { threads: 1 });
  const graph = trace(fn, specs);
  const session = await ort.InferenceSession.create(graph.toBytes(), { intraOpNumThreads: 1 });
  const shapes = specs.map(({ shape }) => shape.map((extent) => (extent === 'T' ? 2 : extent)));
  const inputs = shapes.map((shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)));
  const feeds = {};
  for (const [i, { name: input }] of graph.inputs.entries()) {
    feeds[input] = new ort.Tensor('float32', inputs[i], shapes[i]);
  }
  const [bare, through] = await medians(
    () => session.run(feeds),
    () => compiled.run(inputs),
  );
  record({
    package: '@robusta/tfjs-onnx',
    name: `overhead of run() beyond a bare session, ${name}`,
    value: through - bare,
    unit: 'µs',
  });
  compiled.dispose();
  await session.release();
}
