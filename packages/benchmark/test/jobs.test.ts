import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFeatures } from '@robusta/features';
import type { Dataset } from '../src/dataset/model.js';
import { loadXdViolence } from '../src/dataset/xd-violence.js';
import { runExtractJob } from '../src/jobs/extract.js';
import { type ExtractJob, extractJobs, featurePath } from '../src/jobs/extract-job.js';
import { isDone } from '../src/jobs/is-done.js';
import { createLocalRunner } from '../src/jobs/local-runner.js';
import {
  type Condition,
  CorruptionNameSchema,
  conditionName,
  modalityOfCorruption,
} from '../src/protocol/condition.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

const conditions: Condition[] = [
  { corruption: 'fog', severity: 3, seed: 5 },
  { corruption: 'brightness', severity: 2, seed: 5 },
  { corruption: 'white', severity: 3, seed: 5 },
];

/** Three small videos, one of them silent, one too short for a snippet. */
async function makeDataset(root: string): Promise<Dataset> {
  await writeTinyVideo(join(root, 'train', 'a__#1_label_A.mp4'), { frames: 16, seed: 1 });
  await writeTinyVideo(join(root, 'test', 'b__#1_label_G-0-0.mp4'), { frames: 35, seed: 2 });
  await writeTinyVideo(join(root, 'test', 'c__#1_label_A.mp4'), { frames: 10, seed: 3, sound: false });
  await writeFile(join(root, 'annotations.txt'), 'b__#1_label_G-0-0 4 30\n');
  return loadXdViolence(root);
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function contents(folder: string): Promise<Record<string, string>> {
  const files = await listFiles(folder);
  const bytes = await Promise.all(files.map((file) => readFile(join(folder, file), 'base64')));
  return Object.fromEntries(files.map((file, i) => [file, bytes[i]!]));
}

describe('extractJobs', () => {
  test('clean features of all videos, corrupted ones of the test videos in the damaged modality', () => {
    const video = { fps: 24, frames: 48, intervals: [], sha256: '0'.repeat(64), bytes: 1, mtimeMs: 1 };
    const videos: Dataset['videos'] = [
      { ...video, id: 'a', path: 'x/a.mp4', split: 'train', label: 0, modalities: ['visual', 'audio'] },
      { ...video, id: 'b', path: 'x/b.mp4', split: 'test', label: 1, modalities: ['visual', 'audio'] },
      { ...video, id: 'c', path: 'x/c.mp4', split: 'test', label: 0, modalities: ['audio'] },
    ];
    const jobs = extractJobs({ root: '/data', videos }, { workspace: '/w', extractor: 'lite', conditions });
    const short = jobs.map(({ video, modality, conditions }) => [
      video.path,
      modality,
      conditions.map(conditionName),
    ]);
    expect(short).toEqual([
      ['/data/x/a.mp4', 'visual', ['clean']],
      ['/data/x/a.mp4', 'audio', ['clean']],
      ['/data/x/b.mp4', 'visual', ['clean', 'fog-s3-seed5', 'brightness-s2-seed5']],
      ['/data/x/b.mp4', 'audio', ['clean', 'white-s3-seed5']],
      ['/data/x/c.mp4', 'audio', ['clean', 'white-s3-seed5']],
    ]);
    expect(JSON.parse(JSON.stringify(jobs))).toEqual(jobs);
    expect(featurePath(jobs[2]!, conditions[0]!)).toBe('/w/features/lite-visual/fog-s3-seed5/b.npy');
  });
});

describe('extraction', () => {
  test('gives the same files whatever the workers, the order of the jobs and their division', () =>
    inFolder(async (root) => {
      const dataset = await makeDataset(join(root, 'data'));
      const plan = (workspace: string) => extractJobs(dataset, { workspace, extractor: 'lite', conditions });
      const [one, two] = [join(root, 'one'), join(root, 'two')];
      const first = await createLocalRunner({ workers: 1 }).run(plan(one));
      expect(first.failed).toEqual([]);
      expect(first.done.map(({ result }) => result.written)).toEqual([1, 1, 3, 2, 3]);
      const single = plan(two).flatMap((job) =>
        job.conditions.map((condition) => ({ ...job, conditions: [condition] })),
      );
      const progress: number[] = [];
      const onProgress = ({ done }: { done: number }) => progress.push(done);
      await createLocalRunner({ workers: 2 }).run(single.reverse(), { onProgress });
      expect(progress).toEqual(single.map((_, i) => i + 1));
      const expected = await contents(one);
      expect(Object.keys(expected)).toHaveLength(20);
      expect(await contents(two)).toEqual(expected);

      // Sound has as many rows as the picture; a short video has one row.
      const shapes = await Promise.all(
        plan(one).map(async (job) => (await readFeatures(featurePath(job, 'clean'))).sequence.length),
      );
      expect(shapes).toEqual([1, 1, 2, 2, 1]);
      const [clean, fog] = await Promise.all(
        (['clean', conditions[0]!] as const).map((c) => readFile(featurePath(plan(one)[2]!, c))),
      );
      expect(clean!.equals(fog!)).toBe(false);
    }));

  test('does only what is missing or outdated', () =>
    inFolder(async (root) => {
      const path = join(root, 'short.mp4');
      await writeTinyVideo(path, { frames: 8 });
      const video = { id: 'short', path, sha256: '0'.repeat(64), frames: 8 };
      const white: Condition = { corruption: 'white', severity: 3, seed: 5 };
      const common = { kind: 'extract', modality: 'audio', extractor: 'lite', workspace: root } as const;
      const job: ExtractJob = { ...common, video, conditions: ['clean', white] };
      expect(await isDone(job)).toBe(false);
      expect(await runExtractJob(job)).toEqual({ written: 2, kept: 0, missing: false });
      expect(await isDone(job)).toBe(true);
      expect(await runExtractJob(job)).toEqual({ written: 0, kept: 2, missing: false });

      await rm(featurePath(job, white));
      const before = (await stat(featurePath(job, 'clean'))).mtimeMs;
      expect(await runExtractJob(job)).toEqual({ written: 1, kept: 1, missing: false });
      expect((await stat(featurePath(job, 'clean'))).mtimeMs).toBe(before);

      const sidecar = featurePath(job, 'clean').replace(/npy$/, 'json');
      const other = (await readFile(sidecar, 'utf8')).replace(/"recipeHash": "./, '"recipeHash": "x');
      await writeFile(sidecar, other);
      expect(await runExtractJob(job)).toEqual({ written: 1, kept: 1, missing: false });
      const changed = { ...job, video: { ...video, sha256: 'e'.repeat(64) } };
      expect(await isDone(changed)).toBe(false);
      expect(await runExtractJob(changed)).toEqual({ written: 2, kept: 0, missing: false });
    }));

  test('every corruption of the protocol gives features of its own, as long as the clean ones', () =>
    inFolder(async (root) => {
      const path = join(root, 'all.mp4');
      await writeTinyVideo(path, { frames: 34 });
      const video = { id: 'all', path, sha256: '0'.repeat(64), frames: 34 };
      for (const modality of ['visual', 'audio'] as const) {
        const names = CorruptionNameSchema.options.filter((name) => modalityOfCorruption(name) === modality);
        // Severity 5: at less, so small a stream of bits is not hit.
        const corrupted = names.map((corruption): Condition => ({ corruption, severity: 5, seed: 1 }));
        const all: Condition[] = ['clean', ...corrupted];
        const job: ExtractJob = {
          kind: 'extract',
          extractor: 'lite',
          modality,
          video,
          conditions: all,
          workspace: root,
        };
        expect(await runExtractJob(job)).toEqual({ written: 9, kept: 0, missing: false });
        const features = await Promise.all(all.map((c) => readFeatures(featurePath(job, c))));
        const [clean] = features;
        for (const [index, { sequence }] of features.entries()) {
          expect(sequence.length).toBe(clean!.sequence.length);
          if (index > 0) expect(sequence.data).not.toEqual(clean!.sequence.data);
        }
      }
    }));

  test('a file without the modality is no error', () =>
    inFolder(async (root) => {
      const path = join(root, 'silent.mp4');
      await writeTinyVideo(path, { sound: false });
      const video = { id: 'silent', path, sha256: '0'.repeat(64), frames: 24 };
      const common = { kind: 'extract', extractor: 'lite', conditions: ['clean'], workspace: root } as const;
      const job: ExtractJob = { ...common, conditions: ['clean'], video, modality: 'audio' };
      expect(await runExtractJob(job)).toEqual({ written: 0, kept: 0, missing: true });
    }));
});

describe('createLocalRunner', () => {
  const job = (id: string, path: string, workspace: string): ExtractJob => ({
    kind: 'extract',
    video: { id, path, sha256: '0'.repeat(64), frames: 24 },
    modality: 'visual',
    extractor: 'lite',
    conditions: ['clean'],
    workspace,
  });

  test('a job that fails does not stop the others; the error keeps its code and hint', () =>
    inFolder(async (root) => {
      await writeTinyVideo(join(root, 'good.mp4'));
      await writeFile(join(root, 'bad.mp4'), 'no video');
      const jobs = ['bad', 'good', 'absent'].map((id) => job(id, join(root, `${id}.mp4`), root));
      const failures: string[] = [];
      const { done, failed } = await createLocalRunner({ workers: 2 }).run(jobs, {
        onFailure: ({ error }) => failures.push(error.code),
      });
      expect(done.map(({ job }) => job.video.id)).toEqual(['good']);
      expect(failed.map(({ job, error }) => [job.video.id, error.code, error.name])).toEqual([
        ['bad', 'NOT_MEDIA', 'RobustaError'],
        ['absent', 'FILE_NOT_FOUND', 'RobustaError'],
      ]);
      expect(failed[1]!.error).toMatchObject({
        hint: 'check the path',
        message: expect.stringContaining('absent.mp4'),
      });
      expect(failures.sort()).toEqual(['FILE_NOT_FOUND', 'NOT_MEDIA']);
    }));

  test('a thread that dies fails its job only', async () => {
    const entry = fileURLToPath(new URL('./fixtures/misbehaving-worker.mjs', import.meta.url));
    const ids = ['one', 'die', 'two', 'throw', 'three'];
    const jobs = ids.map((id) => job(id, '', ''));
    for (const workers of [1, 2]) {
      const { done, failed } = await createLocalRunner({ workers, entry }).run(jobs);
      expect(done.map(({ job }) => job.video.id)).toEqual(['one', 'two', 'three']);
      expect(failed.map(({ job, error }) => [job.video.id, error.code])).toEqual([
        ['die', 'INTERNAL'],
        ['throw', 'INTERNAL'],
      ]);
      expect(failed[0]!.error.message).toContain('thread');
    }
  });

  test('stops promptly when told to, and leaves nothing half-written', () =>
    inFolder(async (root) => {
      const [short, long] = [join(root, 'short.mp4'), join(root, 'long.mp4')];
      await writeTinyVideo(short, { frames: 16 });
      await writeTinyVideo(long, { frames: 240 });
      const jobs = Array.from({ length: 20 }, (_, i) =>
        job(`v${i}`, i === 0 ? short : long, join(root, 'work')),
      );
      const controller = new AbortController();
      const run = createLocalRunner({ workers: 2 }).run(jobs, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
      const files = await listFiles(join(root, 'work'));
      expect(files.length).toBeLessThan(20);
      for (const file of files) expect(file).toMatch(/\.(npy|json)$/);
      await expect(createLocalRunner().run(jobs, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
    }));

  test('no jobs, no threads', async () => {
    expect(await createLocalRunner().run([])).toEqual({ done: [], failed: [] });
    expect(() => createLocalRunner({ workers: 0 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
