import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeShared } from '@robusta/test-kit';
import { robusta as run } from './run.js';

const robusta = (...args: string[]) => run('dataset', 'check', ...args);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-cli-dataset-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Lists without videos: what is wrong with them is known beforehand. */
async function writeLists(name: string, annotations: string): Promise<string> {
  const root = join(folder, name);
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'train-videos.txt'), 'a__#1_label_A\nb__#1_label_G-0-0\n');
  await writeFile(join(root, 'test-videos.txt'), 'c__#1_label_A\nd__#1_label_B1-0-0\n');
  await writeFile(join(root, 'annotations.txt'), annotations);
  return root;
}

test('counts and findings as text, exit 0 without errors; --strict minds warnings', async () => {
  const root = await writeLists('good', 'd__#1_label_B1-0-0.mp4 3 9\n');
  const { code, out, err } = await robusta(root, '--kind', 'xd-violence');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(`dataset    good (xd-violence), ${root}\n`);
  expect(out).toContain('test       2 (1 normal, 1 anomalous)\n');
  expect(out).toContain('annotated  1 video, 1 stretch\n');
  expect(out).toContain('found      0 errors, 1 warning, 1 note\n');
  expect(out).toMatch(/\nnote: 1 x stray-extension: .+\n {2}d__#1_label_B1-0-0: .+annotations\.txt:1/);
  expect((await robusta(root, '--kind', 'xd-violence', '--strict')).code).toBe(1);
});

test('exit 1 with errors; the text names some cases, the JSON all', async () => {
  const lines = Array.from({ length: 5 }, (_, i) => `x${i}__#1_label_G-0-0 1 2`);
  const root = await writeLists('bad', lines.join('\n'));
  const text = await robusta(root, '--kind', 'xd-violence', '--show', '2');
  expect(text.code).toBe(1);
  expect(text.out).toContain('error: 5 x annotated-unlisted: ');
  expect(text.out).toContain('\n  … and 3 more (--json names all)');
  const { code, out } = await robusta(root, '--kind', 'xd-violence', '--json');
  const report = JSON.parse(out);
  expect([code, report.errors]).toEqual([1, 6]);
  const unlisted = report.findings.find(({ rule }: { rule: string }) => rule === 'annotated-unlisted');
  expect(unlisted.cases.map(({ video }: { video: string }) => video)).toEqual(
    lines.map((line) => line.split(' ')[0]),
  );
});

test('a wrong line is named; so is a wrong use', async () => {
  const root = await writeLists('odd', 'd__#1_label_B1-0-0 3\n');
  const odd = await robusta(root, '--kind', 'xd-violence');
  expect([odd.code, odd.out]).toEqual([1, '']);
  expect(odd.err).toContain('annotations.txt:1: 1 frame number');
  const table = join(root, 'videos.csv');
  await writeFile(table, 'path,split,label\na.mp4,train,2\n');
  const csv = await robusta(root, '--kind', 'folder', '--csv', table);
  expect([csv.code, csv.err]).toEqual([1, expect.stringContaining(`${table}:2: label is "2"`)]);

  for (const args of [[root], [root, '--kind', 'avenue'], ['--kind', 'xd-violence']]) {
    expect((await robusta(...args)).code).toBe(2);
  }
  const place = await robusta(root, '--kind', 'ucf-crime', '--csv', table);
  expect([place.code, place.err]).toEqual([2, expect.stringContaining('csv')]);
  expect((await robusta('--help')).out).toContain('$ robusta dataset check');
});

describeShared('data/surv-events', (root) => {
  test('videos are opened and timed', async () => {
    const { code, out } = await robusta(root, '--kind', 'xd-violence');
    expect(code).toBe(0);
    expect(out).toContain('videos     116 files, 116 opened, 0.45 h\n');
    expect(out).toContain('found      0 errors, 0 warnings, 0 notes');
  });
});
