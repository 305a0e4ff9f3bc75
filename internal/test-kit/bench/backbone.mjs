import { record } from './record.mjs';
import { measurePair } from './timing.mjs';
import { torchPeer } from './torch-peer.mjs';

/** Threads of both sides of every comparison. */
export const THREADS = 2;

/** Prints the training step and the scoring of a backbone beside those of PyTorch; see index.d.mts. */
export async function backboneBench(task, { compile, compileStep }) {
  const put = (result) => record({ package: task.package, ...result });
  const checked = await started(task.checked ?? task.published, { dropout: 0 });
  const losses = [];
  for (let i = 0; i < task.checkedSteps; i++) losses.push(await checked.step());
  checked.dispose();

  const scoring = task.scoring();
  const scorer = await compile(scoring.fn, scoring.specs, { threads: THREADS });
  const [scores] = await scorer.run(scoring.inputs);

  let torch = await torchPeer(task.peer(task.checked ?? task.published));
  if (torch) {
    checkSame('losses', losses, await torch.losses(task.checkedSteps), task.tolerance);
    checkSame('scores', [...scores], await torch.scores(), task.tolerance);
  } else console.error('No Python with PyTorch was found: the comparison with it is left out.');
  const versus = ({ own, theirs }, target) => {
    const against = torch && { peer: `faster than PyTorch ${torch.version}`, ratio: theirs / own, target };
    return { value: own, unit: 'ms', ...against };
  };

  const score = await measurePair(() => scorer.run(scoring.inputs), torch?.score, { count: 15, warmUp: 3 });
  scorer.dispose();
  put({ name: scoring.name, ...versus(score, '>= 2') });

  if (torch && task.checked) {
    await torch.close();
    torch = await torchPeer(task.peer(task.published));
  }
  const name = task.nameOf(task.published);
  const trained = await started(task.published, {});
  put({ name: `trace and compile, ${name}`, value: trained.compileMs, unit: 'ms', target: '< 3000' });
  // The first steps fetch their memory from the system.
  const times = await measurePair(trained.step, torch?.step, { count: task.turns, warmUp: 1 });
  put({ name: `training step, ${name}`, ...versus(times, '> 1') });
  put({
    name: 'peak memory of this process',
    value: process.resourceUsage().maxRSS / 1024,
    unit: 'MB',
  });
  trained.dispose();
  await torch?.close();

  async function started(size, options) {
    const { definition, inputs, learningRate } = task.training(size, options);
    const start = performance.now();
    const compiled = await compileStep({ ...definition, threads: THREADS });
    return {
      compileMs: performance.now() - start,
      step: async () => (await compiled.run(inputs, { learningRate })).loss,
      dispose: () => compiled.dispose(),
    };
  }
}

/** Each relative to itself, or to 1 where it is smaller. */
function checkSame(what, own, theirs, tolerance) {
  const off = own.findIndex(
    (value, i) => !(Math.abs(value - theirs[i]) <= tolerance * Math.max(1, Math.abs(value))),
  );
  if (off < 0 && own.length === theirs.length) return;
  throw new Error(`${what} differ at ${off}: ${own[off]} and, in PyTorch, ${theirs[off]}`);
}
