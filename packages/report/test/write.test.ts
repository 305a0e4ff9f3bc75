import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FIGURES, renderReport, renderTable, TABLES, writeAll, writeReport } from '../src/index.js';
import { makeFullResult, makeResult } from './fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-report-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('writes three files into a new folder, and nothing else', async () => {
  const dir = join(folder, 'a', 'results');
  const files = await writeReport(makeResult(), dir);
  expect((await readdir(dir)).sort()).toEqual(['report.html', 'table1.csv', 'table1.md']);
  expect(await readFile(files.markdown, 'utf8')).toBe(renderTable(makeResult(), 'markdown'));
  expect(await readFile(files.csv, 'utf8')).toBe(renderTable(makeResult(), 'csv'));
  expect(await readFile(files.html, 'utf8')).toBe(renderReport(makeResult()));
});

test('replaces an older report', async () => {
  await writeFile(join(folder, 'table1.csv'), 'old');
  const { csv } = await writeReport(makeResult(), folder);
  expect(await readFile(csv, 'utf8')).toMatch(/^modality,/);
});

test('leaves the older report alone when the result cannot be rendered', async () => {
  await writeFile(join(folder, 'table1.csv'), 'old');
  await expect(writeReport({ ...makeResult(), records: [] }, folder)).rejects.toMatchObject({
    code: 'EMPTY_INPUT',
  });
  expect(await readFile(join(folder, 'table1.csv'), 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['table1.csv']);
});

test('names the path that cannot be written', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(writeReport(makeResult(), file)).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: `${file} is a file, not a folder`,
  });
  await expect(writeReport(makeResult(), join(file, 'below'))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  await mkdir(join(folder, 'report.html'));
  await expect(writeReport(makeResult(), folder)).rejects.toMatchObject({
    message: expect.stringContaining('report.html'),
  });
});

describe('everything', () => {
  test('a file for each table and format, a figure each, and the page', async () => {
    const result = makeFullResult();
    const files = await writeAll(result, folder, { costs: [{ stage: 'training', seconds: 1, items: 1 }] });
    const names = (await readdir(folder)).sort();
    expect(files.map((file) => basename(file)).sort()).toEqual(names);
    const expected = [
      ...[...TABLES, 'costs'].flatMap((name) =>
        ['md', 'csv', 'tex', 'json'].map((end) => `table-${name}.${end}`),
      ),
      ...FIGURES.map((name) => `figure-${name}.svg`),
      'report.html',
    ];
    expect(names).toEqual(expected.sort());
    expect(await readFile(join(folder, 'table-II.tex'), 'utf8')).toBe(
      renderTable(result, 'latex', { table: 'II' }),
    );
  });

  test('only what there is', async () => {
    await writeAll(makeResult(), folder);
    expect((await readdir(folder)).sort()).toEqual([
      ...['figure-4.svg', 'report.html', 'table-I.csv', 'table-I.json', 'table-I.md', 'table-I.tex'],
    ]);
  });
});
