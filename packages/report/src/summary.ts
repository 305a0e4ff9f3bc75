import { type BenchmarkRecord, type BenchmarkResult, RobustaError } from '@robusta/core';

/** A quantity over training seeds, in percent. */
export interface Statistic {
  mean: number;
  /** Sample standard deviation; undefined for a single seed. */
  sd: number | undefined;
}

/** One method under one corruption at one level. */
export interface Cell {
  /** Training seeds behind the statistics. */
  seeds: number;
  ap: Statistic;
  prAuc: Statistic;
  rocAuc: Statistic;
}

/** One line of the table: `cells[level][method]`, undefined where the result has no record. */
export interface Row {
  name: string;
  cells: (Cell | undefined)[][];
}

/** The corruptions of one modality, and their average. */
export interface Group {
  modality: 'visual' | 'audio';
  rows: Row[];
  average: Row;
}

/** Table I of the paper as data, which all formats print. */
export interface Summary {
  /** Shares of corrupted test videos, percent, ascending. */
  levels: number[];
  methods: string[];
  /** Training seeds, ascending. */
  seeds: number[];
  groups: Group[];
}

type Areas = Pick<BenchmarkRecord, 'ap' | 'prAuc' | 'rocAuc'>;
/** The records of one cell by seed. */
type Runs = Map<number, Areas>;

/** Order of the paper's figure 4; other methods follow in the order of the records. */
const METHOD_ORDER = ['concat', 'average', 'dynamic'];

/**
 * Averages the records of a result over seeds, and over the corruptions of a modality.
 * @throws EMPTY_INPUT without records
 * @throws BAD_INPUT if a seed has two records for one cell
 */
export function summarize({ records }: BenchmarkResult): Summary {
  if (records.length === 0) {
    throw new RobustaError('EMPTY_INPUT', 'the result has no records, so there is nothing to show');
  }
  const runs = new Map<string, Runs>();
  for (const record of records) {
    const key = cellKey(record);
    const bySeed = runs.get(key) ?? new Map();
    if (bySeed.has(record.seed)) {
      const { method, corruption, modality, level, seed } = record;
      throw new RobustaError(
        'BAD_INPUT',
        `two records for ${method} under ${modality} ${corruption} at level ${level} with seed ${seed}`,
      );
    }
    runs.set(key, bySeed.set(record.seed, record));
  }
  const levels = distinct(records.map(({ level }) => level)).sort((a, b) => a - b);
  const seeds = distinct(records.map(({ seed }) => seed)).sort((a, b) => a - b);
  const methods = distinct(records.map(({ method }) => method)).sort((a, b) => methodRank(a) - methodRank(b));
  const group = (modality: Group['modality']): Group => {
    const names = distinct(records.filter((record) => record.modality === modality).map((r) => r.corruption));
    const runsOf = (corruption: string, level: number, method: string): Runs =>
      runs.get(cellKey({ modality, corruption, level, method })) ?? new Map();
    const row = (name: string, runsAt: (level: number, method: string) => Runs): Row => ({
      name,
      cells: levels.map((level) => methods.map((method) => toCell(runsAt(level, method)))),
    });
    return {
      modality,
      rows: names.map((name) => row(name, (level, method) => runsOf(name, level, method))),
      average: row('average', (level, method) =>
        averageRuns(names.map((name) => runsOf(name, level, method))),
      ),
    };
  };
  const groups = (['visual', 'audio'] as const).map(group).filter(({ rows }) => rows.length > 0);
  return { levels, methods, seeds, groups };
}

function cellKey({
  modality,
  corruption,
  level,
  method,
}: Omit<BenchmarkRecord, keyof Areas | 'severity' | 'seed' | 'corruptedVideos'>) {
  return JSON.stringify([modality, corruption, level, method]);
}

function methodRank(method: string): number {
  const index = METHOD_ORDER.indexOf(method);
  return index < 0 ? METHOD_ORDER.length : index;
}

function distinct<T>(values: T[]): T[] {
  return [...new Set(values)];
}

/** Averages over corruptions seed by seed, for the seeds that all of them have. */
function averageRuns(rows: Runs[]): Runs {
  const average: Runs = new Map();
  for (const seed of rows[0]?.keys() ?? []) {
    const areas = rows.flatMap((row) => row.get(seed) ?? []);
    if (areas.length < rows.length) continue;
    const over = (key: keyof Areas) => mean(areas.map((area) => area[key]));
    average.set(seed, { ap: over('ap'), prAuc: over('prAuc'), rocAuc: over('rocAuc') });
  }
  return average;
}

function toCell(runs: Runs): Cell | undefined {
  if (runs.size === 0) return undefined;
  const over = (key: keyof Areas) => statistic([...runs.values()].map((areas) => 100 * areas[key]));
  return { seeds: runs.size, ap: over('ap'), prAuc: over('prAuc'), rocAuc: over('rocAuc') };
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function statistic(values: number[]): Statistic {
  const center = mean(values);
  if (values.length < 2) return { mean: center, sd: undefined };
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, sd: Math.sqrt(squares / (values.length - 1)) };
}

/** All lines of a group, the average last. */
export function rowsOf({ rows, average }: Group): Row[] {
  return [...rows, average];
}

/** The number as tables show it: percent with two decimals. */
export function shown({ mean: value }: Statistic): string {
  return value.toFixed(2);
}

/**
 * Which methods of a comparison (one corruption at one level) have the best AP as shown. None is marked
 * where all are equal or there is but one.
 */
export function bestOf(cells: (Cell | undefined)[]): boolean[] {
  const values = cells.map((cell) => (cell ? Number(shown(cell.ap)) : Number.NEGATIVE_INFINITY));
  const best = Math.max(...values);
  const marks = values.map((value) => value === best && value > Number.NEGATIVE_INFINITY);
  const compared = cells.filter((cell) => cell !== undefined).length;
  return marks.filter(Boolean).length < compared ? marks : marks.map(() => false);
}
