import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFeatures } from '@robusta/detector';
import { checkDataset, loadXdViolence } from '../src/index.js';
import { dims, toyRows, writeRows } from './feature-files.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

const train = ['a__#1_label_A', 'b__#1_label_B1-0-0', 'v=x__y__#1_label_G'];
const test_ = ['c__#1_label_A', 'd__#1_label_B2-G-0'];
const crops = [0, 1, 2, 3, 4];

/** The folders and lists of the published features; every video has 4 rows. */
async function layOut(root: string): Promise<void> {
  const list = join(root, 'list');
  await mkdir(list, { recursive: true });
  for (const [ids, visual, audio, suffix] of [
    [train, 'RGB', 'train', ''],
    [test_, 'RGBTest', 'test', '_test'],
  ] as const) {
    for (const id of ids) {
      await writeBoth(root, id, { visual: `i3d-features/${visual}`, audio: `vggish-features/${audio}` });
    }
    const cropLines = ids.flatMap((id) => crops.map((crop) => `/home/x/${visual}/${id}__${crop}.npy`));
    await writeFile(join(list, `rgb${suffix}.list`), cropLines.join('\n'));
    await writeFile(
      join(list, `audio${suffix}.list`),
      ids.map((id) => `/home/x/${id}__vggish.npy`).join('\n'),
    );
    await writeFile(join(list, `flow${suffix}.list`), 'nothing of ours');
  }
  await mkdir(join(root, 'i3d-features/Flow'), { recursive: true });
  await writeFile(join(root, 'i3d-features/Flow', `${train[0]}__0.npy`), 'not looked at');
  await writeFile(join(list, 'gt.npy'), 'not looked at');
  await writeFile(join(list, 'annotations.txt'), `${test_[1]} 8 20 30 40\n`);
}

async function writeBoth(
  root: string,
  id: string,
  folders: { visual: string; audio: string },
  rows = { visual: 4, audio: 4 },
): Promise<void> {
  for (const folder of Object.values(folders)) await mkdir(join(root, folder), { recursive: true });
  const seen = toyRows(id, rows.visual, dims.visual);
  for (const crop of crops) {
    await writeRows(
      join(root, folders.visual, `${id}__${crop}.npy`),
      seen.map((x) => x + crop),
      dims.visual,
    );
  }
  const heard = toyRows(id, rows.audio, dims.audio);
  await writeRows(join(root, folders.audio, `${id}__vggish.npy`), heard, dims.audio);
}

test('published features and lists alone are a dataset', () =>
  inFolder(async (root) => {
    await layOut(root);
    const { videos, features, problems } = await loadXdViolence(root);
    expect([videos, problems]).toEqual([[], []]);
    expect(features!.train.map(({ id, label }) => [id, label])).toEqual([
      [train[0], 0],
      [train[1], 1],
      [train[2], 1],
    ]);
    const [normal, violent] = features!.test;
    expect(normal!.labels).toEqual(new Uint8Array(64));
    expect(violent!.labels).toEqual(new Uint8Array(64).fill(1, 8, 20).fill(1, 30, 40));
    const visual = violent!.visual as StoredFeatures;
    expect([visual.length, visual.crops, visual.dim]).toEqual([4, 5, dims.visual]);
    expect((await visual.read(2)).data).toEqual(toyRows(test_[1]!, 4, dims.visual).map((x) => x + 2));
    expect(features!.train[0]).not.toHaveProperty('labels');
  }));

test('without lists, folders say what is for testing', () =>
  inFolder(async (root) => {
    await layOut(root);
    const lists = join(root, 'list');
    for (const name of ['rgb', 'rgb_test', 'audio', 'audio_test']) await rm(join(lists, `${name}.list`));
    const { features, problems } = await loadXdViolence(root);
    expect(features!.train.map(({ id }) => id)).toEqual(train);
    expect(features!.test.map(({ id }) => id)).toEqual(test_);
    expect(problems).toEqual([]);
  }));

test('videos in one folder, annotations in another, features in a third', () =>
  inFolder(async (root) => {
    const source = join(root, 'features');
    await layOut(source);
    for (const id of [...train, ...test_]) {
      await writeTinyVideo(join(root, 'videos', `${id}.mp4`), { frames: 48 });
    }
    const lists = join(root, 'lists');
    await rename(join(source, 'list'), lists);
    const places = { lists, features: source };
    const { videos, features, problems } = await loadXdViolence(join(root, 'videos'), places);
    // All lie in one folder: the lists alone say what is for testing.
    expect(videos.map(({ id, split }) => [id, split])).toEqual([
      ...train.map((id) => [id, 'train']),
      ...test_.map((id) => [id, 'test']),
    ]);
    expect([features!.train.length, features!.test.length, problems.length]).toEqual([3, 2, 0]);
    const only = await loadXdViolence(join(root, 'videos'), { lists });
    expect(only).not.toHaveProperty('features');
    await expect(loadXdViolence(join(root, 'videos'), { lists, features: true })).rejects.toMatchObject({
      code: 'BAD_DATASET',
      message: expect.stringContaining('no features'),
    });
    const { counts } = await checkDataset({ kind: 'xd-violence', root: join(root, 'videos'), ...places });
    expect(counts).toMatchObject({
      media: { files: 5, opened: 5 },
      features: { visual: 5, audio: 5, rows: 20 },
    });
  }));

test('videos of the test set beside features of all: what has either is not missing', () =>
  inFolder(async (root) => {
    await layOut(join(root, 'features'));
    const videos = join(root, 'videos');
    for (const id of test_) await writeTinyVideo(join(videos, `${id}.mp4`), { frames: 48 });
    const places = { lists: join(root, 'features/list'), features: join(root, 'features') };
    const dataset = await loadXdViolence(videos, places);
    expect(dataset.videos.map(({ id }) => id)).toEqual(test_);
    expect([dataset.features!.train.length, dataset.problems]).toEqual([3, []]);
    const without = await loadXdViolence(videos, { lists: places.lists });
    expect(without.problems.map(({ video, rule }) => [video, rule])).toEqual(
      train.map((id) => [id, 'missing-media']),
    );
  }));

test('whatever is odd about features is told of, and the rest is loaded', () =>
  inFolder(async (root) => {
    await layOut(root);
    const [rgb, sound] = [join(root, 'i3d-features/RGB'), join(root, 'vggish-features/train')];
    const folders = { visual: 'i3d-features/RGB', audio: 'vggish-features/train' };
    await rm(join(rgb, `${train[0]}__2.npy`));
    await truncate(join(sound, `${train[1]}__vggish.npy`), 100);
    await writeBoth(root, train[2]!, folders, { visual: 7, audio: 4 });
    await rm(join(root, 'vggish-features/test', `${test_[0]}__vggish.npy`));
    await writeBoth(root, 'extra__#1_label_A', folders);
    await writeBoth(root, test_[1]!, { visual: 'i3d-features/RGBTest', audio: 'z/audio' });
    await writeFile(join(root, 'list/annotations.txt'), `${test_[1]} 900 920\n`);
    await writeFile(
      join(root, 'list/audio.list'),
      [...train, 'gone__#1_label_A'].map((id) => `${id}__vggish.npy`).join('\n'),
    );

    const { features, problems } = await loadXdViolence(root);
    expect(features!.train.map(({ id, ...video }) => [id, 'visual' in video, 'audio' in video])).toEqual([
      [train[0], false, true],
      [train[1], true, false],
      [train[2], true, true],
    ]);
    expect(features!.train[2]!.visual).toMatchObject({ length: 4 });
    expect(features!.test.map(({ id }) => id)).toEqual([test_[0]]);
    const found = problems.map(({ rule, video, skipped }) => `${video} ${rule}${skipped ? ' skipped' : ''}`);
    expect(found.sort()).toEqual([
      `${train[0]} missing-crop`,
      `${train[1]} bad-features`,
      `${test_[0]} missing-features`,
      `${test_[1]} duplicate-features`,
      `${test_[1]} not-annotated skipped`,
      'extra__#1_label_A unlisted-features skipped',
      'gone__#1_label_A lists-differ',
      'gone__#1_label_A missing-features skipped',
      'gone__#1_label_A missing-features skipped',
      `${train[2]} lengths-differ`,
    ]);
    const report = await checkDataset({ kind: 'xd-violence', root });
    expect(report.findings.map(({ rule, count }) => [rule, count])).toEqual([
      ['missing-features', 3],
      ['bad-features', 1],
      ['missing-crop', 1],
      ['not-annotated', 1],
      ['beyond-end', 1],
      ['duplicate-features', 1],
      ['lists-differ', 1],
      ['unlisted-features', 1],
      ['lengths-differ', 1],
      ['unpadded-label', 1],
    ]);
  }));

test('features that nothing sorts are refused', () =>
  inFolder(async (root) => {
    await writeBoth(root, train[0]!, { visual: 'rgb', audio: 'sound' });
    await writeFile(join(root, 'annotations.txt'), '');
    await expect(loadXdViolence(root)).rejects.toMatchObject({
      code: 'BAD_DATASET',
      message: expect.stringContaining('neither in a training nor in a test folder'),
    });
  }));
