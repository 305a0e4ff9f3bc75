// The training step (forward, backward, Adam) and the scoring of one video on ONNX Runtime. The published batch (64 bags of
// ten crops) is measured on request, `node bench/step.bench.mjs --published`: it needs about 8 GB and minutes.
import { record } from '@robusta/test-kit/bench';
import { compile, compileStep } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { medianOf, nameOf, THREADS, taskOf } from './task.mjs';

const small = { bags: 8, crops: 10, length: 32, dim: 2048 };
const published = { bags: 64, crops: 10, length: 32, dim: 2048 };
const video = { crops: 5, length: 200, dim: 2048 };

const put = (result) => record({ package: '@robusta/backbone-rtfm', ...result });

async function trainingStep(size, count) {
  const { definition, inputs } = taskOf(size);
  const start = performance.now();
  const step = await compileStep({ ...definition, threads: THREADS });
  put({ name: `trace and compile, ${nameOf(size)}`, value: performance.now() - start, unit: 'ms' });
  const value = await medianOf(count, 1, () => step.run(inputs, { learningRate: 1e-3 }));
  step.dispose();
  put({ name: `training step, ${nameOf(size)}`, value, unit: 'ms' });
}

async function scoring({ crops, length, dim }) {
  const { model, initial } = taskOf({ bags: 2, crops: 1, length: 8, dim });
  const names = Object.keys(initial);
  const score = await compile(
    ([x, ...tensors]) => {
      const weights = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
      const { logits } = model.forward(weights, x, tf.ones([crops, length]), { training: false });
      return [tf.mean(tf.sigmoid(logits), 0)];
    },
    [
      { shape: [crops, length, dim], dtype: 'float32' },
      ...names.map((name) => ({ shape: initial[name].shape, dtype: 'float32' })),
    ],
    { threads: THREADS },
  );
  const x = Float32Array.from({ length: crops * length * dim }, (_, i) => Math.abs(Math.sin(i)));
  const inputs = [x, ...names.map((name) => initial[name].data)];
  const value = await medianOf(5, 1, () => score.run(inputs));
  score.dispose();
  put({ name: `scores of ${length} snippets, ${crops} crops x ${dim}`, value, unit: 'ms' });
}

await trainingStep(small, 3);
await scoring(video);
if (process.argv.includes('--published')) await trainingStep(published, 1);
