import { type Costs, CostsSchema, parseOptions } from '@robusta/core';
import type { Listing } from './listing.js';

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
