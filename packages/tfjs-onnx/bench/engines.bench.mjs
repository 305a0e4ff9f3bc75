// A training step and a product on ONNX Runtime, against tfjs wasm and against ONNX Runtime used directly.

import { measure, record } from '@robusta/test-kit/bench';
import { compile, conv1d, trace } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const name = '@robusta/tfjs-onnx';
const f32 = (shape) => ({ shape, dtype: 'float32' });
let state = 1;
/** Reproducible numbers in [-scale, scale). */
const values = (length, scale) =>
  Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * scale;
  });

const [rows, width, hidden, outputs] = [2048, 1152, 512, 64];

// Two layers, mean over the outputs, binary cross-entropy, and the gradients of both weights.
const loss = (x, y, w1, w2) => {
  const scores = tf.sigmoid(tf.matMul(tf.relu(tf.matMul(x, w1)), w2));
  const p = tf.mean(scores, 1, true);
  const positive = tf.mul(y, tf.log(tf.add(p, 1e-6)));
  const negative = tf.mul(tf.sub(1, y), tf.log(tf.add(tf.sub(1, p), 1e-6)));
  return tf.neg(tf.mean(tf.add(positive, negative)));
};
const step = ([x, y, w1, w2]) => {
  const { value, grads } = tf.valueAndGrads((a, b) => loss(x, y, a, b))([w1, w2]);
  return [value, ...grads];
};
const stepSpecs = [f32([rows, width]), f32([rows, 1]), f32([width, hidden]), f32([hidden, outputs])];
const stepInputs = [
  values(rows * width, 1),
  values(rows, 1).map((v) => (v > 0 ? 1 : 0)),
  values(width * hidden, 0.03),
  values(hidden * outputs, 0.05),
];

const onnx = await compile(step, stepSpecs, { threads: 2 });
const wasm = await compile(step, stepSpecs, { engine: 'wasm' });
const fast = await measure(() => onnx.run(stepInputs), { seconds: 2 });
const slow = await measure(() => wasm.run(stepInputs), { seconds: 2, minRuns: 2 });
const [a, b] = [await onnx.run(stepInputs), await wasm.run(stepInputs)];
const distance = (u, v) => {
  let [difference, size] = [0, 0];
  for (let i = 0; i < u.length; i++) {
    difference += (u[i] - v[i]) ** 2;
    size += v[i] ** 2;
  }
  return Math.sqrt(difference / size);
};
record({
  package: name,
  name: `MIL step ${rows}x${width}x${hidden}x${outputs}, wasm`,
  value: slow,
  unit: 'ms',
});
record({
  package: name,
  name: `MIL step ${rows}x${width}x${hidden}x${outputs}, onnx`,
  value: fast,
  unit: 'ms',
  peer: 'faster than tfjs wasm',
  ratio: slow / fast,
});
record({
  package: name,
  name: 'MIL step, largest relative difference of a gradient to wasm',
  value: Math.max(...[1, 2].map((i) => distance(a[i], b[i]))),
  unit: '(relative)',
});
onnx.dispose();

// One product through compile() and through a session of ONNX Runtime, in turn so that both see the same machine.
const product = ([x, w]) => [tf.matMul(x, w)];
const productSpecs = [stepSpecs[0], stepSpecs[2]];
const compiled = await compile(product, productSpecs, { threads: 2 });
const session = await InferenceSession.create(trace(product, productSpecs).toBytes(), {
  intraOpNumThreads: 2,
});
const feeds = {
  input_0: new Tensor('float32', stepInputs[0], [rows, width]),
  input_1: new Tensor('float32', stepInputs[2], [width, hidden]),
};
const times = [[], []];
for (let i = 0; i < 110; i++) {
  for (const [which, run] of [
    () => session.run(feeds),
    () => compiled.run([stepInputs[0], stepInputs[2]]),
  ].entries()) {
    const start = performance.now();
    await run();
    if (i >= 10) times[which].push(performance.now() - start);
  }
}
const [bare, through] = times.map((list) => list.sort((p, q) => p - q)[list.length >> 1]);
record({
  package: name,
  name: `matMul ${rows}x${width}x${hidden}, compile()`,
  value: through,
  unit: 'ms',
  peer: 'of a bare onnxruntime-node session',
  ratio: through / bare,
  target: '<= 1.05',
});
compiled.dispose();
await session.release();

// The convolution of XDVioDet's residual branch with its gradients, two ways of writing it.
const gradients =
  (convolution) =>
  ([x, w]) => {
    const { value, grads } = tf.valueAndGrads((s, t) => tf.sum(tf.square(convolution(s, t))))([x, w]);
    return [value, tf.sum(grads[0]), grads[1]];
  };
const convolutionSpecs = [f32([128, 200, 128]), f32([5, 128, 32])];
const convolutionInputs = [values(128 * 200 * 128, 1), values(5 * 128 * 32, 0.1)];
const timeOf = async (convolution) => {
  const f = await compile(gradients(convolution), convolutionSpecs, { threads: 2 });
  const time = await measure(() => f.run(convolutionInputs), { seconds: 2 });
  f.dispose();
  return time;
};
const ours = await timeOf((x, w) => conv1d(x, w, { padLeft: 2, padRight: 2 }));
const theirs = await timeOf((x, w) => tf.conv1d(x, w, 1, 'same'));
record({
  package: name,
  name: 'conv1d 128x200x128 to 32, k = 5, with gradients',
  value: ours,
  unit: 'ms',
  peer: 'faster than tf.conv1d traced',
  ratio: theirs / ours,
});

// A dilated convolution of RTFM at scoring, its weights part of the graph.
const wideFilter = tf.tensor(values(3 * 2048 * 512, 0.02), [3, 2048, 512]);
const wideInput = [values(5 * 200 * 2048, 1)];
const wideTimeOf = async (method) => {
  const same = { padLeft: 2, padRight: 2, dilation: 2, method };
  const f = await compile(([x]) => [conv1d(x, wideFilter, same)], [f32([5, 200, 2048])], { threads: 2 });
  const time = await measure(() => f.run(wideInput), { seconds: 2 });
  f.dispose();
  return time;
};
const direct = await wideTimeOf('direct');
const tiles = await wideTimeOf('toom-cook');
record({
  package: name,
  name: 'conv1d 5x200x2048 to 512, k = 3, toom-cook',
  value: tiles,
  unit: 'ms',
  peer: 'faster than the direct one',
  ratio: direct / tiles,
  target: '> 1',
});
wasm.dispose();
