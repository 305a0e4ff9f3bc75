import {
  type BenchmarkResult,
  BenchmarkResultSchema,
  type Costs,
  parseOptions,
  RobustaError,
} from '@robusta/core';
import { z } from 'zod';
import { caption } from './caption.js';
import { costsListing } from './costs.js';
import { renderCsv } from './csv.js';
import { renderHtmlTable } from './html-table.js';
import { renderJson } from './json.js';
import { renderLatex } from './latex.js';
import { renderListing, type TableFormat } from './listing.js';
import { LISTING_TABLES, type ListingTable, listingData } from './listings.js';
import { renderMarkdown } from './markdown.js';
import { type PageParts, renderPage } from './page.js';
import { GRID_TABLES, type GridTable, requireComparable, summarize, tableData } from './table-data.js';
import { renderText } from './text.js';
import { captionOf } from './titles.js';

export const TABLE_FORMATS = ['text', 'markdown', 'csv', 'html', 'latex', 'json'] as const;

/**
 * Every table: `I` to `V` of the paper; AP by `severity`; `significance` of the differences between methods; the
 * `weights` of the modalities; `detection` of corruptions.
 */
export const TABLES = [...GRID_TABLES, ...LISTING_TABLES] as const;

/** See {@link TABLES}. */
export type TableName = (typeof TABLES)[number];

const FormatSchema = z.enum(TABLE_FORMATS);
const OptionsSchema = z.strictObject({ table: z.enum(TABLES).optional() });

/** What {@link renderTable} shows. */
export interface TableOptions {
  /** Which of {@link TABLES}. Default: Table I without published numbers and marks of significance. */
  table?: TableName;
}

/**
 * A table of the paper, or another one like it: the mean over training seeds for each row, column and method, with
 * averages over corruptions, the best method of each comparison marked, and, for XD-Violence, the published number
 * below each of one's own.
 * @param result - a finished benchmark, as `results/<run>.json` holds it; for tables III and IV also several, one a
 *   backbone
 * @param format - `text` for a terminal, `markdown`, `csv` (all areas with standard deviation and number of seeds, a
 *   line for each cell), `html` (a `table` element), `latex` (a float for `booktabs`), or `json`
 * @returns text that ends with a line feed
 * @throws BAD_OPTION for another format or table
 * @throws BAD_INPUT if a result is not one, has two records for one cell and seed, or several cannot share a table
 * @throws EMPTY_INPUT if there is nothing for the table
 */
export function renderTable(
  result: BenchmarkResult | readonly BenchmarkResult[],
  format: TableFormat,
  options: TableOptions = {},
): string {
  const chosen = parseOptions(FormatSchema, format, 'renderTable: format');
  const { table } = parseOptions(OptionsSchema, options, 'renderTable');
  const results = checkResults(result);
  if (results.length > 1 && table !== 'III' && table !== 'IV') {
    throw new RobustaError(
      'BAD_INPUT',
      `table ${table ?? 'I'} is of one result, received ${results.length}`,
      {
        hint: 'several results share tables III and IV',
      },
    );
  }
  if (table === undefined) {
    const data = summarize(results[0]!);
    return FORMATS[chosen]('I', caption(results[0]!, data), data, false);
  }
  const text = tableText(results, table, chosen);
  if (text !== undefined) return text;
  throw new RobustaError('EMPTY_INPUT', `the result has nothing for table ${table}`, { hint: HINTS[table] });
}

/** The tables that a result has numbers for, in the order of {@link TABLES}. */
export function availableTables(result: BenchmarkResult): TableName[] {
  const results = checkResults(result);
  return TABLES.filter((table) =>
    isListing(table) ? listingData(results[0]!, table) : tableData(results, table),
  );
}

/**
 * What each stage of a run took, as `results/<run>.costs.json` holds it.
 * @throws BAD_OPTION for another format, or other costs
 */
export function renderCosts(costs: Costs, format: TableFormat): string {
  const chosen = parseOptions(FormatSchema, format, 'renderCosts: format');
  return renderListing(costsListing(costs), chosen);
}

/**
 * A self-contained HTML page: every table and figure that the result has numbers for, configuration, software and
 * skipped videos. It loads nothing, runs no script, and follows the light or dark setting.
 * @param result - a finished benchmark; of several, one a backbone, the first has all tables
 * @throws BAD_INPUT, EMPTY_INPUT as {@link renderTable}
 */
export function renderReport(
  result: BenchmarkResult | readonly BenchmarkResult[],
  parts: PageParts = {},
): string {
  const results = checkResults(result);
  const data = summarize(results[0]!);
  const tables = TABLES.flatMap((name) => {
    const html = tableText(results, name, 'html');
    return html === undefined ? [] : [{ name, html }];
  });
  return renderPage(results[0]!, data, tables, parts);
}

/**
 * A table of checked results, of which all share tables III and IV.
 * @returns undefined if there is nothing for it
 */
export function tableText(
  results: readonly BenchmarkResult[],
  table: TableName,
  format: TableFormat,
): string | undefined {
  if (isListing(table)) {
    const listing = listingData(results[0]!, table);
    return listing && renderListing(listing, format);
  }
  const own = table === 'III' || table === 'IV' ? results : results.slice(0, 1);
  const data = tableData(own, table);
  return data && FORMATS[format](table, captionOf(own, table, data), data, true);
}

const FORMATS: Record<
  TableFormat,
  (id: GridTable, ...args: [...Parameters<typeof renderText>, isWhole: boolean]) => string
> = {
  text: (_, about, data) => renderText(about, data),
  markdown: (_, about, data, isWhole) => renderMarkdown(about, data, isWhole),
  csv: (_, _about, data) => renderCsv(data),
  html: (_, about, data) => renderHtmlTable(about, data),
  latex: (id, about, data) => renderLatex(about, data, `tab:${id}`),
  json: (id, about, data) => renderJson(id, about, data),
};

const HINTS: Record<TableName, string> = {
  I: 'run rows of table1',
  II: 'run rows of table2, as fog@missing-audio',
  III: 'run the rows mixed-visual and mixed-audio with each backbone',
  IV: 'name a second dataset under `transfer` in the configuration',
  V: 'add the method padding and the row pitch-shift',
  severity: 'run several severities',
  significance: 'run two methods or more',
  weights: 'run the method dynamic',
  detection: 'run the method dynamic',
};

function isListing(table: TableName): table is ListingTable {
  return (LISTING_TABLES as readonly string[]).includes(table);
}

/** @throws BAD_INPUT */
export function checkResults(given: unknown): [BenchmarkResult, ...BenchmarkResult[]] {
  const [first, ...others] = (Array.isArray(given) ? given : [given]).map(checkResult);
  if (!first) throw new RobustaError('BAD_INPUT', 'there is no result to show');
  if (others.length > 0) requireComparable([first, ...others]);
  return [first, ...others];
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
