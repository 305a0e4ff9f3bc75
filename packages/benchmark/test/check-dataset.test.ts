import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { checkDataset, DATASET_RULES, loadDataset, writeDatasetFile } from '../src/index.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

const normal = 'a__#1_label_A';
const violent = 'b__#1_label_B1-0-0';
const calm = 'c__#1_label_A';
const fight = 'd__#1_label_B1-G-0';

/** Links one real video of two seconds to all the paths. */
async function layOut(root: string, paths: string[], annotations: string): Promise<void> {
  await writeTinyVideo(join(root, 'source.bin.mp4'), { frames: 48 });
  for (const path of paths) {
    await mkdir(dirname(join(root, 'data', path)), { recursive: true });
    await symlink(join(root, 'source.bin.mp4'), join(root, 'data', path));
  }
  await writeFile(join(root, 'data', 'annotations.txt'), annotations);
}

const usual = [`train/${normal}.mp4`, `train/${violent}.mp4`, `test/${calm}.mp4`, `test/${fight}.mp4`];
const check = (root: string, options = {}) =>
  checkDataset({ kind: 'xd-violence', root: join(root, 'data'), ...options });

test('a dataset without fault has counts and no findings, of whatever kind it is called', () =>
  inFolder(async (root) => {
    await layOut(root, usual, `${fight} 8 20 30 40\n`);
    const progress: number[] = [];
    const report = await check(root, { onProgress: ({ done }: { done: number }) => progress.push(done) });
    expect(report).toEqual({
      kind: 'xd-violence',
      name: 'data',
      root: join(root, 'data'),
      counts: {
        train: { normal: 1, anomalous: 1 },
        test: { normal: 1, anomalous: 1 },
        annotated: { videos: 1, stretches: 2 },
        media: { files: 4, opened: 4, hours: 8 / 3600 },
        features: { visual: 0, audio: 0, rows: 0 },
      },
      findings: [],
      errors: 0,
      warnings: 0,
      notes: 0,
    });
    expect(progress).toEqual([1, 2, 3, 4]);
    const synthetic = await checkDataset({ kind: 'synthetic', root: join(root, 'data') });
    expect(synthetic.counts).toEqual(report.counts);
    const loaded = await loadDataset({ kind: 'synthetic', root: join(root, 'data'), name: 'mine' });
    expect([loaded.name, loaded.videos.length]).toEqual(['mine', 4]);
  }));

test('every fault of names, lists, annotations and videos is found and counted', () =>
  inFolder(async (root) => {
    const paths = [...usual, `test/again/${calm}.mp4`, 'test/unnamed.mp4', `train/${'m__#1_label_A'}.mp4`];
    const lines = [
      `${fight}.mp4 8 20 15 90`,
      `${fight} 1 2`,
      `${calm} 1 2`,
      `${violent} 1 2`,
      'gone__#1_label_G-0-0 1 2',
    ];
    await layOut(root, paths, lines.join('\n'));
    const data = join(root, 'data');
    await writeTinyVideo(join(data, 'test/silent__#00-00-00_00-00-01_label_A.mp4'), {
      sound: false,
      fps: 30,
    });
    await writeFile(join(data, 'test/text__#1_label_A.mp4'), 'no video');
    const train = [normal, violent, 'unknown__#1_label_B4-0-0'];
    await writeFile(join(data, 'train-videos.txt'), train.join('\n'));
    const testNames = [
      calm,
      calm,
      fight,
      normal,
      'unnamed',
      'silent__#00-00-00_00-00-01_label_A',
      'text__#1_label_A',
      'none__#1_label_B5-0-0',
    ];
    await writeFile(join(data, 'test-videos.txt'), testNames.join('\n'));
    const report = await check(root);
    const found = report.findings.map(({ rule, cases }) => [rule, cases.map(({ video }) => video)]);
    expect(Object.fromEntries(found)).toEqual({
      'missing-media': ['none__#1_label_B5-0-0', 'unknown__#1_label_B4-0-0'],
      'bad-media': ['text__#1_label_A'],
      'no-label': ['unnamed'],
      'not-annotated': ['none__#1_label_B5-0-0'],
      'annotated-unlisted': [violent, 'gone__#1_label_G-0-0'],
      'annotated-normal': [calm],
      'in-both-splits': [normal],
      'beyond-end': [fight],
      'annotated-twice': [fight],
      'duplicate-media': [calm],
      'listed-twice': [calm],
      'split-differs': [normal],
      'unlisted-media': ['m__#1_label_A'],
      'no-sound': ['silent__#00-00-00_00-00-01_label_A'],
      'other-rate': ['silent__#00-00-00_00-00-01_label_A'],
      'ranges-overlap': [fight],
      'stray-extension': [fight],
    });
    const rules = report.findings.map(({ rule }) => rule);
    expect(rules).toEqual(Object.keys(DATASET_RULES).filter((rule) => rules.includes(rule as never)));
    expect([report.errors, report.warnings, report.notes]).toEqual([9, 6, 4]);
    // What can be loaded is what was counted, less what the check says takes no part.
    const { videos, problems } = await loadDataset({ kind: 'xd-violence', root: data });
    const skipped = new Set(problems.filter(({ skipped }) => skipped).map(({ video }) => video));
    const { train: counted, test: tested } = report.counts;
    const entries = counted.normal + counted.anomalous + tested.normal + tested.anomalous;
    const absent = ['unknown__#1_label_B4-0-0', 'none__#1_label_B5-0-0', 'text__#1_label_A'];
    expect(videos).toHaveLength(entries - absent.length);
    for (const id of absent) expect(skipped.has(id)).toBe(true);
  }));

test('lists alone are checked; only loading needs videos', () =>
  inFolder(async (root) => {
    await mkdir(join(root, 'data'), { recursive: true });
    const data = join(root, 'data');
    await writeFile(join(data, 'annotations.txt'), 'a__#00-01-00_00-01-10_label_G-0-0 10 240 250 900\n');
    await writeFile(join(data, 'train-videos.txt'), normal);
    await writeFile(join(data, 'test-videos.txt'), `a__#00-01-00_00-01-10_label_G-0-0\n${fight}\n`);
    const report = await check(root);
    expect(report.findings.map(({ rule, count }) => [rule, count])).toEqual([
      ['not-annotated', 1],
      // Frame 900 is second 37.5, the name says ten.
      ['beyond-end', 1],
      ['nothing-to-read', 1],
      ['shared-source', 1],
    ]);
    await expect(loadDataset({ kind: 'xd-violence', root: data })).rejects.toMatchObject({
      code: 'BAD_DATASET',
    });
  }));

test('names can be compared without opening a file; known videos are not opened again', () =>
  inFolder(async (root) => {
    await layOut(root, usual.slice(1), `${fight} 8 20\n`);
    const broken = join(root, 'data', usual[0]!);
    await writeFile(broken, 'no video');
    const quick = await check(root, { probe: false });
    expect([quick.counts.media, quick.errors]).toEqual([{ files: 4, opened: 0, hours: 0 }, 0]);
    expect((await check(root)).findings.map(({ rule }) => rule)).toEqual(['bad-media']);

    await rm(broken);
    await copyFile(join(root, 'source.bin.mp4'), broken);
    const { videos } = await loadDataset({ kind: 'xd-violence', root: join(root, 'data') });
    const cache = join(root, 'dataset.jsonl');
    // A falsified entry shows that it is used.
    await writeDatasetFile(
      cache,
      videos.map((video) => ({ ...video, frames: 24 * 900 })),
    );
    expect((await check(root, { cache })).counts.media.hours).toBe(1);
  }));

test('the README lists every rule as it is', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  for (const [rule, { severity, code, about }] of Object.entries(DATASET_RULES)) {
    expect(rows).toContainEqual(['', `\`${rule}\``, severity, `\`${code}\``, about, '']);
  }
});

test('unknown options are refused, and it stops when told to', () =>
  inFolder(async (root) => {
    await layOut(root, usual, '');
    await expect(check(root, { csv: 'x' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(check(root, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const controller = new AbortController();
    const stop = check(root, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
      concurrency: 1,
    });
    await expect(stop).rejects.toMatchObject({ code: 'ABORTED' });
  }));

describeShared('data/xd-violence', (root) => {
  test('the published lists and annotations fit together', async () => {
    const report = await checkDataset({ kind: 'xd-violence', root });
    expect(report.counts).toMatchObject({
      train: { normal: 2049, anomalous: 1905 },
      test: { normal: 300, anomalous: 500 },
      annotated: { videos: 500 },
    });
    expect(report.findings.map(({ rule, count }) => [rule, count])).toEqual([
      ['two-labels', 2],
      ['shared-footage', 2],
      ['nothing-to-read', 1],
      ['stray-extension', 14],
      ['unpadded-label', 2],
      ['overlapping-parts', 2],
      ['shared-source', 184],
    ]);
  });
});

describeShared('data/surv-events', (root) => {
  test('has nothing odd', async () => {
    const report = await checkDataset({ kind: 'xd-violence', root });
    expect(report).toMatchObject({ counts: { media: { files: 116, opened: 116 } }, findings: [] });
  });
});
