// EM and scoring beside scikit-learn, each in a process of its own with two threads, on the same rows from the same start.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRng } from '@robusta/core';
import { record } from '@robusta/test-kit/bench';

const THREADS = 2;
const STEPS = 20;
const SCORINGS = 5;
const CASES = [
  { rows: 50_000, dim: 128, components: 8, covarianceType: 'full', target: 2 },
  { rows: 20_000, dim: 512, components: 4, covarianceType: 'full', target: 2 },
  { rows: 20_000, dim: 2048, components: 4, covarianceType: 'diag', target: 1 },
];

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const python = [process.env.PYTHON, 'python3', '/usr/bin/python3']
  .filter(Boolean)
  .find((command) => spawnSync(command, ['-c', 'import sklearn']).status === 0);
if (!python) console.error('scikit-learn: skipped, no Python has it');

for (const { target, ...task } of CASES) await compare(task, target);

async function compare(task, target) {
  const folder = mkdtempSync(join(tmpdir(), 'robusta-bench-'));
  try {
    writeTask(folder, task);
    const own = await serve(process.execPath, [here('mixture-task.mjs'), folder]);
    const peer = python && (await serve(python, [here('peers/mixture_peer.py'), folder]));
    const name = `${task.covarianceType} K=${task.components}, ${task.rows.toLocaleString('en')} x ${task.dim}`;
    const version = peer ? `scikit-learn ${peer.greeting.version}` : undefined;
    const report = (what, value, unit, theirs, wanted) => {
      const compared = theirs === undefined ? {} : { peer: version, ratio: theirs / value, target: wanted };
      record({ package: '@robusta/gmm-fusion', name: `${what} ${name}`, value, unit, ...compared });
    };
    const [fit, theirFit] = [await own.ask('fit'), await peer?.ask('fit')];
    report(`${STEPS} EM steps,`, fit.milliseconds, 'ms', theirFit?.milliseconds, target);
    const scorings = [];
    for (let i = 0; i < SCORINGS; i++) scorings.push([await own.ask('score'), await peer?.ask('score')]);
    const median = (side) =>
      scorings.map((pair) => pair[side]?.milliseconds).sort((a, b) => a - b)[SCORINGS >> 1];
    report('scores,', median(0), 'ms', median(1), target);
    const [last, theirLast] = scorings.at(-1);
    report('peak memory,', last.megabytes, 'MB', theirLast?.megabytes, 1);
    // Steps of the same data from the same start: both must have come to the same place.
    if (theirFit && !(Math.abs(fit.mean - theirFit.mean) < 1e-6 * Math.abs(theirFit.mean))) {
      throw new Error(`${name}: lower bound ${fit.mean}, scikit-learn ${theirFit.mean}`);
    }
    await own.close();
    await peer?.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Clusters that overlap: every step moves posteriors. */
function writeTask(folder, { rows, dim, components: K, ...more }) {
  const rng = createRng(dim);
  const centres = Float64Array.from({ length: K * dim }, () => (4 * rng.normal()) / Math.sqrt(dim));
  const data = Float64Array.from({ length: rows * dim }, (_, at) => {
    const cluster = Math.floor(at / dim) % K;
    return centres[cluster * dim + (at % dim)] + rng.normal();
  });
  const task = { ...more, dim, components: K, regCovar: 1e-3, steps: STEPS, threads: THREADS };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
  writeFileSync(join(folder, 'rows.f64'), data);
  writeFileSync(join(folder, 'means.f64'), data.subarray(0, K * dim));
}

async function serve(command, args) {
  const env = { ...process.env, OMP_NUM_THREADS: `${THREADS}`, OPENBLAS_NUM_THREADS: `${THREADS}` };
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${args[0]} ended early`);
    return JSON.parse(value);
  };
  return {
    greeting: await next(),
    ask: (what) => {
      child.stdin.write(`${what}\n`);
      return next();
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
