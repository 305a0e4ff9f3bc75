import { join, resolve } from 'node:path';
import type { ResolvedConfig } from '@robusta/benchmark';
import { type BenchmarkResult, RobustaError } from '@robusta/core';
import {
  FIGURES,
  type FigureName,
  renderDetection,
  renderFigure,
  renderTable,
  TABLES,
  type TableName,
  writeReport,
} from '@robusta/report';
import type { Context } from '../main.js';
import { writeWhole } from '../write-whole.js';

type Show = ResolvedConfig['show'];

/** Tables in which several backbones stand side by side. */
const SHARED_TABLES: readonly string[] = ['III', 'IV'];

/** @throws BAD_OPTION for a table or figure that does not exist */
export function checkShown({ tables = [], figures = [] }: Show): void {
  requireKnown('table', tables, TABLES);
  requireKnown('figure', figures, FIGURES);
}

function requireKnown(kind: string, names: readonly string[], known: readonly string[]): void {
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new RobustaError('BAD_OPTION', `there is no ${kind} "${wrong}"`, {
    hint: `known are ${known.join(', ')}`,
  });
}

/** Files of one result. */
interface Written {
  result: string;
  html: string;
  markdown: string;
  csv: string;
  figures?: string[];
}

/** Writes report and figures of each result and prints the tables, or all of it as one JSON object. */
export async function showResults(
  { terminal }: Context,
  results: readonly BenchmarkResult[],
  { workspace, isOwner, show }: { workspace: string; isOwner: boolean; show: Show },
): Promise<void> {
  const folder = resolve(workspace, 'results');
  const written: Written[] = [];
  for (const result of results) {
    // Reports have fixed names: a run that is not the only one of its workspace has a folder for them.
    const own = isOwner && results.length === 1 ? folder : join(folder, result.run);
    const report = await writeReport(result, own);
    const figures = await writeFigures(result, own, show.figures ?? []);
    const paths = { ...report, result: join(folder, `${result.run}.json`) };
    written.push(figures.length > 0 ? { ...paths, figures } : paths);
  }
  if (show.json) {
    const objects = results.map((result, i) => ({ ...written[i], ...result }));
    terminal.out(`${JSON.stringify(objects.length === 1 ? objects[0] : { runs: objects })}\n`);
    return;
  }
  for (const table of tablesOf(results, show.tables)) terminal.out(`\n${table}\n`);
  for (const { result, html, figures = [] } of written) {
    terminal.out(`Numbers: ${result}\nReport:  ${html}\n`);
    for (const figure of figures) terminal.out(`Figure:  ${figure}\n`);
  }
}

function tablesOf(results: readonly BenchmarkResult[], names: Show['tables']): string[] {
  if (!names || names.length === 0) {
    return results.flatMap((result) => {
      const detection = renderDetection(result, 'text');
      return [renderTable(result, 'text') + (detection ? `\n${detection}` : '')];
    });
  }
  return (names as TableName[]).flatMap((table) => {
    const groups = SHARED_TABLES.includes(table) ? [results] : results.map((result) => [result]);
    return groups.map((group) => renderTable(group, 'text', { table }));
  });
}

async function writeFigures(
  result: BenchmarkResult,
  folder: string,
  names: readonly string[],
): Promise<string[]> {
  const files: string[] = [];
  for (const name of names as FigureName[]) {
    const file = join(folder, `figure-${name}.svg`);
    await writeWhole(file, renderFigure(result, name));
    files.push(file);
  }
  return files;
}
