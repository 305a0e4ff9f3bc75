import { type BenchmarkRecord, type BenchmarkResult, RobustaError } from '@robusta/core';
import { isPublishedDataset, publishedIn, valueAt } from './published.js';
import { PUBLISHED } from './published-numbers.js';
import { buildTable, distinct, type Entry, firstMethod, type Row, type Shape, type Table } from './table.js';

/** The tables with a line for each row of the protocol and the methods side by side. */
export const GRID_TABLES = ['I', 'II', 'III', 'IV', 'V', 'severity'] as const;

/** See {@link GRID_TABLES}. */
export type GridTable = (typeof GRID_TABLES)[number];

/** Headings of Table I. */
const GROUPS = ['visual', 'audio', 'missing', 'mixed', 'audio+visual'];
const AVERAGED = ['visual', 'audio'];

/** Where a row of Table I stands. */
function groupOf({ corruption, modality }: BenchmarkRecord): string {
  if (corruption.startsWith('missing-')) return 'missing';
  if (corruption.startsWith('mixed-')) return 'mixed';
  return modality === 'both' ? 'audio+visual' : modality;
}

/** Whether a row is one of Table II: the other modality is gone. */
const isUnimodal = ({ corruption }: BenchmarkRecord) => corruption.includes('@');

/**
 * The severity that tables are of: the configured one, where there are records of it, else the one with most records.
 */
export function mainSeverity({ records, configuration }: BenchmarkResult): number | undefined {
  const counts = new Map<number, number>();
  for (const { severity } of records) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const { severity } = configuration;
  if (typeof severity === 'number' && counts.has(severity)) return severity;
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

/**
 * Tables I and II in one, as a terminal shows them after a run: rows in the order of the records, nothing beside them.
 */
export function summarize(result: BenchmarkResult): Table {
  const alone = { visual: 'visual alone', audio: 'audio alone', both: '' };
  const group = (record: BenchmarkRecord) => (isUnimodal(record) ? alone[record.modality] : groupOf(record));
  return buildTable(
    entriesOf(result, () => true, group),
    {
      groups: [...GROUPS, alone.visual, alone.audio],
      averaged: [...AVERAGED, alone.visual, alone.audio],
    },
  );
}

/**
 * A table as data.
 * @param results - one, but for tables III and IV, which have a row for each backbone: one result a backbone
 * @returns undefined if the results hold nothing for it
 * @throws BAD_INPUT for two records of one cell
 */
export function tableData(results: readonly BenchmarkResult[], table: GridTable): Table | undefined {
  const entries = TABLES[table].entries(results);
  if (entries.length === 0) return undefined;
  return buildTable(entries, { ...TABLES[table].shape, ...beside(results, table) });
}

interface Definition {
  entries(results: readonly BenchmarkResult[]): Entry[];
  shape: Shape;
}

const rowsOfTable = (table: 'tableI' | 'tableII') => PUBLISHED[table].rows.map(({ row }) => row);
const theOnly = (results: readonly BenchmarkResult[]) => results[0]!;

const TABLES: Record<GridTable, Definition> = {
  I: {
    entries: (results) => entriesOf(theOnly(results), (record) => !isUnimodal(record), groupOf),
    shape: { groups: GROUPS, averaged: AVERAGED, rows: rowsOfTable('tableI') },
  },
  II: {
    entries: (results) => entriesOf(theOnly(results), isUnimodal, ({ modality }) => modality),
    shape: { groups: AVERAGED, averaged: AVERAGED, rows: rowsOfTable('tableII') },
  },
  III: {
    entries: (results) =>
      results.flatMap((result) => {
        const isMixed = ({ corruption, level }: BenchmarkRecord) =>
          /^mixed-(visual|audio)$/.test(corruption) && (level === 0 || level === 100);
        const entries = entriesOf(result, isMixed, ({ modality }) => modality);
        return entries.map((entry) => ({ ...entry, row: backboneOf(result) }));
      }),
    shape: { rowHead: 'backbone', groups: AVERAGED, rows: ['xdviodet', 'hypervd', 'rtfm'] },
  },
  IV: {
    entries: (results) =>
      results.flatMap((result) =>
        (result.transfer ?? []).map(({ dataset, method, seed, ap, rocAuc }) => ({
          group: `trained on ${result.dataset.name}`,
          row: backboneOf(result),
          modality: 'both' as const,
          column: dataset,
          ...{ method, seed, ap, rocAuc },
        })),
      ),
    shape: {
      rowHead: 'backbone',
      columnHead: 'dataset',
      metric: 'rocAuc',
      rows: ['rtfm', 'xdviodet', 'hypervd'],
      label: String,
    },
  },
  V: {
    entries: ([result]) => {
      const names = distinct(
        result!.records
          .filter(
            (record) => record.method === 'padding' && groupOf(record) === 'audio' && !isUnimodal(record),
          )
          .map(({ corruption }) => corruption),
      );
      const chosen = names.includes('pitch-shift') ? ['pitch-shift'] : names;
      return entriesOf(
        result!,
        ({ corruption }) => chosen.includes(corruption),
        ({ modality }) => modality,
      );
    },
    shape: {},
  },
  severity: {
    entries: ([result]) => severityEntries(result!),
    shape: {
      columnHead: 'severity',
      groups: GROUPS,
      averaged: AVERAGED,
      rows: rowsOfTable('tableI'),
      label: String,
    },
  },
};

/** The records of the main severity, as entries by level. */
function entriesOf(
  result: BenchmarkResult,
  isWanted: (record: BenchmarkRecord) => boolean,
  group: (record: BenchmarkRecord) => string,
): Entry[] {
  const severity = mainSeverity(result);
  return result.records
    .filter((record) => record.severity === severity && isWanted(record))
    .map((record) => toEntry(record, group(record), record.level));
}

function toEntry(record: BenchmarkRecord, group: string, column: number): Entry {
  const { corruption, modality, method, seed, ap, prAuc, rocAuc } = record;
  return { group, row: corruption, modality, column, method, seed, ap, prAuc, rocAuc };
}

/** AP against the severity at the highest level, for the rows that were measured at several. */
function severityEntries({ records }: BenchmarkResult): Entry[] {
  const severities = new Map<string, Set<number>>();
  const top = new Map<string, number>();
  for (const { corruption, severity, level } of records) {
    const own = severities.get(corruption) ?? new Set();
    severities.set(corruption, own.add(severity));
    top.set(corruption, Math.max(top.get(corruption) ?? 0, level));
  }
  return records
    .filter((record) => !isUnimodal(record) && severities.get(record.corruption)!.size > 1)
    .filter(({ corruption, level }) => level === top.get(corruption))
    .map((record) => toEntry(record, groupOf(record), record.severity));
}

function backboneOf({ configuration, run }: BenchmarkResult): string {
  return typeof configuration.backbone === 'string' ? configuration.backbone : run;
}

/** What stands beside the numbers of a table: those of the paper, and what differs by more than chance. */
function beside(results: readonly BenchmarkResult[], table: GridTable): Pick<Shape, 'published' | 'differs'> {
  const result = theOnly(results);
  const isPublished = results.every(isPublishedDataset);
  switch (table) {
    case 'I':
    case 'II':
    case 'V': {
      const numbers = PUBLISHED[`table${table}`];
      return {
        ...(isPublished
          ? { published: (row, level, method) => publishedIn(numbers, row, level, method) }
          : {}),
        ...differences(result),
      };
    }
    case 'III':
      return isPublished ? { published: publishedBackbone } : {};
    case 'IV':
      return isPublished ? { published: publishedTransfer } : {};
    case 'severity':
      return {};
  }
}

function publishedBackbone(
  { name, modality }: Pick<Row, 'name' | 'modality'>,
  level: number | string,
  method: string,
): number | undefined {
  const { levels, rows } = PUBLISHED.tableIII;
  const values = rows.find(({ row }) => row === `${modality} ${name}`)?.values;
  return valueAt(values, method)?.[levels.indexOf(Number(level))];
}

function publishedTransfer(
  { name }: { name: string },
  dataset: number | string,
  method: string,
): number | undefined {
  if (dataset !== PUBLISHED.tableIV.dataset) return undefined;
  return valueAt(PUBLISHED.tableIV.rows.find(({ row }) => row === name)?.values, method)?.[0];
}

/** Largest p-value that counts as a difference. */
export const CHANCE = 0.05;

/**
 * Whether a method differs from the first one by more than chance: p below {@link CHANCE} with every seed, and the
 * same sign.
 */
function differences({ comparisons }: BenchmarkResult): Pick<Shape, 'differs'> {
  if (!comparisons || comparisons.length === 0) return {};
  const verdicts = new Map<string, { signs: Set<number>; isSure: boolean }>();
  const first = firstMethod(comparisons.flatMap(({ a, b }) => [a, b]));
  for (const { a, b, corruption, level, difference, pValue } of comparisons) {
    if (a !== first && b !== first) continue;
    const key = JSON.stringify([corruption, level, a === first ? b : a]);
    const verdict = verdicts.get(key) ?? { signs: new Set(), isSure: true };
    verdict.signs.add(Math.sign(difference) * (b === first ? 1 : -1));
    verdict.isSure &&= pValue < CHANCE;
    verdicts.set(key, verdict);
  }
  return {
    differs: (row, column, method) => {
      const verdict = verdicts.get(JSON.stringify([row, column, method]));
      return verdict === undefined ? undefined : verdict.isSure && verdict.signs.size === 1;
    },
  };
}

/**
 * Refuses what cannot share a table: results of several datasets, or two of one backbone.
 * @throws BAD_INPUT naming the runs
 */
export function requireComparable(results: readonly BenchmarkResult[]): void {
  const [first, ...others] = results;
  const stranger = others.find(({ dataset }) => dataset.sha256 !== first!.dataset.sha256);
  if (stranger) {
    throw new RobustaError(
      'BAD_INPUT',
      `runs ${first!.run} and ${stranger.run} are of different data and cannot share a table`,
      { hint: 'give results of one dataset, one for each backbone' },
    );
  }
  const seen = new Map<string, string>();
  for (const result of results) {
    const backbone = backboneOf(result);
    const earlier = seen.get(backbone);
    if (earlier !== undefined) {
      throw new RobustaError('BAD_INPUT', `runs ${earlier} and ${result.run} are both of ${backbone}`, {
        hint: 'give one result for each backbone',
      });
    }
    seen.set(backbone, result.run);
  }
}
