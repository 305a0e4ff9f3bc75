import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchmarkResult, fileError, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { renderExamples } from './examples.js';
import { drawFigure, FIGURES } from './figures.js';
import type { PageParts } from './page.js';
import { checkResults, renderCosts, renderReport, renderTable, TABLES, tableText } from './render.js';

/** Paths of the files that {@link writeReport} wrote. */
export interface ReportFiles {
  /** `table1.md` */
  markdown: string;
  /** `table1.csv` */
  csv: string;
  /** `report.html` */
  html: string;
}

/**
 * Writes `table1.md`, `table1.csv` and `report.html`. Each appears whole or not at all, and replaces an older
 * one; nothing is written if the result cannot be rendered.
 * @param result - a finished benchmark
 * @param dir - folder for the files; made if it does not exist
 * @throws BAD_INPUT, EMPTY_INPUT as `renderTable`
 * @throws FILE_UNREADABLE, FILE_UNWRITABLE, FILE_NOT_FOUND, DISK_FULL naming the file
 */
export async function writeReport(result: BenchmarkResult, dir: string): Promise<ReportFiles> {
  const files: ReportFiles = {
    markdown: join(dir, 'table1.md'),
    csv: join(dir, 'table1.csv'),
    html: join(dir, 'report.html'),
  };
  const contents = {
    markdown: renderTable(result, 'markdown'),
    csv: renderTable(result, 'csv'),
    html: renderReport(result),
  };
  await makeFolder(dir);
  for (const name of ['markdown', 'csv', 'html'] as const) await writeWhole(files[name], contents[name]);
  return files;
}

/** File name endings of the formats that files are written in; `text` is for terminals. */
const ENDINGS = { markdown: 'md', csv: 'csv', latex: 'tex', json: 'json' } as const;

/**
 * Writes every table and figure that a result has numbers for: `table-<name>.md`, `.csv`, `.tex` and `.json`,
 * `figure-<name>.svg`, and `report.html`. Each appears whole or not at all, and replaces an older one.
 * @param result - a finished benchmark; others, one a backbone, share tables III and IV with the first
 * @param dir - folder for the files; made if it does not exist
 * @param parts - what else there is to show
 * @returns paths of all files
 * @throws as {@link writeReport}
 */
export async function writeAll(
  result: BenchmarkResult | readonly BenchmarkResult[],
  dir: string,
  parts: PageParts = {},
): Promise<string[]> {
  const results = checkResults(result);
  const contents: Record<string, string> = { 'report.html': renderReport(results, parts) };
  for (const table of TABLES) {
    for (const [format, ending] of Object.entries(ENDINGS)) {
      const text = tableText(results, table, format as keyof typeof ENDINGS);
      if (text !== undefined) contents[`table-${table}.${ending}`] = text;
    }
  }
  for (const figure of FIGURES) {
    const svg = drawFigure(results[0], figure);
    if (svg !== undefined) contents[`figure-${figure}.svg`] = svg;
  }
  if (parts.examples) contents['figure-3.svg'] = renderExamples(parts.examples);
  if (parts.costs) {
    for (const [format, ending] of Object.entries(ENDINGS)) {
      contents[`table-costs.${ending}`] = renderCosts(parts.costs, format as keyof typeof ENDINGS);
    }
  }
  await makeFolder(dir);
  const files = Object.entries(contents).map(([name, content]) => [join(dir, name), content] as const);
  for (const [path, content] of files) await writeWhole(path, content);
  return files.map(([path]) => path);
}

async function makeFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw fileError(error, dir);
    throw new RobustaError('FILE_UNWRITABLE', `${dir} is a file, not a folder`, {
      hint: 'name another folder',
    });
  });
}

async function writeWhole(path: string, content: string): Promise<void> {
  await writeFileAtomic(path, content).catch((error: unknown) => {
    throw fileError(error, path);
  });
}
