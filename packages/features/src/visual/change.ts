import { WINDOW_FRAMES } from '../grid.js';
import { summary } from '../statistics.js';
import { CELLS, cellColumns, cellMeans } from './cells.js';
import { centroid } from './centroid.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import { pairStatistics } from './pair.js';
import type { Snippet } from './snippet.js';

const PAIRS = WINDOW_FRAMES - 1;
const d = (name: string, formula: string, unit = 'luma') => ({ name: `change.${name}`, formula, unit });
const SERIES: readonly (readonly [string, string, string])[] = [
  ['mean', 'mean |D|', 'luma'],
  ['moving', 'mean D^4 / (D^4 + (6/255)^4), a soft share of pixels with |D| > 6/255', '1'],
  ['strong', 'mean D^4 / (D^4 + (20/255)^4), a soft share of pixels with |D| > 20/255', '1'],
  ['top', 'largest of the 48 cell means of |D|', 'luma'],
  ['active', 'mean over cells of A^4 / (A^4 + (4/255)^4), A the cell mean of |D|', '1'],
  ['jump', 'mean of | |D_t| - |D_t-1| |', 'luma'],
];
const JUMP = 5;

/** How much pixels change from frame to frame: amount, peaks, unevenness in time, flashes. */
export const change: FeatureGroup = {
  dimensions: [
    ...SERIES.flatMap(([name, formula, unit]) => [
      d(`${name}.mean`, `c(mean over pairs of the ${formula})`, unit),
      d(`${name}.max`, `c(largest over pairs of the ${formula})`, unit),
      d(`${name}.sd`, `c(standard deviation over pairs of the ${formula})`, unit),
      d(`${name}.step`, `c(mean step from pair to pair of the ${formula})`, unit),
    ]),
    d(
      'reversal',
      'sum of min(|D_t|, |D_t-1|) where D_t and D_t-1 differ in sign over sum of (|D| + 0.001)',
      '1',
    ),
    d('roughness', 'sum |D_t - D_t-1| over sum (|D_t| + |D_t-1| + 0.001)', '1'),
    d('flash.up', 'largest mean D over pairs, compressed with its sign'),
    d('flash.down', 'smallest mean D over pairs, compressed with its sign'),
    d('flash.mean', 'c(mean over pairs of |mean D|)'),
    d('together.mean', 'mean over pairs of |mean D| / (mean |D| + 0.002)', '1'),
    d('together.max', 'largest over pairs of the same', '1'),
    d('path', 'mean step from pair to pair of the centroid of |D| over cells', 'picture sides'),
    d('spread', 'mean over pairs of the standard deviation of the place of |D| over cells', 'picture sides'),
  ],
  compute({ diff, width, height }: Snippet, out, offset) {
    const series = SERIES.map(() => new Float64Array(PAIRS));
    const cell = new Float64Array(CELLS);
    const signed = new Float64Array(PAIRS);
    const together = new Float64Array(PAIRS);
    let undone = 0;
    let rough = 0;
    let before = 0;
    let sum = 0.001 * PAIRS;
    let roughSum = 0.001 * PAIRS;
    let path = 0;
    let spread = 0;
    let last: ReturnType<typeof centroid> | undefined;
    for (let t = 0; t < PAIRS; t++) {
      const pair = pairStatistics(diff[t]!, diff[Math.max(0, t - 1)]!);
      cellMeans(diff[t]!, width, height, true, cell);
      const values = [pair.mean, pair.moving, pair.strong, ...activity(cell), pair.jump];
      for (let k = 0; k < values.length; k++) series[k]![t] = values[k]!;
      signed[t] = pair.signed;
      together[t] = Math.abs(pair.signed) / (pair.mean + 0.002);
      sum += pair.mean;
      const centre = centroid(cell, cellColumns(width, height));
      spread += centre.spread / PAIRS;
      if (last) {
        undone += pair.undone;
        rough += pair.rough;
        roughSum += pair.mean + before;
        path += Math.hypot(centre.x - last.x, centre.y - last.y) / (PAIRS - 1);
      }
      last = centre;
      before = pair.mean;
    }
    // The first pair has no pair before it.
    series[JUMP]![0] = series[JUMP]![1]!;
    const w = new Writer(out, offset);
    for (const values of series) {
      const { mean, max, sd, step } = summary(values);
      w.put(...[mean, max, sd, step].map(compress));
    }
    const flash = summary(signed);
    const joint = summary(together);
    w.put(undone / sum, rough / roughSum);
    w.put(signedCompress(flash.max), signedCompress(flash.min), compress(summary(signed.map(Math.abs)).mean));
    w.put(joint.mean, joint.max, path, spread);
  },
};

const signedCompress = (x: number) => Math.sign(x) * compress(Math.abs(x));

const ACTIVE = (4 / 255) ** 4;

/** Largest cell mean, and soft share of cells above 4/255. */
function activity(cell: Float64Array): [number, number] {
  let top = 0;
  let active = 0;
  for (let i = 0; i < cell.length; i++) {
    if (cell[i]! > top) top = cell[i]!;
    const fourth = cell[i]! ** 4;
    active += fourth / (fourth + ACTIVE);
  }
  return [top, active / cell.length];
}
