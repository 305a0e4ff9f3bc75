import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RobustaError } from '@robusta/core';
import { describeShared } from '@robusta/test-kit';
import { loadXdViolence, readDatasetFile, writeDatasetFile } from '../src/index.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

const calm = 'street__#1_label_A';
const violent = 'street__#2_label_B1-0-0';
const normal = 'yard__#1_label_A';
const fight = 'yard__#2_label_B1-G-0';

/** Copies one real video to all the names, which is enough wherever only names and lines differ. */
async function layOut(root: string, paths: string[], annotations: string | undefined): Promise<void> {
  const source = join(root, 'source.mp4');
  await writeTinyVideo(source, { frames: 48 });
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(source, join(root, path));
  }
  await rm(source);
  if (annotations !== undefined) await writeFile(join(root, 'annotations.txt'), annotations);
}

const usual = [
  `videos/train/${calm}.mp4`,
  `videos/train/${violent}.mp4`,
  `videos/test/${normal}.mp4`,
  `videos/test/${fight}.mp4`,
];

describe('loadXdViolence', () => {
  test('reads videos, labels and annotations', () =>
    inFolder(async (root) => {
      await layOut(root, usual, `${fight}.mp4 8 20 30 40\n`);
      const progress: number[] = [];
      const dataset = await loadXdViolence(root, {
        name: 'mine',
        onProgress: ({ done }) => progress.push(done),
      });
      expect(dataset).toMatchObject({ name: 'mine', root, problems: [] });
      expect(dataset.videos.map(({ id, split, label }) => [id, split, label])).toEqual([
        [calm, 'train', 0],
        [violent, 'train', 1],
        [normal, 'test', 0],
        [fight, 'test', 1],
      ]);
      expect(dataset.videos[3]).toMatchObject({
        path: `videos/test/${fight}.mp4`,
        fps: 24,
        frames: 48,
        intervals: [
          [8, 20],
          [30, 40],
        ],
        modalities: ['visual', 'audio'],
      });
      expect(progress).toEqual([1, 2, 3, 4]);
    }));

  test.each([
    [
      'the published archives',
      ['1-1004/a__#1_label_A.mp4', '1005-2004/b__#1_label_G-0-0.mp4', 'videos/c__#1_label_A.mp4'],
    ],
    [
      'folders in folders',
      ['xd/training/videos/a__#1_label_A.mp4', 'xd/test_videos/videos/c__#1_label_A.mp4'],
    ],
    ['other words', ['Train_Videos/a__#1_label_A.MP4', 'testing/c__#1_label_A.mkv']],
  ])('accepts %s', (_name, paths) =>
    inFolder(async (root) => {
      await layOut(root, paths, '');
      const { videos } = await loadXdViolence(root);
      expect(videos.filter(({ split }) => split === 'test').map(({ id }) => id)).toEqual(['c__#1_label_A']);
      expect(videos).toHaveLength(paths.length);
    }),
  );

  test('follows linked folders', () =>
    inFolder(async (root) => {
      await layOut(join(root, 'real'), usual, `${fight} 8 20\n`);
      await mkdir(join(root, 'linked'));
      await symlink(join(root, 'real', 'videos'), join(root, 'linked', 'videos'));
      await symlink(join(root, 'real', 'annotations.txt'), join(root, 'linked', 'annotations.txt'));
      expect((await loadXdViolence(join(root, 'linked'))).videos).toHaveLength(4);
    }));

  test('converts annotations of a 30-fps file to the 24-fps grid by time', () =>
    inFolder(async (root) => {
      await layOut(root, usual, `${fight} 15 45\n`);
      await writeTinyVideo(join(root, `videos/test/${fight}.mp4`), { frames: 60, fps: 30 });
      const { videos } = await loadXdViolence(root);
      expect(videos[3]).toMatchObject({ fps: 30, frames: 48, intervals: [[12, 36]] });
    }));

  test('tells which streams a file has', () =>
    inFolder(async (root) => {
      await layOut(root, usual, `${fight} 8 20\n`);
      await writeTinyVideo(join(root, `videos/test/${normal}.mp4`), { sound: false });
      const { videos } = await loadXdViolence(root);
      expect(videos[2]!.modalities).toEqual(['visual']);
    }));

  test('goes on without what cannot be used, and says so', () =>
    inFolder(async (root) => {
      const unannotated = 'yard__#3_label_G-0-0';
      const broken = 'yard__#4_label_A';
      const cut = 'yard__#5_label_A';
      const paths = [unannotated, broken, cut].map((id) => `videos/test/${id}.mp4`);
      const annotations = [
        `${fight} 8 20 40 900`,
        `${fight} 1 2`,
        `${normal} 3 4`,
        `absent__#1_label_B1-0-0 3 4`,
      ];
      await layOut(root, [...usual, ...paths, `videos/test/copy/${normal}.mp4`], annotations.join('\n'));
      await writeFile(join(root, paths[1]!), 'this is no video');
      await truncate(join(root, paths[2]!), 9000);
      const { videos, problems } = await loadXdViolence(root);
      expect(videos.map(({ id }) => id)).toEqual([calm, violent, normal, fight]);
      expect(videos[3]!.intervals).toEqual([
        [8, 20],
        [40, 48],
      ]);
      const seen = problems.map(({ video, code, skipped, message }) => [video, code, skipped, message]);
      expect(seen).toEqual([
        ['absent__#1_label_B1-0-0', 'MISSING_VIDEO', true, expect.stringContaining('annotations.txt:4')],
        [normal, 'BAD_ANNOTATION', false, expect.stringContaining('_label_A')],
        [normal, 'BAD_DATASET', false, expect.stringContaining('has the name of')],
        [fight, 'BAD_ANNOTATION', false, expect.stringContaining('annotations.txt:2')],
        [fight, 'BAD_ANNOTATION', false, expect.stringContaining('up to frame 900 but the video has 48')],
        [unannotated, 'BAD_ANNOTATION', true, expect.stringContaining('cannot be evaluated')],
        [broken, 'NOT_MEDIA', true, expect.stringContaining(broken)],
        [cut, 'TRUNCATED', true, expect.stringContaining(cut)],
      ]);
    }));

  test('keeps what it knows of unchanged files, and looks at changed ones again', () =>
    inFolder(async (root) => {
      const cache = join(root, 'dataset.jsonl');
      const data = join(root, 'data');
      await layOut(data, usual, `${fight} 8 20\n`);
      const first = await loadXdViolence(data, { cache });
      expect(await readDatasetFile(cache)).toEqual(first.videos);
      // A falsified entry shows that the cache is used; a touched file, that it is not used then.
      const forged = first.videos.map((video) => ({ ...video, sha256: 'f'.repeat(64) }));
      await writeDatasetFile(cache, forged);
      await utimes(join(data, usual[0]!), 1000, 1000);
      const hashes = (await loadXdViolence(data, { cache })).videos.map(({ sha256 }) => sha256);
      expect(hashes).toEqual([first.videos[0]!.sha256, ...new Array(3).fill('f'.repeat(64))]);
      // A damaged cache is made again.
      await writeFile(cache, '{"id":');
      expect((await loadXdViolence(data, { cache })).videos[1]).toEqual(first.videos[1]);
      expect(await readFile(cache, 'utf8')).toContain(fight);
    }));

  test('an interrupted load is gone on with where it stopped', () =>
    inFolder(async (root) => {
      const cache = join(root, 'dataset.jsonl');
      const data = join(root, 'data');
      await layOut(data, usual, `${fight} 8 20\n`);
      const controller = new AbortController();
      const stopped = loadXdViolence(data, {
        cache,
        concurrency: 1,
        signal: controller.signal,
        onProgress: ({ done }) => done === 2 && controller.abort(),
      });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
      expect(existsSync(cache)).toBe(false);
      const journal = `${cache}.partial`;
      const lines = (await readFile(journal, 'utf8')).split('\n');
      expect(lines).toHaveLength(3);
      // The first is falsified, to be seen again; the second was cut off by the end of the process.
      const forged = lines[1]!.replace(/"sha256":"\w+"/, `"sha256":"${'f'.repeat(64)}"`);
      await writeFile(journal, `\n${forged}\n${lines[2]!.slice(0, 40)}`);
      const hashes = (await loadXdViolence(data, { cache })).videos.map(({ sha256 }) => sha256);
      expect([hashes[0], new Set(hashes).size]).toEqual(['f'.repeat(64), 2]);
      expect(existsSync(journal)).toBe(false);
      expect((await readDatasetFile(cache)).map(({ sha256 }) => sha256)).toEqual(hashes);
    }));

  test('a cache in a folder that does not exist is an error, not a fault of the videos', () =>
    inFolder(async (root) => {
      await layOut(root, usual, `${fight} 8 20\n`);
      const cache = join(root, 'nowhere', 'dataset.jsonl');
      await expect(loadXdViolence(root, { cache })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    }));

  test('a video whose name tells no label takes no part', () =>
    inFolder(async (root) => {
      await layOut(root, [...usual, 'videos/train/film.mp4'], `${fight} 8 20\n`);
      const { videos, problems } = await loadXdViolence(root);
      expect(videos).toHaveLength(4);
      expect(problems).toMatchObject([{ video: 'film', rule: 'no-label', skipped: true }]);
    }));

  const refused: [string, string[], string | undefined, string, string][] = [
    ['a folder without videos', [], '', 'BAD_DATASET', 'no videos'],
    ['only training videos', ['train/a__#1_label_A.mp4'], '', 'BAD_DATASET', 'no test videos'],
    ['only test videos', ['test/a__#1_label_A.mp4'], '', 'BAD_DATASET', 'no training videos'],
    ['videos of no split', ['a.mp4', 'test/b.mp4'], '', 'BAD_DATASET', 'a.mp4 is neither'],
    ['no annotations', usual, undefined, 'BAD_DATASET', 'no annotations.txt'],
    [
      'an odd number of frames',
      usual,
      `${fight} 1 2 3\n`,
      'BAD_ANNOTATION',
      'annotations.txt:1: 3 frame numbers',
    ],
  ];
  test.each(refused)('refuses %s', (_name, paths, annotations, code, message) =>
    inFolder(async (root) => {
      await layOut(root, paths, annotations);
      await expect(loadXdViolence(root)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    }),
  );

  test('refuses a folder that does not exist, unknown options, and stops when told to', async () => {
    await expect(loadXdViolence('/nowhere/at/all')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(loadXdViolence('.', { cash: 'x' } as object)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(loadXdViolence('.', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('dataset files', () => {
  test('name the line that is damaged', () =>
    inFolder(async (root) => {
      const path = join(root, 'dataset.jsonl');
      await layOut(root, usual, `${fight} 8 20\n`);
      const { videos } = await loadXdViolence(root);
      await writeDatasetFile(path, videos);
      const lines = (await readFile(path, 'utf8')).split('\n');
      await writeFile(path, [lines[0], lines[1]!.replace('"label":1', '"label":2'), lines[2]].join('\n'));
      const error = await readDatasetFile(path).catch((e: unknown) => e);
      expect(RobustaError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        code: 'BAD_FORMAT',
        message: expect.stringContaining(`${path}:2: not a video record: label`),
      });
      await rename(path, `${path}.old`);
      await expect(readDatasetFile(path)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    }));
});

describeShared('data/surv-events', (root) => {
  test('is read as XD-Violence is', async () => {
    const { videos, problems } = await loadXdViolence(root);
    const count = (split: string, label: number) =>
      videos.filter((video) => video.split === split && video.label === label).length;
    expect(problems).toEqual([]);
    expect([count('train', 0), count('train', 1), count('test', 0), count('test', 1)]).toEqual([
      40, 40, 14, 22,
    ]);
    for (const { frames, fps, modalities, intervals } of videos) {
      expect(fps).toBe(24);
      expect(frames).toBeGreaterThanOrEqual(12 * 24);
      expect(modalities).toEqual(['visual', 'audio']);
      for (const [start, end] of intervals) expect(end - start).toBeGreaterThan(0);
    }
  });
});
