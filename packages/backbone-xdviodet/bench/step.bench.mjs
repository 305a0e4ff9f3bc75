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

/** A compiled step that has taken its first steps, which fetch their memory from the system. */
async function started(size, options) {
  const { definition, inputs } = taskOf(size, options);
  const start = performance.now();
  const compiled = await compileStep({ ...definition, threads: THREADS });
  const compileMs = performance.now() - start;
  const run = () => compiled.run(inputs, { learningRate });
  const firstLosses = [];
  for (let i = 0; i < 3; i++) firstLosses.push((await run()).loss);
  return { compileMs, firstLosses, run, dispose: () => compiled.dispose() };
}

/** Milliseconds of one step on wasm; undefined where it runs out of memory. */
function wasmStep(size) {
  const child = fileURLToPath(new URL('eager-step.mjs', import.meta.url));
  const task = JSON.stringify({ engine: 'wasm', ...size });
  const { status, stdout } = spawnSync(process.execPath, [child, task], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout).stepMs : undefined;
}

async function againstWasm(size, target) {
  const step = await started(size);
  const before = await medianOf(5, 0, step.run);
  const wasm = wasmStep(size);
  if (wasm === undefined) {
    step.dispose();
    console.error(`wasm runs out of memory at ${nameOf(size)}: compared at half the batch.`);
    return againstWasm({ ...size, batch: size.batch / 2 }, target);
  }
  // Before and after the long run of wasm, as the machine may not stay the same.
  const value = (before + (await medianOf(5, 0, step.run))) / 2;
  step.dispose();
  const ratio = wasm / value;
  const name = `training step, ${nameOf(size)}`;
  put({ name, value, unit: 'ms', peer: 'faster than tfjs wasm', ratio, ...(target ? { target } : {}) });
}

function checkSame(losses, others) {
  for (const [i, loss] of losses.entries()) {
    if (Math.abs(loss - others[i]) <= 1e-4 * Math.abs(loss)) continue;
    throw new Error(`the steps differ: losses ${losses.join(', ')} and, in PyTorch, ${others.join(', ')}`);
  }
}

/** Steps in turn, so that both see the same machine. */
async function againstTorch(size, target) {
  const torch = await torchStep(size);
  if (!torch) {
    console.error('No Python with PyTorch was found: the comparison with it is left out.');
    return;
  }
  const plain = await started(size, { dropout: 0 });
  plain.dispose();
  checkSame(plain.firstLosses, torch.losses);
  const step = await started(size);
  const times = { own: [], torch: [] };
  for (let i = 0; i < 6; i++) {
    const theirs = await torch.step();
    const own = await medianOf(1, 0, step.run);
    // PyTorch's first step fetches its memory.
    if (i === 0) continue;
    times.torch.push(theirs);
    times.own.push(own);
  }
  torch.close();
  step.dispose();
  const [own, theirs] = [times.own, times.torch].map((list) => list.sort((a, b) => a - b)[2]);
  const peer = `faster than PyTorch ${torch.version}`;
  put({ name: `training step, ${nameOf(size)}`, value: own, unit: 'ms', peer, ratio: theirs / own, target });
}

const first = await started(published);
first.dispose();
put({
  name: `trace and compile, ${nameOf(published)}`,
  value: first.compileMs,
  unit: 'ms',
  target: '< 3000',
});
await againstWasm(synthetic);
await againstTorch(published, '> 1');
await againstWasm(published, '>= 20');
