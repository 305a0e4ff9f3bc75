import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import type { Listing } from './listing.js';

/** Checks what `results/<run>.costs.json` holds. */
export const CostsSchema = z.array(
  z.strictObject({
    stage: z.string(),
    seconds: z.number().min(0),
    items: z.number().min(0).describe('jobs, samples or videos that the stage went through'),
  }),
);

/** What each stage of a run took; not part of a result, which is the same on every machine. */
export type Costs = z.output<typeof CostsSchema>;

/** @throws BAD_OPTION */
export function costsListing(costs: Costs): Listing {
  const checked = parseOptions(CostsSchema, costs, 'costs');
  const total = checked.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = (seconds: number) => (total > 0 ? (100 * seconds) / total : 0);
  return {
    id: 'costs',
    title: 'Cost of each stage',
    notes: ['Wall-clock seconds on the machine of the run; what was there already cost nothing.'],
    fields: [
      { name: 'stage' },
      { name: 'items', digits: 0 },
      { name: 'seconds', digits: 1 },
      { name: 'share %', digits: 1 },
      { name: 'ms an item', digits: 1 },
    ],
    rows: [
      ...checked.map(({ stage, seconds, items }) => [
        ...[stage, items, seconds, share(seconds)],
        items > 0 ? (1000 * seconds) / items : '',
      ]),
      ...(checked.length > 1 ? [['total', '', total, share(total), '']] : []),
    ],
  };
}
