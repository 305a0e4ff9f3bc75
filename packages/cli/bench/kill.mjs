// Kills `robusta benchmark` with SIGKILL at random moments, runs it again each time, and compares what it has written in
// the end with an undisturbed run, byte for byte. `--kills n` (default 20), `--seed n` (default 0).
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSyntheticDataset } from '@robusta/benchmark';
import { createRng } from '@robusta/core';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const rng = createRng(Number(values.seed));
const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'robusta-kill-'));
const root = join(folder, 'data');
const workspace = join(folder, 'workspace');
const args = ['benchmark', '--dataset', 'synthetic', '--root', root, '--workspace', workspace];
args.push('--corruptions', 'fog,white', '--levels', '0,50,100', '--seeds', '0,1', '--epochs', '2');

function start() {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let spoke;
  child.stderr.setEncoding('utf8').on('data', (text) => {
    spoke ??= performance.now();
    said += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`robusta ended with ${code}: ${said}`);
    return code === 0;
  });
  return { child, ended, said: () => said, spoke: () => spoke };
}

/** Hash of each file of results; what a stage has cost is a measurement and differs from run to run. */
async function hashes() {
  const names = await readdir(join(workspace, 'results'), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && !entry.name.endsWith('.costs.json'));
  const entries = files.map(async ({ parentPath, name }) => {
    const bytes = await readFile(join(parentPath, name));
    return [name, createHash('sha256').update(bytes).digest('hex')];
  });
  return Object.fromEntries((await Promise.all(entries)).sort());
}

async function compare(expected) {
  const found = await hashes();
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  const different = names.filter((name) => expected[name] !== found[name]);
  if (different.length > 0) throw new Error(`differ from the undisturbed run: ${different.join(', ')}`);
  const left = await readdir(workspace, { recursive: true });
  return left.filter((name) => /\.tmp$|\.\d{6,}$/.test(name)).length;
}

try {
  await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 4, width: 64, height: 48 });
  const begin = performance.now();
  const undisturbed = start();
  await undisturbed.ended;
  const whole = performance.now() - begin;
  // Before its first word a run only loads modules.
  const loading = 0.9 * (undisturbed.spoke() - begin);
  const expected = await hashes();

  let killed = 0;
  let compared = 0;
  const stages = {};
  await rm(workspace, { recursive: true });
  while (killed < kills) {
    const { child, ended, said } = start();
    // Uniform over a whole run, so that extraction, training, scoring and writing are hit.
    const moment = loading + rng.uniform() * (whole - loading);
    const timer = new AbortController();
    const slept = sleep(moment, true, { signal: timer.signal }).catch(() => false);
    if (await Promise.race([slept, ended.then(() => false)])) child.kill('SIGKILL');
    timer.abort();
    if (await ended) {
      await compare(expected);
      compared++;
      await rm(workspace, { recursive: true });
    } else {
      killed++;
      const stage = said().trim().split('\n').at(-1).split(/[:,]/)[0] || 'starting';
      stages[stage] = (stages[stage] ?? 0) + 1;
    }
  }
  await start().ended;
  const leftovers = await compare(expected);
  compared++;
  const report = {
    kills: killed,
    comparisons: compared,
    files: Object.keys(expected).length,
    stages,
    leftovers,
  };
  console.log(values.json ? JSON.stringify(report) : report);
} finally {
  await rm(folder, { recursive: true, force: true });
}
