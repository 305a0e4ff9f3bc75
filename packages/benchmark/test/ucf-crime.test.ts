import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { checkDataset, loadDataset, loadUcfCrime } from '../src/index.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

const annotated = [
  'Abuse028_x264.mp4  Abuse  15  45  -1  -1',
  'Arson007_x264.mp4  Arson  0  6  50  99',
  'Normal_Videos_003_x264.mp4  Normal  -1  -1  -1  -1',
];
const listed = [
  'Abuse/Abuse028_x264.mp4',
  'Arson/Arson007_x264.mp4',
  'Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4',
];

/** Lays out videos of two seconds at 30 frames a second as the archives of UCF-Crime do. */
async function layOut(root: string, lines: string[], list: string[], paths: string[]): Promise<void> {
  const source = join(root, 'source.bin');
  await writeTinyVideo(`${source}.mp4`, { frames: 60, fps: 30 });
  for (const path of paths) {
    await mkdir(dirname(join(root, 'ucf', path)), { recursive: true });
    await symlink(`${source}.mp4`, join(root, 'ucf', path));
  }
  await mkdir(join(root, 'ucf'), { recursive: true });
  await writeFile(join(root, 'ucf', 'Temporal_Anomaly_Annotation.txt'), lines.join('\n'));
  await writeFile(join(root, 'ucf', 'Anomaly_Test.txt'), list.join('\n'));
}

test('annotated videos are the test set, pictures only, 30 annotated frames a second', () =>
  inFolder(async (root) => {
    const others = ['Training-Normal-Videos-Part-1/Normal_Videos001_x264.mp4', 'Abuse/Abuse001_x264.mp4'];
    // UCF-Crime has some normal videos twice; the list says which is meant.
    const twice = 'Normal_Videos_event/Normal_Videos_003_x264.mp4';
    await layOut(
      root,
      annotated,
      listed,
      [...listed, ...others, twice].map((path) => `Videos/${path}`),
    );
    const { videos, problems } = await loadUcfCrime(join(root, 'ucf'));
    expect(
      videos.map(({ id, path, split, label, fps, frames, modalities, intervals }) => [
        id,
        path,
        split,
        label,
        fps,
        frames,
        modalities,
        intervals,
      ]),
    ).toEqual([
      ['Abuse028_x264', `Videos/${listed[0]}`, 'test', 1, 30, 48, ['visual'], [[12, 36]]],
      [
        'Arson007_x264',
        `Videos/${listed[1]}`,
        'test',
        1,
        30,
        48,
        ['visual'],
        [
          [0, 5],
          [40, 48],
        ],
      ],
      ['Normal_Videos_003_x264', `Videos/${listed[2]}`, 'test', 0, 30, 48, ['visual'], []],
    ]);
    expect(problems.map(({ video, rule }) => [video, rule])).toEqual([['Arson007_x264', 'beyond-end']]);
    const same = await loadDataset({ kind: 'ucf-crime', root: join(root, 'ucf') });
    expect(same.videos).toEqual(videos);
    expect((await checkDataset({ kind: 'ucf-crime', root: join(root, 'ucf') })).counts).toMatchObject({
      test: { normal: 1, anomalous: 2 },
      annotated: { videos: 2, stretches: 3 },
      media: { files: 3, opened: 3, hours: 6 / 3600 },
    });
  }));

test('annotations count 30 frames a second whatever the file runs at', () =>
  inFolder(async (root) => {
    await layOut(root, annotated, listed, listed);
    const path = join(root, 'ucf', 'Other', 'Abuse028_x264.avi');
    await writeTinyVideo(`${path}.mp4`, { frames: 48, fps: 24 });
    await layOut(join(root, 'b'), annotated.slice(0, 1), [listed[0]!], []);
    await symlink(`${path}.mp4`, join(root, 'b', 'ucf', 'Abuse028_x264.mp4'));
    const { videos } = await loadUcfCrime(join(root, 'b', 'ucf'));
    expect(videos[0]).toMatchObject({ fps: 24, frames: 48, intervals: [[12, 36]] });
    const { findings } = await checkDataset({ kind: 'ucf-crime', root: join(root, 'b', 'ucf') });
    expect(findings.map(({ rule }) => rule)).toEqual(['other-rate']);
  }));

test('whatever does not fit together is found, and each case once', () =>
  inFolder(async (root) => {
    const lines = [
      ...annotated.slice(0, 2),
      'Normal_Videos_003_x264  Normal  5  9  -1  -1',
      'Shooting002_x264  Arrest  5  9  -1  -1',
      'Robbery001_x264  Robbery  -1  -1  -1  -1',
      'Robbery001_x264  Robbery  1  2  -1  -1',
      'Assault003_x264  Assault  1  9  5  20',
    ];
    const list = [
      ...listed,
      listed[0]!,
      'Shooting/Shooting002_x264.mp4',
      'Stealing/Stealing001_x264.mp4',
      'Robbery/Robbery001_x264.mp4',
    ];
    const shots = 'Shooting/Shooting002_x264.mp4';
    await layOut(root, lines, list, [
      ...listed,
      shots,
      `copy/${shots}`,
      'Robbery/Robbery001_x264.mp4',
      'x/Shooting/Shooting002_x264.mp4',
    ]);
    await writeFile(join(root, 'ucf', 'Anomaly_Train.txt'), 'Abuse/Abuse028_x264.mp4\n');
    const report = await checkDataset({ kind: 'ucf-crime', root: join(root, 'ucf') });
    const found = report.findings.map(({ rule, cases }) => [rule, cases.map(({ video }) => video)]);
    expect(Object.fromEntries(found)).toEqual({
      'missing-media': ['Assault003_x264'],
      'not-annotated': ['Robbery001_x264', 'Stealing001_x264'],
      'annotated-unlisted': ['Assault003_x264'],
      'annotated-normal': ['Normal_Videos_003_x264'],
      'class-differs': ['Shooting002_x264', 'Shooting002_x264'],
      'in-both-splits': ['Abuse028_x264'],
      'beyond-end': ['Arson007_x264'],
      'annotated-twice': ['Robbery001_x264'],
      'duplicate-media': ['Shooting002_x264', 'Shooting002_x264'],
      'listed-twice': ['Abuse028_x264'],
      'ranges-overlap': ['Assault003_x264'],
      'stray-extension': ['Abuse028_x264', 'Arson007_x264'],
    });
    expect([report.errors, report.warnings, report.notes]).toEqual([8, 5, 3]);
  }));

test('without annotations, videos or a folder it cannot be loaded', () =>
  inFolder(async (root) => {
    await expect(loadUcfCrime(root)).rejects.toMatchObject({ code: 'BAD_DATASET' });
    await layOut(root, annotated, listed, []);
    await expect(loadUcfCrime(join(root, 'ucf'))).rejects.toMatchObject({
      code: 'BAD_DATASET',
      message: expect.stringContaining('no videos'),
    });
    await expect(loadUcfCrime(join(root, 'nothing'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(loadUcfCrime(root, { features: 'x' } as object)).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  }));

describeShared('data/ucf-crime', (root) => {
  test('the published annotations and list fit together', async () => {
    const report = await checkDataset({ kind: 'ucf-crime', root });
    const text = readFileSync(join(root, 'Temporal_Anomaly_Annotation.txt'), 'utf8');
    expect(report.counts.test).toEqual({ normal: 150, anomalous: 140 });
    // Two pairs a line, those that are none left out.
    const none = text.match(/-1\s+-1/g)!.length;
    expect(report.counts.annotated).toEqual({ videos: 140, stretches: 2 * 290 - none });
    expect(report.findings.map(({ rule }) => rule)).toEqual(['nothing-to-read']);
    expect(report.errors).toBe(0);
  });
});
