// The training step (forward, backward, Adam) on ONNX Runtime, against tfjs wasm and PyTorch on the same two threads.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { record } from '@robusta/test-kit/bench';
import { compileStep } from '@robusta/tfjs-onnx';
import { medianOf, nameOf, THREADS, taskOf } from './task.mjs';
import { torchStep } from './torch.mjs';

const published = { batch: 128, length: 200, dim: 1152 };
const synthetic = { batch: 32, length: 32, dim: 384 };
const learningRate = 1e-4;

const put = (result) => record({ package: '@robusta/backbone-xdviodet', ...result });

/** Median milliseconds of a step, and of tracing and compiling it. */
async function onnxStep(size, steps) {
  const { definition, inputs } = taskOf(size);
  const start = performance.now();
  const step = await compileStep({ ...definition, threads: THREADS });
  const compileMs = performance.now() - start;
  // The first steps fetch their memory from the system.
  const stepMs = await medianOf(steps, 3, () => step.run(inputs, { learningRate }));
  step.dispose();
  return { compileMs, stepMs };
}

/** Milliseconds of one step on wasm; undefined where it runs out of memory. */
function wasmStep(size) {
  const child = fileURLToPath(new URL('eager-step.mjs', import.meta.url));
  const { status, stdout } = spawnSync(
    process.execPath,
    [child, JSON.stringify({ engine: 'wasm', ...size })],
    { encoding: 'utf8' },
  );
  return status === 0 ? JSON.parse(stdout).stepMs : undefined;
}

/** Losses of three steps without dropout. */
async function plainLosses(size) {
  const { definition, inputs } = taskOf(size, { dropout: 0 });
  const step = await compileStep({ ...definition, threads: THREADS });
  const losses = [];
  for (let i = 0; i < 3; i++) losses.push((await step.run(inputs, { learningRate })).loss);
  step.dispose();
  return losses;
}

const small = await onnxStep(synthetic, 15);
put({
  name: `training step, ${nameOf(synthetic)}`,
  value: small.stepMs,
  unit: 'ms',
  peer: 'faster than tfjs wasm',
  ratio: wasmStep(synthetic) / small.stepMs,
});

const { compileMs, stepMs } = await onnxStep(published, 7);
const step = { name: `training step, ${nameOf(published)}`, value: stepMs, unit: 'ms' };
put({ name: `trace and compile, ${nameOf(published)}`, value: compileMs, unit: 'ms', target: '< 3000' });

// Where wasm cannot hold the batch, both run the largest that it can.
let batch = published.batch;
let wasm = wasmStep(published);
while (wasm === undefined && batch > 1) wasm = wasmStep({ ...published, batch: (batch /= 2) });
const compared = { ...published, batch };
const own = batch === published.batch ? stepMs : (await onnxStep(compared, 7)).stepMs;
put({
  ...step,
  name: `training step, ${nameOf(compared)}`,
  value: own,
  peer: 'faster than tfjs wasm',
  ratio: wasm / own,
  target: '>= 20',
});

const torch = torchStep(published, 3);
if (!torch) {
  put(step);
  console.error('No Python with PyTorch was found: the comparison with it is left out.');
} else {
  const losses = await plainLosses(published);
  for (const [i, loss] of losses.entries()) {
    if (Math.abs(loss - torch.losses[i]) > 1e-4 * Math.abs(loss)) {
      throw new Error(
        `the steps differ: losses ${losses.join(', ')} and, in PyTorch, ${torch.losses.join(', ')}`,
      );
    }
  }
  put({ ...step, peer: `faster than PyTorch ${torch.version}`, ratio: torch.stepMs / stepMs, target: '> 1' });
}
