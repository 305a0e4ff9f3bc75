import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyntheticDataset, ManifestSchema } from '@robusta/benchmark';
import { robusta, shell } from './run.js';

let folder: string;
let root: string;
let out: string;
let data: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-cli-build-'));
  root = join(folder, 'data');
  out = join(folder, 'corrupted');
  data = ['--dataset', 'synthetic', '--root', root, '--out', out];
  await createSyntheticDataset(root, { videos: { train: 2, test: 2 }, seconds: 3, width: 64, height: 48 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const quick = ['--corruptions', 'fog,white', '--set', 'fog.motion=static', '--seed', '3'];

test('builds, goes on, verifies; a changed file is named and makes exit 1', async () => {
  const built = await shell('build', ...data, ...quick, '--media');
  expect([built.code, built.out]).toEqual([
    0,
    expect.stringMatching(/corrupted: 12 items of 2 test videos, \d+\.\d kB; see manifest\.json\n$/),
  ]);
  expect(built.err).toContain('corrupting: 8/8');
  const file = join(out, 'manifest.json');
  const text = await readFile(file, 'utf8');
  const manifest = ManifestSchema.parse(JSON.parse(text));
  const conditions = Object.values(manifest.conditions);
  expect(conditions).toContainEqual({
    corruption: 'fog',
    severity: 3,
    seed: 3,
    parameters: { motion: 'static' },
  });
  expect(manifest.media).toEqual({ crf: 12 });

  const again = await shell('build', ...data, ...quick, '--media', '--json');
  expect(JSON.parse(again.out)).toMatchObject({ items: 12, failed: [], manifest });
  expect(await readFile(file, 'utf8')).toBe(text);

  const whole = await shell('build', '--out', out, '--root', root, '--verify', 'full', '--sample', '2');
  expect([whole.code, whole.out]).toEqual([
    0,
    `${out}: 12 items, 26 files hashed, 2 items made again, 0 mismatches\n`,
  ]);
  const [line] = (await readFile(join(out, 'manifest.jsonl'), 'utf8')).split('\n');
  const { path } = JSON.parse(line!).outputs[0];
  await truncate(join(out, path), 100);
  const damaged = await robusta('build', '--out', out, '--verify');
  expect([damaged.code, damaged.err]).toEqual([1, expect.not.stringContaining('hint')]);
  expect(damaged.out).toContain(`12 items, 24 files hashed, 1 mismatch\nchanged: output ${path}: `);
}, 120_000);

test.each([
  [['--out', 'x'], '--dataset and --root'],
  [['--out', 'x', '--dataset', 'avenue', '--root', 'y'], 'xd-violence'],
  [['--dataset', 'synthetic', '--root', 'y'], '--out'],
  [['--set', 'fog=static'], 'name.option=value'],
  [['--extractor', 'i3d-resnet50'], 'models import'],
  [['--model', 'x.onnx'], 'lite takes neither'],
  [['--corruptions', 'smog'], 'corruptions'],
  [['--severities', '6'], 'severity must be 1, 2, 3, 4 or 5'],
  [['--sample', '3'], '--verify full'],
])('%p is bad usage', async (args, hint) => {
  const isWhole = args.includes('--dataset') || args.includes('--out');
  const place = ['--dataset', 'synthetic', '--root', root, '--out', join(folder, 'refused')];
  const { code, err } = await robusta('build', ...(isWhole ? [] : place), ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(hint)]);
});

test('what is no build cannot be verified', async () => {
  const { code, err } = await robusta('build', '--out', folder, '--verify');
  expect([code, err]).toEqual([1, expect.stringContaining('manifest.json')]);
});
