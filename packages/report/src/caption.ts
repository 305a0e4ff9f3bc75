import type { BenchmarkResult } from '@robusta/core';
import { rowsOf, type Table } from './table.js';

/** What a table needs to be understood on its own. */
export interface Caption {
  title: string;
  /** Dataset, size and base rate. */
  dataset: string;
  /** Seeds, spread, severity and backbone. */
  protocol: string;
  /** Further sentences. */
  notes?: readonly string[];
}

/** Title of the table that a run ends with. */
export const MAIN_TITLE = 'AP (%) by corruption and share of corrupted test videos';

/** @returns plain sentences; names in them are not escaped yet */
export function caption(
  { dataset, configuration }: BenchmarkResult,
  table: Table,
  { title = MAIN_TITLE, notes = [] as readonly string[], settings = ['severity', 'backbone'] } = {},
): Caption {
  const rate = baseRate(dataset);
  const guess = rate === undefined ? '' : ` (${rate.toFixed(2)} %, the AP of random scores)`;
  const parts = [
    seedsSentence(table),
    ...settings.map((key) => settingSentence(key[0]!.toUpperCase() + key.slice(1), configuration[key])),
  ];
  return {
    title,
    dataset: `Dataset ${dataset.name}: ${dataset.testVideos} test videos, ${thousands(dataset.testFrames)} frames, ${thousands(dataset.anomalousFrames)} of them anomalous${guess}.`,
    protocol: parts.filter(Boolean).join(' '),
    notes,
  };
}

/** All that stands below the title. */
export function sentences({ dataset, protocol, notes = [] }: Caption): string[] {
  return [dataset, protocol, ...notes].filter(Boolean);
}

/** Share of anomalous test frames, percent. */
export function baseRate({ anomalousFrames, testFrames }: BenchmarkResult['dataset']): number | undefined {
  return testFrames > 0 ? (100 * anomalousFrames) / testFrames : undefined;
}

function seedsSentence(table: Table): string {
  const { seeds } = table;
  if (seeds.length === 1) return `One training seed (${seeds[0]}).`;
  const spread = largestSd(table);
  const sd = spread === undefined ? '' : `, standard deviation at most ${spread.toFixed(2)}`;
  return `Mean over ${seeds.length} training seeds (${seeds.join(', ')})${sd}.`;
}

function largestSd({ groups, metric }: Table): number | undefined {
  const cells = groups.flatMap(rowsOf).flatMap(({ cells }) => cells.flat());
  const all = cells.flatMap((cell) => cell?.[metric].sd ?? []);
  return all.length > 0 ? Math.max(...all) : undefined;
}

function settingSentence(name: string, value: unknown): string {
  if (value === undefined) return '';
  return `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}.`;
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
