import { type BenchmarkResult, BenchmarkResultSchema, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { caption } from './caption.js';
import { renderCsv } from './csv.js';
import { renderHtmlTable } from './html-table.js';
import { renderMarkdown } from './markdown.js';
import { renderPage } from './page.js';
import { summarize } from './summary.js';
import { renderText } from './text.js';

const FormatSchema = z.enum(['text', 'markdown', 'csv', 'html']);

/** What {@link renderTable} writes. */
export type TableFormat = 'text' | 'markdown' | 'csv' | 'html';

/**
 * Table I of the paper: AP in percent for every corruption, share of corrupted test videos and method, the
 * mean over training seeds, with the average over the corruptions of each modality and the best method of
 * each comparison marked.
 * @param result - a finished benchmark, as `results/<run>.json` holds it
 * @param format - `text` for a terminal, `markdown`, `csv` (all three areas with standard deviation and
 *   number of seeds, a line for each cell), or `html` (a `table` element)
 * @returns text that ends with a line feed
 * @throws BAD_OPTION for another format
 * @throws BAD_INPUT if the result is not one, or has two records for one cell and seed
 * @throws EMPTY_INPUT if it has no records
 */
export function renderTable(result: BenchmarkResult, format: TableFormat): string {
  const chosen = parseOptions(FormatSchema, format, 'renderTable: format');
  const checked = checkResult(result);
  const summary = summarize(checked);
  const about = caption(checked, summary);
  if (chosen === 'text') return renderText(about, summary);
  if (chosen === 'markdown') return renderMarkdown(about, summary);
  if (chosen === 'html') return renderHtmlTable(about, summary);
  return renderCsv(summary);
}

/**
 * A self-contained HTML page: the table, a plot of AP against the level for each corruption, configuration,
 * software and skipped videos. It loads nothing, runs no script, and follows the light or dark setting.
 * @param result - a finished benchmark
 * @throws BAD_INPUT, EMPTY_INPUT as {@link renderTable}
 */
export function renderReport(result: BenchmarkResult): string {
  const checked = checkResult(result);
  const summary = summarize(checked);
  return renderPage(checked, caption(checked, summary), summary);
}

function checkResult(result: unknown): BenchmarkResult {
  const { success, data, error } = BenchmarkResultSchema.safeParse(result);
  if (success) return data;
  const issues = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'result'}: ${message}`);
  throw new RobustaError('BAD_INPUT', `this is not a benchmark result: ${issues.join('; ')}`, {
    hint: 'pass the object that runBenchmark returns or results/<run>.json holds',
  });
}
