import { WINDOW_FRAMES } from '../grid.js';
import { summary } from '../statistics.js';
import { CELLS, cellMeans } from './cells.js';
import { CELL_FLOOR } from './centroid.js';
import { compress, entropy, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';

const PAIRS = WINDOW_FRAMES - 1;
const RANKS = [0, 3, 13, 33];
const MAX_RANKS = [0, 7, 31];
const STEP_RANKS = [0, 7];
const COUNTS = [1, 3, 6, 12];
const d = (name: string, formula: string, unit = 'luma') => ({ name: `place.${name}`, formula, unit });

/** How change is spread over the 48 cells. Cells are ranked, so it does not matter where in the picture they are. */
export const place: FeatureGroup = {
  dimensions: [
    ...RANKS.map((rank) => d(`mean.${rank}`, `c(mean |D| of cell ${rank} of 48, from high to low)`)),
    ...MAX_RANKS.map((rank) =>
      d(`max.${rank}`, `c(largest mean |D| over pairs of cell ${rank} of 48, from high to low)`),
    ),
    ...STEP_RANKS.map((rank) =>
      d(`step.${rank}`, `c(mean step from pair to pair of |D| of cell ${rank} of 48, from high to low)`),
    ),
    ...COUNTS.map((count) =>
      d(
        `share.${count}`,
        `share of the ${count} strongest cells in the sum of mean |D| + ${CELL_FLOOR}`,
        '1',
      ),
    ),
    d('entropy', 'entropy of the shares of the 48 cells / ln 48', '1'),
  ],
  compute({ diff, width, height }: Snippet, out, offset) {
    const series = Array.from({ length: CELLS }, () => new Float64Array(PAIRS));
    const cell = new Float64Array(CELLS);
    for (let t = 0; t < PAIRS; t++) {
      cellMeans(diff[t]!, width, height, true, cell);
      for (let c = 0; c < CELLS; c++) series[c]![t] = cell[c]!;
    }
    const about = series.map(summary);
    const ranked = (values: number[]) => Float64Array.from(values).sort().reverse();
    const mean = ranked(about.map((cell) => cell.mean));
    const max = ranked(about.map((cell) => cell.max));
    const step = ranked(about.map((cell) => cell.step));
    const floor = CELL_FLOOR * CELLS;
    const all = mean.reduce((a, b) => a + b, floor);
    const w = new Writer(out, offset);
    w.put(...RANKS.map((rank) => compress(mean[rank]!)));
    w.put(...MAX_RANKS.map((rank) => compress(max[rank]!)));
    w.put(...STEP_RANKS.map((rank) => compress(step[rank]!)));
    w.put(...COUNTS.map((count) => mean.subarray(0, count).reduce((a, b) => a + b, 0) / all));
    w.put(entropy(mean, floor));
  },
};
