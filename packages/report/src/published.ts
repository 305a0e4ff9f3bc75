import type { BenchmarkResult } from '@robusta/core';
import { PUBLISHED, type PublishedTable } from './published-numbers.js';
import type { Row } from './table.js';

/** Whether the numbers of the paper may stand beside those of a result. */
export function isPublishedDataset({ dataset }: BenchmarkResult): boolean {
  return dataset.name === PUBLISHED.dataset;
}

/** The number of the paper for a cell of Table I, II or V. */
export function publishedIn(
  { levels, rows }: PublishedTable,
  { name, modality }: Pick<Row, 'name' | 'modality'>,
  level: number | string,
  method: string,
): number | undefined {
  const key = name === 'average' ? `${modality}-average` : name;
  return valueAt(rows.find(({ row }) => row === key)?.values, method)?.[levels.indexOf(Number(level))];
}

/** Values of a method; the paper has one baseline and its own method, and `padding` in Table V. */
export function valueAt<T>(values: Partial<Record<string, T>> | undefined, method: string): T | undefined {
  return values && Object.hasOwn(values, method) ? values[method] : undefined;
}

/** What has to be known about the published numbers to compare with them. */
export function publishedNote({ dataset }: BenchmarkResult): string {
  const other =
    dataset.testVideos === PUBLISHED.testVideos
      ? ''
      : ` They are of ${PUBLISHED.testVideos} test videos, this run has ${dataset.testVideos}: not the same data.`;
  return `Published: the numbers of the paper for its baseline (beside concat) and its method (beside dynamic); it does not say its severities.${other}`;
}
