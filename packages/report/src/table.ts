import { type BenchmarkRecord, RobustaError } from '@robusta/core';

/** A quantity over training seeds, in percent. */
export interface Statistic {
  mean: number;
  /** Sample standard deviation; undefined for a single seed. */
  sd: number | undefined;
}

/** One method in one row at one column. */
export interface Cell {
  /** Training seeds behind the statistics. */
  seeds: number;
  ap: Statistic;
  prAuc?: Statistic;
  rocAuc: Statistic;
  /** What the paper has here, percent. */
  published?: number;
  /** Differs from the first method by more than chance with every seed; undefined where that was not tested. */
  differs?: boolean;
}

/** One line of a table: `cells[column][method]`, undefined where the result has nothing. */
export interface Row {
  name: string;
  modality: BenchmarkRecord['modality'];
  cells: (Cell | undefined)[][];
}

/** Rows under one heading, and their average if it means something. */
export interface Group {
  name: string;
  rows: Row[];
  average?: Row;
}

/** A share of corrupted videos, a severity, or a dataset. */
export interface Column {
  value: number | string;
  label: string;
}

/** A table of the paper, or another one like it, as data that all formats print. */
export interface Table {
  /** What a row is: `corruption` or `backbone`. */
  rowHead: string;
  /** What a column is, as CSV names it. */
  columnHead: string;
  /** The number that is printed. */
  metric: 'ap' | 'rocAuc';
  columns: Column[];
  methods: string[];
  /** Training seeds, ascending. */
  seeds: number[];
  groups: Group[];
}

/** One number of a seed, on its way into a table. */
export interface Entry {
  group: string;
  row: string;
  modality: BenchmarkRecord['modality'];
  column: number | string;
  method: string;
  seed: number;
  ap: number;
  prAuc?: number;
  rocAuc: number;
}

/** How entries become a table. */
export interface Shape {
  rowHead?: string;
  columnHead?: string;
  metric?: 'ap' | 'rocAuc';
  label?(value: number | string): string;
  /** Headings in their order; others follow. */
  groups?: readonly string[];
  /** Rows in their order; others follow. */
  rows?: readonly string[];
  /** Headings whose rows are averaged. */
  averaged?: readonly string[];
  published?(
    row: Pick<Row, 'name' | 'modality'>,
    column: number | string,
    method: string,
  ): number | undefined;
  differs?(row: string, column: number | string, method: string): boolean | undefined;
}

type Areas = Pick<Entry, 'ap' | 'prAuc' | 'rocAuc'>;
/** The entries of one cell by seed. */
type Runs = Map<number, Areas>;

/** Order of the paper's figure 4; other methods follow in the order of the records. */
const METHOD_ORDER = ['concat', 'padding', 'average', 'dynamic'];

/**
 * Means over seeds, and over the rows of a group.
 * @throws EMPTY_INPUT without entries
 * @throws BAD_INPUT if a seed has two entries for one cell
 */
export function buildTable(entries: readonly Entry[], shape: Shape = {}): Table {
  if (entries.length === 0) {
    throw new RobustaError('EMPTY_INPUT', 'the result has no records, so there is nothing to show');
  }
  const { label = (value) => `${value} %`, averaged = [] } = shape;
  const runs = collect(entries);
  const seeds = distinct(entries.map(({ seed }) => seed)).sort((a, b) => a - b);
  const methods = ordered(distinct(entries.map(({ method }) => method)), METHOD_ORDER);
  const columns = distinct(entries.map(({ column }) => column))
    .sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : 0))
    .map((value) => ({ value, label: label(value) }));

  const group = (name: string): Group => {
    const own = entries.filter((entry) => entry.group === name);
    const rowNames = ordered(distinct(own.map(({ row }) => row)), shape.rows ?? []);
    const runsOf = (row: string, column: Column, method: string): Runs =>
      runs.get(keyOf({ group: name, row, column: column.value, method })) ?? new Map();
    const fill = (
      head: Pick<Row, 'name' | 'modality'>,
      at: (column: Column, method: string) => Runs,
    ): Row => ({
      ...head,
      cells: columns.map((column) =>
        methods.map((method) => {
          const cell = toCell(at(column, method));
          if (!cell) return undefined;
          const published = shape.published?.(head, column.value, method);
          const differs = shape.differs?.(head.name, column.value, method);
          return {
            ...cell,
            ...(published === undefined ? {} : { published }),
            ...(differs === undefined ? {} : { differs }),
          };
        }),
      ),
    });
    const rows = rowNames.map((row) =>
      fill({ name: row, modality: own.find((entry) => entry.row === row)!.modality }, (column, method) =>
        runsOf(row, column, method),
      ),
    );
    if (!averaged.includes(name)) return { name, rows };
    const average = fill({ name: 'average', modality: rows[0]!.modality }, (column, method) =>
      averageRuns(rowNames.map((row) => runsOf(row, column, method))),
    );
    return { name, rows, average };
  };
  return {
    rowHead: shape.rowHead ?? 'corruption',
    columnHead: shape.columnHead ?? 'level_percent',
    metric: shape.metric ?? 'ap',
    columns,
    methods,
    seeds,
    groups: ordered(distinct(entries.map((entry) => entry.group)), shape.groups ?? []).map(group),
  };
}

function collect(entries: readonly Entry[]): Map<string, Runs> {
  const runs = new Map<string, Runs>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const bySeed = runs.get(key) ?? new Map();
    if (bySeed.has(entry.seed)) {
      const { method, row, group, column, seed } = entry;
      throw new RobustaError(
        'BAD_INPUT',
        `two records for ${method} under ${group} ${row} at ${column} with seed ${seed}`,
      );
    }
    runs.set(key, bySeed.set(entry.seed, entry));
  }
  return runs;
}

function keyOf({ group, row, column, method }: Pick<Entry, 'group' | 'row' | 'column' | 'method'>): string {
  return JSON.stringify([group, row, column, method]);
}

export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Those of a known order first, in that order. */
export function ordered(names: readonly string[], order: readonly string[]): string[] {
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** The method that others are compared with. */
export function firstMethod(methods: readonly string[]): string {
  return ordered(methods, METHOD_ORDER)[0]!;
}

/** Averages over rows seed by seed, for the seeds that all of them have. */
function averageRuns(rows: Runs[]): Runs {
  const average: Runs = new Map();
  for (const seed of rows[0]?.keys() ?? []) {
    const areas = rows.flatMap((row) => row.get(seed) ?? []);
    if (areas.length < rows.length) continue;
    average.set(seed, {
      ap: mean(areas.map(({ ap }) => ap)),
      prAuc: mean(areas.map(({ prAuc = Number.NaN }) => prAuc)),
      rocAuc: mean(areas.map(({ rocAuc }) => rocAuc)),
    });
  }
  return average;
}

function toCell(runs: Runs): Cell | undefined {
  if (runs.size === 0) return undefined;
  const areas = [...runs.values()];
  const prAucs = areas.flatMap(({ prAuc }) => (prAuc === undefined ? [] : [100 * prAuc]));
  return {
    seeds: runs.size,
    ap: statistic(areas.map(({ ap }) => 100 * ap)),
    ...(prAucs.length > 0 ? { prAuc: statistic(prAucs) } : {}),
    rocAuc: statistic(areas.map(({ rocAuc }) => 100 * rocAuc)),
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean and sample standard deviation. */
export function statistic(values: readonly number[]): Statistic {
  const center = mean(values);
  if (values.length < 2) return { mean: center, sd: undefined };
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, sd: Math.sqrt(squares / (values.length - 1)) };
}

/** All lines of a group, the average last. */
export function rowsOf({ rows, average }: Group): Row[] {
  return average ? [...rows, average] : rows;
}

/** The number as tables show it: percent with two decimals. */
export function shown({ mean: value }: Statistic): string {
  return value.toFixed(2);
}

/**
 * Which methods of a comparison (one row at one column) have the best number as shown. None is marked where all are
 * equal or there is but one.
 */
export function bestOf(cells: (Cell | undefined)[], metric: Table['metric'] = 'ap'): boolean[] {
  const values = cells.map((cell) => (cell ? Number(shown(cell[metric])) : Number.NEGATIVE_INFINITY));
  const best = Math.max(...values);
  const marks = values.map((value) => value === best && value > Number.NEGATIVE_INFINITY);
  const compared = cells.filter((cell) => cell !== undefined).length;
  return marks.filter(Boolean).length < compared ? marks : marks.map(() => false);
}

/** Whether any cell has a number of the paper, or a verdict on chance. */
export function has(table: Table, key: 'published' | 'differs'): boolean {
  return table.groups
    .flatMap(rowsOf)
    .some(({ cells }) => cells.flat().some((cell) => cell?.[key] !== undefined));
}
