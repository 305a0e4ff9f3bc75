import { appendFile, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe } from '@robusta/media';
import { buildCorruptedDataset } from '../src/build/build.js';
import { ManifestItemSchema, ManifestSchema, readManifest } from '../src/build/manifest.js';
import type { BuildOptions } from '../src/build/options.js';
import { verifyBuild } from '../src/build/verify.js';
import type { Dataset } from '../src/dataset/model.js';
import { loadXdViolence } from '../src/dataset/xd-violence.js';
import { createLocalRunner } from '../src/jobs/local-runner.js';
import type { JobRunner } from '../src/jobs/runner.js';
import { writeTinyVideo } from './tiny-video.js';

let folder: string;
let dataset: Dataset;
let options: BuildOptions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-build-'));
  const root = join(folder, 'data');
  await writeTinyVideo(join(root, 'train', 'a__#1_label_A.mp4'), { frames: 16, seed: 1 });
  await writeTinyVideo(join(root, 'test', 'b__#1_label_G-0-0.mp4'), { frames: 35, seed: 2 });
  await writeTinyVideo(join(root, 'test', 'c__#1_label_A.mp4'), { frames: 20, seed: 3, sound: false });
  await writeFile(join(root, 'annotations.txt'), 'b__#1_label_G-0-0 4 30\n');
  dataset = await loadXdViolence(root);
  options = {
    out: join(folder, 'one'),
    corruptions: ['fog', 'bit-error', 'hf-channel'],
    severities: [2, 5],
    seed: 7,
    parameters: { 'hf-channel': { mode: 'radio' } },
    media: true,
    workers: 2,
  };
}, 30_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function contents(out: string): Promise<Record<string, string>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const bytes = await Promise.all(files.map((file) => readFile(file, 'base64')));
  return Object.fromEntries(files.map((file, i) => [file.slice(out.length + 1), bytes[i]!]).sort());
}

/** The jobs that a build gives to its runner, and what became of them. */
function counting(): { runner: JobRunner; written(): number } {
  const local = createLocalRunner({ workers: 1 });
  let written = 0;
  return {
    written: () => written,
    runner: {
      async run(jobs, runOptions) {
        const outcome = await local.run(jobs, runOptions);
        for (const { result } of outcome.done) if ('written' in result) written += result.written as number;
        return outcome;
      },
    },
  };
}

test('a build says of each output what it is, of what and how it was made; workers change no byte', async () => {
  const { items: count, problems, manifest } = await buildCorruptedDataset(dataset, options);
  expect(problems).toEqual([]);
  const { items } = await readManifest(options.out);
  expect(
    ManifestSchema.parse(JSON.parse(await readFile(join(options.out, 'manifest.json'), 'utf8'))),
  ).toEqual(manifest);
  // Clean: b visual, b audio, c visual. Damaged: 2 severities of fog and bit-error for both, of hf-channel for b.
  const damaged = 2 * (2 * 2 + 1);
  expect(count).toBe(3 + 2 * damaged);
  expect(items).toHaveLength(count);
  expect(items.filter(({ kind }) => kind === 'media')).toHaveLength(damaged);
  for (const item of items) {
    expect(ManifestItemSchema.parse(item)).toEqual(item);
    expect(item.input.path).toMatch(/^test\/[bc]__#1_label_.+\.mp4$/);
    if (item.condition === 'clean') continue;
    const { corruption, severity, seed, parameters } = item.damage!;
    expect(item.condition.startsWith(`${corruption}-s${severity}-seed7`)).toBe(true);
    expect(parameters.seed).toBe(seed);
    if (corruption === 'hf-channel') expect(parameters).toMatchObject({ mode: 'radio' });
    if (corruption === 'bit-error') expect(parameters.bytesPerError).toBeGreaterThan(0);
    if (item.kind === 'media') {
      const { duration } = await probe(join(options.out, item.outputs[0]!.path));
      expect(duration).toBeGreaterThan(0.5);
      expect(item.encoding).toMatchObject({ ffmpeg: expect.any(String) });
    }
  }
  // Features and media of a video under a condition have the seed in common.
  const seeds = new Map<string, Set<number>>();
  for (const { video, condition, damage } of items) {
    if (damage)
      seeds.set(`${video} ${condition}`, (seeds.get(`${video} ${condition}`) ?? new Set()).add(damage.seed));
  }
  for (const values of seeds.values()) expect(values.size).toBe(1);

  const two = { ...options, out: join(folder, 'two'), workers: 1 };
  await buildCorruptedDataset(dataset, two);
  expect(await contents(two.out)).toEqual(await contents(options.out));
}, 60_000);

test('what is there is kept, what is missing made again', async () => {
  const { out } = options;
  const before = await contents(out);
  const { items } = await readManifest(out);
  const feature = items.find(({ kind, damage }) => kind === 'features' && damage)!;
  const copies = items.filter(({ kind }) => kind === 'media');
  const [gone, kept] = copies.map(({ outputs }) => join(out, outputs[0]!.path));
  await unlink(join(out, feature.outputs[0]!.path));
  await unlink(gone!);
  const { mtimeMs } = await stat(kept!);
  const { runner, written } = counting();
  await buildCorruptedDataset(dataset, { ...options, runner });
  expect(written()).toBe(1);
  expect((await stat(kept!)).mtimeMs).toBe(mtimeMs);
  expect(await contents(out)).toEqual(before);

  // Of a version that kept no record of what it did.
  const sidecar = join(out, feature.outputs[1]!.path);
  const { corruption: _corruption, ...rest } = JSON.parse(await readFile(sidecar, 'utf8'));
  await writeFile(sidecar, JSON.stringify(rest));
  await buildCorruptedDataset(dataset, options);
  expect(await contents(out)).toEqual(before);
}, 60_000);

test('verification names what is missing, changed, or comes out otherwise', async () => {
  const { out } = options;
  const { root } = dataset;
  const whole = await verifyBuild({ out, root, full: true, sample: 5 });
  const { items } = await readManifest(out);
  expect(whole).toEqual({
    items: items.length,
    files: 2 + 2 * items.length,
    recreated: 5,
    mismatches: [],
  });
  expect((await readdir(out)).filter((name) => name.startsWith('.verify'))).toEqual([]);

  const [first, second] = items;
  await appendFile(join(out, first!.outputs[0]!.path), 'x');
  await unlink(join(out, second!.outputs[1]!.path));
  const { mismatches } = await verifyBuild({ out });
  expect(mismatches).toEqual([
    {
      path: first!.outputs[0]!.path,
      problem: 'changed',
      what: 'output',
      video: first!.video,
      condition: first!.condition,
      expected: first!.outputs[0]!.sha256,
      found: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    expect.objectContaining({ path: second!.outputs[1]!.path, problem: 'missing' }),
  ]);

  // A video that is another now: its outputs cannot come out the same.
  const video = join(root, 'test', 'b__#1_label_G-0-0.mp4');
  const bytes = await readFile(video);
  await writeTinyVideo(video, { frames: 35, seed: 99 });
  const other = await verifyBuild({ out, root, full: true, sample: items.length });
  expect(other.mismatches).toContainEqual(expect.objectContaining({ what: 'input', problem: 'changed' }));
  const differing = other.mismatches.filter(({ problem }) => problem === 'differs');
  expect(new Set(differing.map(({ video }) => video))).toEqual(new Set(['b__#1_label_G-0-0']));
  await writeFile(video, bytes);

  const lines = join(out, 'manifest.jsonl');
  await writeFile(lines, (await readFile(lines, 'utf8')).replace('"severity":2', '"severity":3'));
  const forged = await verifyBuild({ out });
  expect(forged.mismatches[0]).toMatchObject({
    path: 'manifest.jsonl',
    what: 'manifest',
    problem: 'changed',
  });
  await appendFile(lines, '{"kind":"features"}\n');
  await expect(verifyBuild({ out })).rejects.toMatchObject({
    code: 'BAD_FORMAT',
    message: expect.stringContaining(`manifest.jsonl:${items.length + 1}`),
  });
}, 60_000);

test('a video that fails is named, with the conditions; the others are built', async () => {
  const out = join(folder, 'damaged');
  const videos = dataset.videos.map((video) =>
    video.id.startsWith('c') ? { ...video, path: 'test/absent.mp4' } : video,
  );
  const { problems, manifest, items } = await buildCorruptedDataset(
    { ...dataset, videos },
    { out, corruptions: ['fog'] },
  );
  expect(items).toBe(3);
  expect(problems).toEqual([
    expect.objectContaining({ video: 'c__#1_label_A', code: 'FILE_NOT_FOUND', skipped: true }),
  ]);
  expect(manifest.failed).toHaveLength(1);
});

test('refusals', async () => {
  const build = (other: object) => buildCorruptedDataset(dataset, { ...options, ...other });
  await expect(build({ features: false, media: false })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(build({ severities: [6] })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(build({ parameters: { fog: { density: 2 } } })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('density'),
  });
  await expect(
    build({ corruptions: ['hf-channel'], parameters: { 'hf-channel': { mode: 'tv' } } }),
  ).rejects.toMatchObject({ code: 'BAD_OPTION' });
  const train = dataset.videos.filter(({ split }) => split === 'train');
  await expect(
    buildCorruptedDataset({ ...dataset, videos: train }, { out: join(folder, 'none') }),
  ).rejects.toMatchObject({ code: 'BAD_DATASET' });
  await expect(verifyBuild({ out: folder })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(verifyBuild({ out: options.out, full: true })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  const stopped = { ...options, out: join(folder, 'stopped'), signal: AbortSignal.abort() };
  await expect(buildCorruptedDataset(dataset, stopped)).rejects.toMatchObject({ code: 'ABORTED' });
});
