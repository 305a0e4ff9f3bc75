import { BACKBONES } from '../run/backbones.js';
import { METHODS } from '../run/config.js';
import type { ConfigFile } from './schema.js';

/** What a table or figure is made of, where nothing else is said. */
const NEEDS: Record<'tables' | 'figures', Record<string, ConfigFile>> = {
  tables: {
    I: { corruptions: ['table1'] },
    II: { corruptions: ['table2'] },
    III: { corruptions: ['mixed-visual', 'mixed-audio'], backbones: [...BACKBONES] },
    V: { corruptions: ['pitch-shift'], methods: [...METHODS] },
    severity: { severities: [1, 2, 3, 4, 5] },
  },
  figures: {
    '4': { corruptions: ['motion-blur', 'fog', 'random-dropout'] },
    severity: { severities: [1, 2, 3, 4, 5] },
  },
};

/** All that the tables and figures need together. */
export function needsOf({ tables = [], figures = [] }: NonNullable<ConfigFile['show']>): ConfigFile {
  const needed: Record<string, unknown[]> = {};
  const all = [...tables.map((name) => NEEDS.tables[name]), ...figures.map((name) => NEEDS.figures[name])];
  for (const [key, values] of all.flatMap((need) => Object.entries(need ?? {}))) {
    needed[key] = [...new Set([...(needed[key] ?? []), ...(values as unknown[])])];
  }
  return needed as ConfigFile;
}
