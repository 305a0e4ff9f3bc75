import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderReport, renderTable, writeReport } from '../src/index.js';
import { makeResult } from './fixture.js';

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
