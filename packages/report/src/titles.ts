import type { BenchmarkResult } from '@robusta/core';
import { type Caption, caption, MAIN_TITLE } from './caption.js';
import { isPublishedDataset, publishedNote } from './published.js';
import { PUBLISHED } from './published-numbers.js';
import { distinct, has, type Table } from './table.js';
import { CHANCE, type GridTable } from './table-data.js';

const TITLES: Record<GridTable, string> = {
  I: MAIN_TITLE,
  II: 'AP (%) where the other modality is missing altogether, by corruption and share of corrupted test videos',
  III: 'AP (%) by backbone under mixed corruptions of one modality, at 0 and 100 % corrupted test videos',
  IV: 'ROC-AUC (%) on a dataset that the models were not trained on',
  V: 'AP (%) with a linear projection, zero padding and concatenation',
  severity: 'AP (%) by severity, with all test videos corrupted',
};

function chanceNote({ comparisons = [] }: BenchmarkResult): string {
  const seeds = distinct(comparisons.map(({ seed }) => seed));
  const which =
    seeds.length === 1 ? `seed ${seeds[0]}, which alone was compared` : 'every seed, and the same sign';
  return `Differs: p below ${CHANCE} in the paired bootstrap over videos against the first method, with ${which}.`;
}

/** What stands below a table: enough to read it on its own. */
export function captionOf(results: readonly BenchmarkResult[], id: GridTable, table: Table): Caption {
  const result = results[0]!;
  const settings = id === 'severity' ? ['backbone'] : id === 'III' || id === 'IV' ? ['severity'] : undefined;
  return caption(result, table, {
    title: TITLES[id],
    notes: notesOf(results, id, table),
    ...(settings ? { settings } : {}),
  });
}

function notesOf(results: readonly BenchmarkResult[], id: GridTable, table: Table): string[] {
  const notes: string[] = [];
  if (id === 'I' || id === 'II') {
    const isMissing = table.groups.some(({ name }) => id === 'II' || name === 'missing');
    if (isMissing && table.methods.includes('concat')) {
      notes.push('For a missing modality concat has zeros, the other methods have the weight 0.');
    }
  }
  if (id === 'V') {
    notes.push(
      'concat is the baseline; padding fills audio features up with zeros and weighs both modalities alike; average and dynamic have the linear projection.',
    );
  }
  if (has(table, 'differs')) notes.push(chanceNote(results[0]!));
  if (has(table, 'published')) notes.push(publishedNote(results[0]!));
  if (id === 'IV' && isPublishedDataset(results[0]!)) {
    const { unsupervised } = PUBLISHED.tableIV;
    const others = unsupervised.map(({ method, rocAuc }) => `${method} ${rocAuc.toFixed(2)}`);
    notes.push(`Published for UCF-Crime, trained there without labels: ${others.join(', ')}.`);
  }
  return notes;
}
