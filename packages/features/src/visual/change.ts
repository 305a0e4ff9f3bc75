import { WINDOW_FRAMES } from '../grid.js';
import { summary } from '../statistics.js';
import { CELLS, cellColumns, cellMeans } from './cells.js';
import { halve } from './detail.js';
import { compress, entropy, type FeatureGroup, Writer } from './group.js';
import { pairStatistics } from './pair.js';
import type { Snippet } from './snippet.js';

const d = (name: string, formula: string, unit = 'luma') => ({ name: `change.${name}`, formula, unit });
const PAIRS = WINDOW_FRAMES - 1;
const SERIES: [string, string, string][] = [
  ['mean', 'mean |D|', 'luma'],
  ['rms', 'rms D', 'luma'],
  ['moving', 'share of pixels with |D| > 6/255', '1'],
  ['strong', 'share of pixels with |D| > 20/255', '1'],
  ['top', 'largest of the 48 cell means of |D|', 'luma'],
  ['active', 'share of cells with mean |D| > 4/255', '1'],
  ['jump', 'change of |D|: mean of | |D_t| - |D_t-1| |', 'luma'],
];
const RANKS = [0, 1, 3, 7, 13, 21, 33, 47];
const LAGS = [1, 2, 4, 8, 15];

/** How much pixels change from frame to frame: amount, peaks, unevenness in time, concentration in space. */
export const change: FeatureGroup = {
  dimensions: [
    ...SERIES.flatMap(([name, formula, unit]) => [
      d(`${name}.mean`, `c(mean over pairs of ${formula})`, unit),
      d(`${name}.max`, `c(largest over pairs of ${formula})`, unit),
      d(`${name}.min`, `c(smallest over pairs of ${formula})`, unit),
      d(`${name}.sd`, `c(standard deviation over pairs of ${formula})`, unit),
      d(`${name}.step`, `c(mean step between pairs of ${formula})`, unit),
    ]),
    ...RANKS.map((rank) => d(`cells.${rank}`, `c(mean |D| of cell ${rank} of 48, from high to low)`)),
    ...[0, 1, 3, 7, 15, 31].map((rank) =>
      d(`cells.max.${rank}`, `c(largest |D| over pairs of cell ${rank} of 48, from high to low)`),
    ),
    ...[0, 1, 3, 7, 15].map((rank) =>
      d(`cells.step.${rank}`, `c(mean step of |D| of cell ${rank} of 48, from high to low)`),
    ),
    ...[1, 3, 6, 12].map((count) =>
      d(`share.${count}`, `share of the ${count} strongest cells in the sum of |D|`, '1'),
    ),
    d('share.entropy', 'entropy of the shares of the 48 cells / ln 48', '1'),
    ...LAGS.map((lag) => d(`lag.${lag}`, `c(mean |Y_t - Y_t-${lag}|)`)),
    ...LAGS.slice(1).map((lag) => d(`lag.growth.${lag}`, `ln of lag ${lag} over lag 1, each + 0.001`, '1')),
    ...LAGS.map((lag) => d(`lag.top.${lag}`, `c(largest cell mean of |Y_t - Y_t-${lag}|)`)),
    d(
      'reversal',
      'share of D_t-1 undone by D_t: sum of min(|D_t|, |D_t-1|) where signs differ / sum of |D|',
      '1',
    ),
    d('roughness', 'sum |D_t - D_t-1| / sum (|D_t| + |D_t-1|)', '1'),
    ...[1, 2, 4, 8].map((size) => d(`octave.${size}`, `c(mean |D averaged over ${size}x${size} pixels|)`)),
    ...[2, 4, 8].map((size) => d(`blob.${size}`, `octave ${size} / octave 1, before compression`, '1')),
    d('signed.max', 'signed c of the largest mean D'),
    d('signed.min', 'signed c of the smallest mean D'),
    d('signed.mean', 'c(mean |mean D|)'),
    d('together', 'mean over pairs of |mean D| / mean |D|', '1'),
    d('together.max', 'largest over pairs of |mean D| / (mean |D| + 0.002)', '1'),
    d('path', 'mean step of the centroid of |D| between pairs', 'picture sides'),
    d('spread', 'standard deviation of the place of |D|', 'picture sides'),
  ],
  compute(s: Snippet, out, offset) {
    const { diff, luma, width, height } = s;
    const series = SERIES.map(() => new Float64Array(PAIRS));
    const cells = new Float64Array(CELLS * PAIRS);
    const cell = new Float64Array(CELLS);
    const signed = new Float64Array(PAIRS);
    const together = new Float64Array(PAIRS);
    const centre: [number, number, number][] = [];
    let reversal = 0;
    let rough = 0;
    let roughSum = 0;
    let sum = 0;
    for (let t = 0; t < PAIRS; t++) {
      const now = diff[t]!;
      const pair = pairStatistics(now, diff[Math.max(0, t - 1)]!);
      if (t > 0) {
        reversal += pair.undone;
        rough += pair.rough;
        roughSum += pair.mean + series[0]![t - 1]!;
      }
      sum += pair.mean;
      cellMeans(now, width, height, true, cell);
      cells.set(cell, t * CELLS);
      let top = 0;
      let active = 0;
      for (const value of cell) {
        if (value > top) top = value;
        if (value > 4 / 255) active++;
      }
      const values = [pair.mean, pair.rms, pair.moving, pair.strong, top, active / CELLS, pair.jump];
      for (let k = 0; k < values.length; k++) series[k]![t] = values[k]!;
      signed[t] = pair.signed;
      together[t] = Math.abs(pair.signed) / (pair.mean + 0.002);
      centre.push(centroid(cell, cellColumns(width, height)));
    }
    // The first pair has no pair before it.
    series[6]![0] = series[6]![1]!;
    const w = new Writer(out, offset);
    for (const values of series) {
      const { mean, max, min, sd, step } = summary(values);
      w.put(compress(mean), compress(max), compress(min), compress(sd), compress(step));
    }
    const mean = new Float64Array(CELLS);
    const max = new Float64Array(CELLS);
    const step = new Float64Array(CELLS);
    const one = new Float64Array(PAIRS);
    for (let c = 0; c < CELLS; c++) {
      for (let t = 0; t < PAIRS; t++) one[t] = cells[t * CELLS + c]!;
      const about = summary(one);
      mean[c] = about.mean;
      max[c] = about.max;
      step[c] = about.step;
    }
    for (const values of [mean, max, step]) values.sort().reverse();
    w.put(...RANKS.map((rank) => compress(mean[rank]!)));
    w.put(...[0, 1, 3, 7, 15, 31].map((rank) => compress(max[rank]!)));
    w.put(...[0, 1, 3, 7, 15].map((rank) => compress(step[rank]!)));
    let all = 0.002 * CELLS;
    for (const value of mean) all += value;
    w.put(...[1, 3, 6, 12].map((count) => mean.subarray(0, count).reduce((a, b) => a + b, 0) / all));
    w.put(entropy(mean, 0.002 * CELLS));
    const lags = LAGS.map((lag) => lagged(luma, lag, width, height));
    w.put(...lags.map(({ mean }) => compress(mean)));
    w.put(...lags.slice(1).map(({ mean }) => Math.log((mean + 0.001) / (lags[0]!.mean + 0.001))));
    w.put(...lags.map(({ top }) => compress(top)));
    w.put(reversal / (sum + 0.001 * PAIRS), roughSum > 0 ? rough / (roughSum + 0.001 * PAIRS) : 0);
    const octaves = [0, 0, 0, 0];
    for (let t = 0; t < PAIRS; t += 2) {
      let image = diff[t]!;
      let iw = width;
      let ih = height;
      for (let level = 0; level < 4; level++) {
        octaves[level]! += meanAbsolute(image) / 8;
        if (level === 3) break;
        image = halve(image, iw, ih);
        iw >>= 1;
        ih >>= 1;
      }
    }
    w.put(...octaves.map(compress));
    w.put(...[1, 2, 3].map((level) => octaves[level]! / (octaves[0]! + 0.001)));
    const plain = summary(signed);
    w.put(
      Math.sign(plain.max) * compress(Math.abs(plain.max)),
      Math.sign(plain.min) * compress(Math.abs(plain.min)),
    );
    w.put(compress(summary(signed.map(Math.abs)).mean));
    const joint = summary(together);
    w.put(joint.mean, joint.max);
    let path = 0;
    let spread = 0;
    for (let t = 0; t < PAIRS; t++) {
      spread += centre[t]![2] / PAIRS;
      if (t > 0)
        path +=
          Math.hypot(centre[t]![0] - centre[t - 1]![0], centre[t]![1] - centre[t - 1]![1]) / (PAIRS - 1);
    }
    w.put(path, spread);
  },
};

function lagged(
  luma: Float32Array[],
  lag: number,
  width: number,
  height: number,
): { mean: number; top: number } {
  const image = new Float32Array(width * height);
  const cell = new Float64Array(CELLS);
  let count = 0;
  const step = lag > 2 ? 2 : 1;
  for (let t = lag; t < WINDOW_FRAMES; t += step) {
    count++;
    addDistance(luma[t]!, luma[t - lag]!, image);
  }
  cellMeans(image, width, height, true, cell);
  let mean = 0;
  let top = 0;
  for (const value of cell) {
    mean += value / CELLS / count;
    top = Math.max(top, value / count);
  }
  return { mean, top };
}

function meanAbsolute(image: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += Math.abs(image[i]!);
  return sum / image.length;
}

/** Adds |a - b| pixel by pixel. */
function addDistance(a: Float32Array, b: Float32Array, image: Float32Array): void {
  for (let i = 0; i < image.length; i++) image[i]! += Math.abs(a[i]! - b[i]!);
}

/** Centroid of cells in picture sides from the middle, shrunk to the middle when there is little, and its spread. */
function centroid(cell: Float64Array, columns: number): [number, number, number] {
  const rows = cell.length / columns;
  let sum = 0.002 * cell.length;
  let x = 0;
  let y = 0;
  let square = 0;
  for (let i = 0; i < cell.length; i++) {
    const dx = ((i % columns) + 0.5) / columns - 0.5;
    const dy = (Math.floor(i / columns) + 0.5) / rows - 0.5;
    sum += cell[i]!;
    x += cell[i]! * dx;
    y += cell[i]! * dy;
    square += cell[i]! * (dx * dx + dy * dy);
  }
  x /= sum;
  y /= sum;
  return [x, y, Math.sqrt(Math.max(0, square / sum - x * x - y * y))];
}
