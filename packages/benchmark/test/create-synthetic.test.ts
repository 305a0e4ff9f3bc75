import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAudio, readFrames } from '@robusta/media';
import { createSyntheticDataset, loadXdViolence, type SyntheticOptions } from '../src/index.js';
import { createRenderer } from '../src/synthetic/render.js';
import { inFolder } from './tiny-video.js';

const tiny = {
  videos: { train: 3, test: 3 },
  seconds: 2,
  seed: 4,
  width: 64,
  height: 48,
} satisfies SyntheticOptions;

async function contents(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const bytes = await Promise.all(files.map((file) => readFile(file, 'base64')));
  return Object.fromEntries(files.map((file, i) => [file.slice(root.length), bytes[i]!]));
}

describe('createSyntheticDataset', () => {
  test('gives the same bytes with one and with two workers, and what loadXdViolence reads is what was planned', () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      const progress: number[] = [];
      const { plans, made, kept } = await createSyntheticDataset(one, {
        ...tiny,
        jobs: 1,
        onProgress: ({ done, total }) => progress.push(done / total),
      });
      expect([made, kept]).toEqual([6, 0]);
      expect(progress.at(-1)).toBe(1);
      await createSyntheticDataset(two, { ...tiny, jobs: 2 });
      expect(await contents(two)).toEqual(await contents(one));

      const { videos, problems } = await loadXdViolence(one);
      expect(problems).toEqual([]);
      const found = videos.map(({ id, split, label, frames, intervals }) => ({
        id,
        split,
        label,
        frames,
        intervals,
      }));
      const planned = plans.map(({ id, split, label, frames, intervals }) => ({
        id,
        split,
        label,
        frames,
        intervals: split === 'test' ? intervals : [],
      }));
      expect(found).toEqual(planned);
      for (const { modalities, fps } of videos) expect([modalities, fps]).toEqual([['visual', 'audio'], 24]);
    }));

  test('files show and sound like their plan', () =>
    inFolder(async (folder) => {
      const { plans } = await createSyntheticDataset(folder, { ...tiny, videos: { train: 2, test: 2 } });
      const plan = plans.find(({ label }) => label === 1)!;
      const path = join(folder, 'videos', plan.split, `${plan.id}.mp4`);
      const render = createRenderer(plan);
      let index = 0;
      let error = 0;
      for await (const { data } of readFrames(path, { fps: 24 })) {
        const expected = render(index++).data;
        for (let i = 0; i < data.length; i++) error += Math.abs(data[i]! - expected[i]!);
      }
      expect(index).toBe(plan.frames);
      // Lossy coding and halved chroma; a picture out of place would be off by far more.
      expect(error / (index * 64 * 48 * 3)).toBeLessThan(8);
      const { sampleRate, channels } = await readAudio(path);
      expect([sampleRate, channels.length, channels[0]!.length]).toEqual([44100, 1, 2 * 44100]);
    }));

  test('goes on where it was interrupted', () =>
    inFolder(async (folder) => {
      const root = join(folder, 'data');
      const controller = new AbortController();
      const run = createSyntheticDataset(root, {
        ...tiny,
        jobs: 1,
        signal: controller.signal,
        onProgress: ({ done }) => done === 2 && controller.abort(),
      });
      await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
      const files = Object.keys(await contents(root));
      expect(files.filter((file) => file.endsWith('.mp4'))).toHaveLength(2);
      expect(files).not.toContain('/annotations.txt');
      expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
      await expect(loadXdViolence(root)).rejects.toMatchObject({ code: 'BAD_DATASET' });

      const first = join(root, files.find((file) => file.endsWith('.mp4'))!);
      const before = (await stat(first)).mtimeMs;
      // A killed process leaves such a file.
      await writeFile(join(root, 'videos', 'train', '.synth.train.002__#1_label_A.mp4.x.tmp'), 'half');
      expect(await createSyntheticDataset(root, tiny)).toMatchObject({ made: 4, kept: 2 });
      expect((await stat(first)).mtimeMs).toBe(before);
      expect(Object.keys(await contents(root)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
      expect(await createSyntheticDataset(root, tiny)).toMatchObject({ made: 0, kept: 6 });
      await rm(first);
      expect(await createSyntheticDataset(root, tiny)).toMatchObject({ made: 1, kept: 5 });
    }));

  test('never writes into a folder that holds something else', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'thesis.txt'), 'mine');
      await expect(createSyntheticDataset(folder, tiny)).rejects.toMatchObject({ code: 'BAD_DATASET' });
      expect(await readdir(folder)).toEqual(['thesis.txt']);
      const root = join(folder, 'data');
      await createSyntheticDataset(root, { ...tiny, videos: { train: 2, test: 2 } });
      await expect(createSyntheticDataset(root, { ...tiny, seed: 5 })).rejects.toMatchObject({
        code: 'BAD_DATASET',
        message: expect.stringContaining('other options'),
      });
    }));

  test.each([
    [{ width: 33 }, 'width: must be even'],
    [{ seconds: 1 }, 'seconds'],
    [{ seed: -1 }, 'seed'],
    [{ videos: { train: 0, test: 2 } }, 'videos.train'],
    [{ colour: true } as object, 'colour'],
  ])('refuses %j', async (options, message) => {
    await expect(createSyntheticDataset('/nowhere', options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message),
    });
  });
});
