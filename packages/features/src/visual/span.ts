import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';
import { halve } from './working-image.js';

const LAGS = [1, 2, 4, 8, 15];
const MEAN_LAGS = [1, 4, 15];
const TOP_LAGS = [1, 15];
const SIZES = [1, 2, 4, 8];
const d = (name: string, formula: string, unit = 'luma') => ({ name: `span.${name}`, formula, unit });

/** Change over longer spans of time and larger patches: noise is the same at every lag and vanishes in patches. */
export const span: FeatureGroup = {
  dimensions: [
    ...MEAN_LAGS.map((lag) => d(`lag.${lag}`, `c(mean |Y_t - Y_t-${lag}|)`)),
    ...LAGS.slice(1).map((lag) =>
      d(`growth.${lag}`, `ln of mean |Y_t - Y_t-${lag}| over mean |Y_t - Y_t-1|, each + 0.001`, '1'),
    ),
    ...TOP_LAGS.map((lag) => d(`top.${lag}`, `c(largest cell mean of |Y_t - Y_t-${lag}|)`)),
    d('patch.8', 'c(mean |D averaged over 8x8 pixels|), every other pair'),
    ...SIZES.slice(1).map((size) =>
      d(
        `blob.${size}`,
        `mean |D averaged over ${size}x${size} pixels| over (mean |D| + 0.001), every other pair`,
        '1',
      ),
    ),
  ],
  compute({ luma, diff, width, height }: Snippet, out, offset) {
    const lags = LAGS.map((lag) => lagged(luma, lag, width, height));
    const patches = patchMeans(diff, width, height);
    const w = new Writer(out, offset);
    w.put(...MEAN_LAGS.map((lag) => compress(lags[LAGS.indexOf(lag)]!.mean)));
    w.put(...lags.slice(1).map(({ mean }) => Math.log((mean + 0.001) / (lags[0]!.mean + 0.001))));
    w.put(...TOP_LAGS.map((lag) => compress(lags[LAGS.indexOf(lag)]!.top)));
    w.put(compress(patches[3]!));
    w.put(...patches.slice(1).map((amount) => amount / (patches[0]! + 0.001)));
  },
};

/** Mean over frames and pixels, and largest cell mean, of |Y_t - Y_t-lag|; every other frame at the longer lags. */
function lagged(
  luma: Float32Array[],
  lag: number,
  width: number,
  height: number,
): { mean: number; top: number } {
  const image = new Float32Array(width * height);
  const cell = new Float64Array(CELLS);
  const stride = lag > 2 ? 2 : 1;
  let count = 0;
  for (let t = lag; t < WINDOW_FRAMES; t += stride) {
    count++;
    addDistance(luma[t]!, luma[t - lag]!, image);
  }
  cellMeans(image, width, height, false, cell);
  let mean = 0;
  let top = 0;
  for (const value of cell) {
    mean += value / CELLS / count;
    top = Math.max(top, value / count);
  }
  return { mean, top };
}

function addDistance(a: Float32Array, b: Float32Array, image: Float32Array): void {
  for (let i = 0; i < image.length; i++) image[i]! += Math.abs(a[i]! - b[i]!);
}

/** Mean |D| after averaging over patches of 1, 2, 4 and 8 pixels, of every other pair. */
function patchMeans(diff: Float32Array[], width: number, height: number): number[] {
  const sums = SIZES.map(() => 0);
  let count = 0;
  for (let t = 0; t < diff.length; t += 2) {
    count++;
    let image = diff[t]!;
    let w = width;
    let h = height;
    for (let level = 0; level < SIZES.length; level++) {
      if (level > 0) {
        image = halve(image, w, h);
        w >>= 1;
        h >>= 1;
      }
      sums[level]! += meanAbsolute(image);
    }
  }
  return sums.map((sum) => sum / count);
}

function meanAbsolute(image: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += Math.abs(image[i]!);
  return sum / image.length;
}
