import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchmarkResult, fileError, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { renderReport, renderTable } from './render.js';

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
  await mkdir(dir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw fileError(error, dir);
    throw new RobustaError('FILE_UNWRITABLE', `${dir} is a file, not a folder`, {
      hint: 'name another folder',
    });
  });
  for (const name of ['markdown', 'csv', 'html'] as const) {
    await writeFileAtomic(files[name], contents[name]).catch((error: unknown) => {
      throw fileError(error, files[name]);
    });
  }
  return files;
}
