// Training step (forward, backward, Adam) and scoring on ONNX Runtime, against PyTorch and, the step, tfjs wasm, on the same
// two threads.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { backboneBench, measure, record, THREADS } from '@robusta/test-kit/bench';
import { compile, compileStep } from '@robusta/tfjs-onnx';
import { nameOf, peer, published, scoring, training } from './task.mjs';

const task = {
  package: '@robusta/backbone-xdviodet',
  published,
  checkedSteps: 3,
  tolerance: 1e-4,
  turns: 5,
  nameOf,
  training,
  scoring,
  peer,
};
const synthetic = { batch: 32, length: 32, dim: 384 };

/** Milliseconds of one step on wasm; undefined where it runs out of memory. */
function wasmStep(size) {
  const child = fileURLToPath(new URL('eager-step.mjs', import.meta.url));
  const task = JSON.stringify({ engine: 'wasm', ...size });
  const { status, stdout } = spawnSync(process.execPath, [child, task], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout).stepMs : undefined;
}

async function againstWasm(size, target) {
  const { definition, inputs, learningRate } = training(size);
  const step = await compileStep({ ...definition, threads: THREADS });
  const run = () => step.run(inputs, { learningRate });
  const before = await measure(run);
  const wasm = wasmStep(size);
  if (wasm === undefined) {
    step.dispose();
    console.error(`wasm runs out of memory at ${nameOf(size)}: compared at half the batch.`);
    return againstWasm({ ...size, batch: size.batch / 2 }, target);
  }
  // Before and after the long run of wasm, as the machine may not stay the same.
  const value = (before + (await measure(run))) / 2;
  step.dispose();
  const ratio = wasm / value;
  const name = `training step, ${nameOf(size)}`;
  record({
    package: task.package,
    name,
    value,
    unit: 'ms',
    peer: 'faster than tfjs wasm',
    ratio,
    ...(target ? { target } : {}),
  });
}

await backboneBench(task, { compile, compileStep });
await againstWasm(synthetic);
await againstWasm(published, '>= 20');
