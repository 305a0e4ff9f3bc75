import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, deriveSeed } from '@robusta/core';
import { hashRecipe, writeFeatures } from '@robusta/features';
import { bin, robusta } from './run.js';

const ids = Array.from({ length: 8 }, (_, i) => `film.${i}__#1_label_${i % 2 === 0 ? 'A' : 'B1-0-0'}`);
const recipe = { kind: 'toy' };
let folder: string;
let visual: string;
let audio: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-train-'));
  visual = join(folder, 'visual');
  audio = join(folder, 'audio');
  for (const id of ids) {
    for (const [modality, path, dim] of [
      ['visual', visual, 12],
      ['audio', audio, 5],
    ] as const) {
      const rng = createRng(deriveSeed(3, id, modality));
      const data = Float32Array.from({ length: 20 * dim }, () => rng.normal());
      await writeFeatures(
        join(path, `${id}.npy`),
        { modality, length: 20, crops: 1, dim, data },
        { recipe, recipeHash: hashRecipe(recipe) },
      );
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const command = (out: string, ...args: string[]) => [
  'train',
  ...['--visual', visual, '--audio', audio, '--out', join(folder, out)],
  ...['--epochs', '20', '--batch-size', '4', '--fusion', 'concat', '--seed', '3'],
  ...args,
];

/** Starts the program, and does something to it once its progress says so. */
async function shell(args: string[], when?: RegExp, then?: NodeJS.Signals) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { code: null as number | null, signal: null as NodeJS.Signals | null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (result.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    result.err += text;
    if (then && !child.killed && when?.test(result.err)) child.kill(then);
  });
  [result.code, result.signal] = await once(child, 'close');
  return result;
}

const weightsOf = (out: string) => readFile(join(folder, out, 'model.safetensors'));
const epochsOf = async (log: string) =>
  (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).epoch as number);
const all = Array.from({ length: 20 }, (_, i) => i + 1);

test('prints where the model is, shows loss and speed, logs each epoch', async () => {
  const log = join(folder, 'whole.jsonl');
  const { code, out, err } = await shell(command('whole', '--log', log, '--json'));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    model: join(folder, 'whole'),
    trainVideos: 8,
    validationVideos: 0,
    description: { backbone: { name: 'xdviodet' }, training: { epochs: 20, stepsTaken: 40, seed: 3 } },
  });
  expect(err).toMatch(
    /training: \d+\/40 {2}epoch \d+\/20 {2}loss [\d.]+ {2}[\d.]+ steps\/s {2}left \d+:\d\d/,
  );
  expect(await epochsOf(log)).toEqual(all);
});

test('killed in the middle, the same command goes on and ends in the same bytes', async () => {
  const log = join(folder, 'killed.jsonl');
  // A checkpoint after each step, so that one is there whenever the process dies.
  const args = command('killed', '--log', log, '--checkpoint-seconds', '0');
  const killed = await shell(args, /training: (?!1\/)\d+\/40/, 'SIGKILL');
  expect(killed.signal).toBe('SIGKILL');
  expect(existsSync(join(folder, 'killed/model.json'))).toBe(false);
  const { code, err } = await shell(args);
  expect(code).toBe(0);
  // The first step that is shown is not the first of the training.
  expect(Number(/training: (\d+)\/40/.exec(err)![1])).toBeGreaterThan(1);
  expect(await weightsOf('killed')).toEqual(await weightsOf('whole'));
  expect(await epochsOf(log)).toEqual(all);
});

test('Ctrl-C: a checkpoint, exit 130 and how to go on; then the same bytes', async () => {
  const args = command('stopped', '--checkpoint-seconds', '9999');
  const stopped = await shell(args, /training: (?!1\/)\d+\/40/, 'SIGINT');
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain('run the same command again to go on');
  expect(existsSync(join(folder, 'stopped/checkpoint/checkpoint.safetensors'))).toBe(true);
  const { code, out, err } = await shell(args);
  expect(code).toBe(0);
  expect(out).toBe(`Model: ${join(folder, 'stopped')} (40 steps, 8 videos, 4 of them anomalous)\n`);
  expect(Number(/training: (\d+)\/40/.exec(err)![1])).toBeGreaterThan(1);
  expect(await weightsOf('stopped')).toEqual(await weightsOf('whole'));

  const other = await shell(command('stopped', '--learning-rate', '0.1'));
  expect(other.code).toBe(1);
  expect(other.err).toContain('--restart');
});

test('measures on held-out videos, keeps the best and says so', async () => {
  const { code, out, err } = await shell([
    ...command('best', '--holdout', '0.25', '--select', 'best', '--metric', 'rocAuc', '--preset', 'small'),
    ...['--epochs', '3'],
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(/6 videos, 3 of them anomalous, weights of epoch [123], ROC-AUC \d+\.\d\d %.*\)\n$/);
  expect(err).toMatch(/ROC-AUC \d+\.\d\d %/);
});

describe('bad usage', () => {
  test.each([
    [['train'], 2, '--out'],
    [['train', '--out', 'x'], 2, 'workspace, or folders'],
    [['train', '--out', 'x', '--visual', 'v', '--backbone', 'mine'], 2, 'xdviodet'],
    [['train', '--out', 'x', '--visual', 'v', '--learning-rate', 'fast'], 2, 'a number is expected'],
    [['train', '--out', 'x', '--visual', 'v', '--select', 'first'], 2, 'select'],
    [['train', '--out', 'x', '--workspace', 'nowhere'], 1, 'nowhere'],
    [['train', '--out', 'x', '--visual', 'nowhere'], 1, 'nowhere'],
  ])('%p: exit %i', async (args, code, reason) => {
    const result = await robusta(...args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(reason);
    expect(result.out).toBe('');
  });
});
