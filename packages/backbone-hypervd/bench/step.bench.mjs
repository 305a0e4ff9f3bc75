// The training step (forward, backward, Adam) and scoring on ONNX Runtime, against PyTorch on the same two threads.
import { record } from '@robusta/test-kit/bench';
import { compile, compileStep } from '@robusta/tfjs-onnx';
import { medianOf, nameOf, scoringOf, THREADS, taskOf } from './task.mjs';
import { torchStep } from './torch.mjs';

const published = { batch: 128, length: 200, dim: 1152 };
const learningRate = 5e-4;

const put = (result) => record({ package: '@robusta/backbone-hypervd', ...result });

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

/** The similarity graph amplifies rounding: to 3e-4 within the published code itself. */
function checkSame(losses, others) {
  for (const [i, loss] of losses.entries()) {
    if (Math.abs(loss - others[i]) <= 3e-3 * Math.abs(loss)) continue;
    throw new Error(`the two differ: ${losses.join(', ')} and, in PyTorch, ${others.join(', ')}`);
  }
}

/** One video of five crops. */
async function scoring(size, { version, scores, scoreMs }) {
  const { fn, specs, inputs } = scoringOf(size);
  const compiled = await compile(fn, specs, { threads: THREADS });
  const [own] = await compiled.run(inputs);
  checkSame(Array.from(own), scores);
  const value = await medianOf(30, 5, () => compiled.run(inputs));
  compiled.dispose();
  const name = `score 5 crops x ${size.length} snippets x ${size.dim}`;
  put({
    name,
    value,
    unit: 'ms',
    peer: `faster than PyTorch ${version}`,
    ratio: scoreMs / value,
    target: '>= 2',
  });
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
  await scoring(size, torch);
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
await againstTorch(published, '> 1');
