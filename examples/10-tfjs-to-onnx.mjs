/*
 * Shows: any tfjs function, a gradient too, as one ONNX graph that ONNX Runtime runs for every length.
 * Prints:
 *
 *   attention over 5 rows: [5,8], over 900 rows: [900,8]
 *   agrees with tfjs itself to 1e-5: true
 *   attention.onnx: input x [T,8], output y [T,8], starts as a model of IR version 8: true
 *   found by 300 recorded gradient steps: 2.0, -1.0
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, trace } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

/** Self-attention of the rows of a matrix [T, 8]. */
const attention = ([x]) => [tf.matMul(tf.softmax(tf.div(tf.matMul(x, x, false, true), Math.sqrt(8))), x)];
/** @type {import('@robusta/tfjs-onnx').TensorSpec[]} */
const specs = [{ shape: ['T', 8], dtype: 'float32', name: 'x' }];

const wave = (rows) => Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(i * 1.7));
const onnx = await compile(attention, specs);
const [few, many] = [(await onnx.run([wave(5)]))[0], (await onnx.run([wave(900)]))[0]];
console.log(`attention over 5 rows: [${few.length / 8},8], over 900 rows: [${many.length / 8},8]`);

const eager = await compile(attention, specs, { engine: 'cpu' });
const [reference] = await eager.run([wave(5)]);
const error = Math.max(...few.map((value, i) => Math.abs(value - reference[i])));
console.log('agrees with tfjs itself to 1e-5:', error < 1e-5);

const graph = trace(attention, specs, { outputNames: ['y'] });
const scratch = await mkdtemp(join(tmpdir(), 'robusta-example-'));
await writeFile(join(scratch, 'attention.onnx'), graph.toBytes());
const bytes = await readFile(join(scratch, 'attention.onnx'));
const [input, output] = [graph.inputs, graph.outputs].map(([{ name, shape }]) => `${name} [${shape}]`);
const isModel = bytes[0] === 8 && bytes[1] === 8; // field 1, the IR version, is 8
console.log(
  `attention.onnx: input ${input}, output ${output}, starts as a model of IR version 8: ${isModel}`,
);
await rm(scratch, { recursive: true });

// A step of gradient descent for y = 2 a - b, gradients and update in the same graph.
const step = ([x, y, w]) => {
  const { grads } = tf.valueAndGrads((v) => tf.mean(tf.squaredDifference(tf.matMul(x, v), y)))([w]);
  return [tf.sub(w, tf.mul(grads[0], 0.1))];
};
const f32 = (...shape) => ({ shape, dtype: /** @type {const} */ ('float32') });
const descent = await compile(step, [f32(4, 2), f32(4, 1), f32(2, 1)]);
/** @type {import('@robusta/tfjs-onnx').TensorValues} */
let w = new Float32Array(2);
for (let i = 0; i < 300; i++) {
  [w] = await descent.run([Float32Array.of(1, 0, 0, 1, 1, 1, 2, 1), Float32Array.of(2, -1, 1, 3), w]);
}
console.log('found by 300 recorded gradient steps:', [...w].map((value) => value.toFixed(1)).join(', '));
for (const compiled of [onnx, eager, descent]) compiled.dispose();
