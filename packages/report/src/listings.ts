import type { BenchmarkResult } from '@robusta/core';
import type { Listing } from './listing.js';
import { distinct, mean } from './table.js';
import { CHANCE } from './table-data.js';

/** The tables of what the paper lacks that are no grids of methods. */
export const LISTING_TABLES = ['significance', 'weights', 'detection'] as const;

/** See {@link LISTING_TABLES}. */
export type ListingTable = (typeof LISTING_TABLES)[number];

/** @returns undefined if the result holds nothing for it */
export function listingData(result: BenchmarkResult, table: ListingTable): Listing | undefined {
  const listing = LISTINGS[table](result);
  return listing.rows.length > 0 ? listing : undefined;
}

const LISTINGS: Record<ListingTable, (result: BenchmarkResult) => Listing> = {
  significance: ({ comparisons = [] }) => {
    const samples = distinct(comparisons.map((comparison) => comparison.samples));
    return {
      id: 'significance',
      title: 'Differences of AP between methods and how sure they are',
      notes: [
        `Paired bootstrap over test videos, ${samples.join(' or ')} samples, one line for each training seed: difference in percentage points, its 95 % interval, two-sided p. p below ${CHANCE} with every seed counts as more than chance; with many lines some are so by chance alone.`,
      ],
      fields: [
        { name: 'corruption' },
        { name: 'level', digits: 0 },
        { name: 'a' },
        { name: 'b' },
        { name: 'seed', digits: 0 },
        { name: 'a minus b', digits: 2 },
        { name: 'low', digits: 2 },
        { name: 'high', digits: 2 },
        { name: 'p', digits: 4 },
      ],
      rows: comparisons.map(({ corruption, level, a, b, seed, difference, low, high, pValue }) => [
        ...[corruption, level, a, b, seed],
        ...[100 * difference, 100 * low, 100 * high, pValue],
      ]),
    };
  },
  weights: (result) => ({
    id: 'weights',
    title: 'Weight λ of a modality, clean and corrupted',
    notes: [
      'Eq. 5, normalized: 0.5 trusts both modalities alike. Mean, 5 %, 50 % and 95 % quantile over the snippets of all test videos, the mean of each over training seeds.',
    ],
    fields: [
      { name: 'corruption' },
      { name: 'weight of' },
      ...['clean', 'corrupted'].flatMap((state) =>
        ['mean', 'q05', 'q50', 'q95'].map((quantile) => ({ name: `${state} ${quantile}`, digits: 3 })),
      ),
    ],
    rows: weightRows(result).map(({ corruption, modality, clean, corrupted }) => [
      ...[corruption, modality],
      ...[clean.mean, clean.q05, clean.q50, clean.q95],
      ...[corrupted.mean, corrupted.q05, corrupted.q50, corrupted.q95],
    ]),
  }),
  detection: ({ detection = [] }) => ({
    id: 'detection',
    title: 'Corrupted test data told from clean by the weighting',
    notes: ['Area under the ROC curve, 0.5 is chance; the mean over training seeds.'],
    fields: [
      { name: 'modality' },
      { name: 'corruption' },
      { name: 'snippets', digits: 3 },
      { name: 'videos', digits: 3 },
    ],
    rows: ['visual', 'audio'].flatMap((modality) => {
      const records = detection.filter((record) => record.modality === modality);
      const names = distinct(records.map(({ corruption }) => corruption));
      const rows = names.map((name) => {
        const own = records.filter(({ corruption }) => corruption === name);
        return [
          mean(own.map(({ snippetRocAuc }) => snippetRocAuc)),
          mean(own.map(({ videoRocAuc }) => videoRocAuc)),
        ] as const;
      });
      if (rows.length === 0) return [];
      const single = rows.filter((_, i) => !names[i]!.startsWith('mixed-'));
      const averaged = single.length > 0 ? single : rows;
      return [
        ...names.map((name, i) => [modality, name, ...rows[i]!]),
        [
          modality,
          'average',
          mean(averaged.map(([snippets]) => snippets)),
          mean(averaged.map(([, videos]) => videos)),
        ],
      ];
    }),
  }),
};

/** Weights of one modality under one corruption, the mean over seeds. */
export interface WeightRow {
  corruption: string;
  modality: 'visual' | 'audio';
  clean: Spread;
  corrupted: Spread;
}

type Spread = NonNullable<BenchmarkResult['weights']>[number]['clean'];

/** Visual weights first; rows in the order of the records. */
export function weightRows({ weights = [] }: BenchmarkResult): WeightRow[] {
  return (['visual', 'audio'] as const).flatMap((modality) => {
    const records = weights.filter((record) => record.modality === modality);
    return distinct(records.map(({ corruption }) => corruption)).map((corruption) => {
      const own = records.filter((record) => record.corruption === corruption);
      const over = (state: 'clean' | 'corrupted'): Spread => ({
        mean: mean(own.map((record) => record[state].mean)),
        q05: mean(own.map((record) => record[state].q05)),
        q50: mean(own.map((record) => record[state].q50)),
        q95: mean(own.map((record) => record[state].q95)),
      });
      return { corruption, modality, clean: over('clean'), corrupted: over('corrupted') };
    });
  });
}
