import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadDataset, loadVideoFolder } from '../src/index.js';
import { inFolder, writeTinyVideo } from './tiny-video.js';

/** Writes `videos.csv` and a video of two seconds, linked to each path. */
async function layOut(root: string, lines: string[], paths: string[]): Promise<string> {
  const source = join(root, 'source.bin');
  if (paths.length > 0) await writeTinyVideo(`${source}.mp4`, { frames: 48 });
  for (const path of paths) {
    await mkdir(dirname(join(root, 'videos', path)), { recursive: true });
    await symlink(`${source}.mp4`, join(root, 'videos', path));
  }
  await mkdir(join(root, 'videos'), { recursive: true });
  const csv = join(root, 'videos.csv');
  await writeFile(csv, lines.join('\n'));
  return csv;
}

test('a table gives split, label and stretches, in frames of the file or in seconds', () =>
  inFolder(async (root) => {
    const paths = ['a.mp4', 'b/a, too.mp4', 'c.mp4', 'd.mp4'];
    const csv = await layOut(
      root,
      [
        'path,split,label,intervals,seconds,id',
        'a.mp4,train,normal,,,',
        '"b\\a, too.mp4",train,1,,,fight',
        'c.mp4,test,anomalous,4-8; 6 - 16 ;40-99,,',
        './d.mp4,test,1,,0.5-1.25,',
      ],
      paths,
    );
    const { videos, problems, root: folder } = await loadVideoFolder(join(root, 'videos'), csv);
    expect(folder).toBe(join(root, 'videos'));
    expect(
      videos.map(({ id, path, split, label, intervals }) => [id, path, split, label, intervals]),
    ).toEqual([
      ['a', 'a.mp4', 'train', 0, []],
      ['fight', 'b/a, too.mp4', 'train', 1, []],
      [
        'c',
        'c.mp4',
        'test',
        1,
        [
          [4, 16],
          [40, 48],
        ],
      ],
      ['d', 'd.mp4', 'test', 1, [[12, 30]]],
    ]);
    expect(problems.map(({ video, rule }) => [video, rule])).toEqual([['c', 'beyond-end']]);
    const same = await loadDataset({ kind: 'folder', root: join(root, 'videos'), csv });
    expect(same.videos).toEqual(videos);
  }));

test('what is absent, broken or not in the table is told of', () =>
  inFolder(async (root) => {
    const lines = ['path,split,label', 'a.mp4,train,0', 'gone.mp4,train,0', 'text.mp4,train,0'];
    const csv = await layOut(root, lines, ['a.mp4', 'more.mp4']);
    await writeFile(join(root, 'videos', 'text.mp4'), 'no video');
    const { videos, problems } = await loadVideoFolder(join(root, 'videos'), csv);
    expect(videos.map(({ id }) => id)).toEqual(['a']);
    expect(problems.map(({ video, rule, code, skipped }) => [video, rule, code, skipped])).toEqual([
      ['gone', 'missing-media', 'MISSING_VIDEO', true],
      ['more', 'unlisted-media', 'BAD_DATASET', true],
      ['text', 'bad-media', 'NOT_MEDIA', true],
    ]);
  }));

const head = 'path,split,label,intervals,seconds,id';

test.each<[string, string[], string[]]>([
  [
    'nothing',
    [],
    [':1: there is no column path', ':1: there is no column split', ':1: there is no column label'],
  ],
  ['no videos', [head], [':1: names no videos']],
  ['an unknown column', ['path,split,label,fps', ''], [':1: "fps" is no column']],
  ['two columns of one name', ['path,split,label,path', ''], [':1: two columns path']],
  ['a field too few', [head, 'a.mp4,train,0,,'], [':2: 5 fields, expected 6']],
  ['an open quote', [head, '', '"a.mp4,train,0,,,'], [':3: a quote is not closed']],
  [
    'every wrong field of a line',
    [head, 'a.mp4,training,2,,,'],
    [':2: split is "training"', ':2: label is "2"'],
  ],
  ['no path', [head, ',train,0,,,'], [':2: there is no path']],
  ['an absolute path', [head, '/etc/a.mp4,train,0,,,'], [':2: "/etc/a.mp4" is not relative']],
  ['a drive', [head, 'C:\\a.mp4,train,0,,,'], [':2: "C:\\a.mp4" is not relative']],
  ['a path that leads out', [head, 'b/../../a.mp4,train,0,,,'], [':2: "b/../../a.mp4" leads out']],
  ['an id with a slash', [head, 'a.mp4,train,0,,,x/y'], [':2: "x/y" cannot be the name of a file']],
  ['a hidden id', [head, 'a.mp4,train,0,,,..'], [':2: ".." cannot be']],
  ['both units', [head, 'a.mp4,train,1,1-2,1-2,'], [':2: stretches both in frames']],
  ['half a stretch', [head, 'a.mp4,train,1,12,,'], [':2: "12" is not a stretch "start-end" in frames']],
  ['half a frame', [head, 'a.mp4,train,1,1.5-2,,'], [':2: "1.5-2" is not a stretch']],
  ['words', [head, 'a.mp4,train,1,,a-b,'], [':2: "a-b" is not a stretch "start-end" in seconds']],
  ['a stretch backwards', [head, 'a.mp4,train,1,9-9,,'], [':2: start 9 is not before end 9']],
  ['a normal video with a stretch', [head, 'a.mp4,test,0,1-2,,'], [':2: a normal video with']],
  ['an anomalous test video without', [head, 'a.mp4,test,1,,,'], [':2: an anomalous test video without']],
  ['one path twice', [head, 'a.mp4,train,0,,,', './a.mp4,test,0,,,b'], [':3: a.mp4 is on line 2 already']],
  ['one name twice', [head, 'a.mp4,train,0,,,', 'b/a.mp4,train,0,,,'], [':3: the name a is that of line 2']],
])('a table with %s is refused, lines named', (_what, lines, parts) =>
  inFolder(async (root) => {
    const csv = await layOut(root, lines, []);
    const error = await loadVideoFolder(join(root, 'videos'), csv).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'BAD_ANNOTATION' });
    for (const part of parts) expect((error as Error).message).toContain(csv + part);
  }),
);

test('a long list of wrong lines is cut in the message, not in the details', () =>
  inFolder(async (root) => {
    const csv = await layOut(
      root,
      ['path,split,label', ...Array.from({ length: 9 }, (_, i) => `${i}.mp4,x,0`)],
      [],
    );
    await expect(loadVideoFolder(join(root, 'videos'), csv)).rejects.toMatchObject({
      message: expect.stringMatching(/:6: split is "x", expected train or test; and 4 more$/),
      details: { problems: Array.from({ length: 9 }, (_, i) => expect.objectContaining({ line: i + 2 })) },
    });
  }));

test('absent folders, absent tables and places of other kinds are refused', () =>
  inFolder(async (root) => {
    const csv = await layOut(root, ['path,split,label', 'a.mp4,train,0'], []);
    const absent = { code: 'FILE_NOT_FOUND' };
    await expect(loadVideoFolder(join(root, 'nothing'), csv)).rejects.toMatchObject(absent);
    await expect(loadVideoFolder(root, join(root, 'nothing.csv'))).rejects.toMatchObject(absent);
    const badOption = { code: 'BAD_OPTION' };
    await expect(loadDataset({ kind: 'folder', root } as never)).rejects.toMatchObject(badOption);
    await expect(loadDataset({ kind: 'synthetic', root, csv } as never)).rejects.toMatchObject(badOption);
    await expect(loadDataset({ kind: 'other', root } as never)).rejects.toMatchObject(badOption);
  }));
