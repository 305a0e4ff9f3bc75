import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFeatures } from '@robusta/detector';
import { loadFeatureFolders } from '../src/index.js';
import { dims, toyNames, toyRows, writeRows, writeToyFolders } from './feature-files.js';
import { inFolder } from './tiny-video.js';

const ids = toyNames(4);

test('crops and sound of a video are joined by name, its label is in the name, nothing but headers is read', () =>
  inFolder(async (root) => {
    const { videos, problems } = await loadFeatureFolders(await writeToyFolders(root, ids));
    expect(problems).toEqual([]);
    expect(videos.map(({ id, label }) => [id, label])).toEqual(ids.map((id, i) => [id, i % 2]));
    const { visual, audio } = videos[1] as { visual: StoredFeatures; audio: StoredFeatures };
    expect([visual.length, visual.crops, visual.dim]).toEqual([10, 2, dims.visual]);
    expect([audio.length, audio.crops, audio.dim]).toEqual([10, 1, dims.audio]);
    expect((await audio.read()).data).toEqual(toyRows(ids[1]!, 10, dims.audio));
    const rows = toyRows(ids[1]!, 10, dims.visual);
    expect((await visual.read(1)).data).toEqual(rows.map((value) => value + 1 / 8));
  }));

test('one folder alone, one file for a video', () =>
  inFolder(async (root) => {
    const { audio } = await writeToyFolders(root, ids);
    await rename(join(audio, `${ids[0]}__vggish.npy`), join(audio, `${ids[0]}.npy`));
    const { videos } = await loadFeatureFolders({ audio });
    expect(videos.map(({ id }) => id)).toEqual(ids);
    expect(Object.keys(videos[0]!)).toEqual(['id', 'label', 'audio']);
  }));

test('both modalities may lie in one folder, as robusta extract writes the official layout', () =>
  inFolder(async (root) => {
    const { visual, audio } = await writeToyFolders(root, ids);
    for (const id of ids) await rename(join(audio, `${id}__vggish.npy`), join(visual, `${id}__vggish.npy`));
    const { videos } = await loadFeatureFolders({ visual, audio: visual });
    expect(videos.map(({ id }) => id)).toEqual(ids);
    for (const video of videos) expect([video.visual!.crops, video.audio!.crops]).toEqual([2, 1]);
  }));

test('a list of foreign paths chooses videos and their order; each crop may have a line', () =>
  inFolder(async (root) => {
    const folders = await writeToyFolders(root, ids);
    const list = join(root, 'rgb.list');
    const lines = [
      `/home/x/i3d/${ids[2]}__0.npy`,
      `/home/x/i3d/${ids[2]}__1.npy`,
      `${ids[0]}__vggish.npy`,
      '',
    ];
    await writeFile(list, lines.join('\r\n'));
    const { videos } = await loadFeatureFolders({ ...folders, list });
    expect(videos.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    await writeFile(list, `${ids[2]}__0.npy\ngone_label_A__0.npy\n`);
    await expect(loadFeatureFolders({ ...folders, list })).rejects.toMatchObject({
      code: 'MISSING_VIDEO',
      message: expect.stringContaining(`${list}:2`),
    });
  }));

test.each([
  [10, 9, 0],
  [9, 12, 1],
])('%i visual and %i audio snippets: the longer is cut, %i problems', (seen, heard, count) =>
  inFolder(async (root) => {
    const folders = await writeToyFolders(root, ids.slice(0, 2));
    const id = ids[1]!;
    const rows = toyRows(id, heard, dims.audio);
    await writeRows(join(folders.audio, `${id}__vggish.npy`), rows, dims.audio);
    for (const crop of [0, 1]) {
      await writeRows(
        join(folders.visual, `${id}__${crop}.npy`),
        toyRows(id, seen, dims.visual),
        dims.visual,
      );
    }
    const { videos, problems } = await loadFeatureFolders(folders);
    const shorter = Math.min(seen, heard);
    const { visual, audio } = videos[1] as { visual: StoredFeatures; audio: StoredFeatures };
    expect([visual.length, audio.length]).toEqual([shorter, shorter]);
    expect((await audio.read()).data).toEqual(rows.slice(0, shorter * dims.audio));
    expect((await visual.read()).data).toHaveLength(shorter * 2 * dims.visual);
    expect(problems.map(({ video, code, skipped }) => [video, code, skipped])).toEqual(
      Array.from({ length: count }, () => [id, 'LENGTH_MISMATCH', false]),
    );
  }),
);

test('annotations give each frame a label', () =>
  inFolder(async (root) => {
    const folders = await writeToyFolders(root, ids.slice(0, 2));
    const annotations = join(root, 'annotations.txt');
    await writeFile(annotations, `${ids[1]}.mp4 16 48 150 9999\n`);
    const { videos } = await loadFeatureFolders({ ...folders, annotations });
    expect(videos[0]!.labels).toEqual(new Uint8Array(9 * 16));
    const expected = new Uint8Array(10 * 16).fill(1, 16, 48).fill(1, 150);
    expect(videos[1]!.labels).toEqual(expected);
    await writeFile(annotations, '');
    await expect(loadFeatureFolders({ ...folders, annotations })).rejects.toMatchObject({
      code: 'BAD_ANNOTATION',
      message: expect.stringContaining(ids[1]!),
    });
  }));

describe('refusals name the file and what to do', () => {
  const normal = ids[0]!;
  test.each<[string, string, (visual: string, audio: string) => Promise<unknown>, string]>([
    ['a folder that is absent', 'FILE_NOT_FOUND', (visual) => rm(visual, { recursive: true }), 'visual'],
    [
      'a folder without features',
      'BAD_DATASET',
      async (visual) => {
        await rm(visual, { recursive: true });
        await mkdir(visual);
      },
      'visual',
    ],
    [
      'a name without a label',
      'BAD_DATASET',
      (visual) => rename(join(visual, `${normal}__0.npy`), join(visual, 'film__0.npy')),
      'film__0.npy',
    ],
    [
      'a crop that is absent',
      'BAD_DATASET',
      (visual) => rm(join(visual, `${normal}__0.npy`)),
      `${normal}__1.npy`,
    ],
    [
      'sound that is absent',
      'MISSING_MODALITY',
      (_, audio) => rm(join(audio, `${normal}__vggish.npy`)),
      normal,
    ],
    [
      'a file that ends early',
      'TRUNCATED',
      (_, audio) => truncate(join(audio, `${normal}__vggish.npy`), 200),
      `${normal}__vggish.npy`,
    ],
    [
      'a file that is no array',
      'BAD_FORMAT',
      (_, audio) => writeFile(join(audio, `${normal}__vggish.npy`), 'x'.repeat(500)),
      `${normal}__vggish.npy`,
    ],
  ])('%s: %s', (_what, code, spoil, names) =>
    inFolder(async (root) => {
      const folders = await writeToyFolders(root, ids);
      await spoil(folders.visual, folders.audio);
      await expect(loadFeatureFolders(folders)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(names),
      });
    }),
  );

  test('no folder at all', () =>
    expect(loadFeatureFolders({})).rejects.toMatchObject({ code: 'BAD_OPTION' }));
});
