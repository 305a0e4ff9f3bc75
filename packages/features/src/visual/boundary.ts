import { WINDOW_FRAMES } from '../grid.js';
import { summary } from '../statistics.js';
import { compress, entropy, type FeatureGroup, hellinger, Writer } from './group.js';
import { orientationBin } from './orientation.js';
import type { Snippet } from './snippet.js';

const PAIRS = WINDOW_FRAMES - 1;
const d = (name: string, formula: string, unit = '1') => ({ name: `boundary.${name}`, formula, unit });
const RATIOS = [0.1, 0.25, 0.5, 1, 2];

/** Orientation histograms of gradients in space and time: what moves, not what stands. */
export const boundary: FeatureGroup = {
  dimensions: [
    ...Array.from({ length: 8 }, (_, bin) =>
      d(`change.${bin}`, `sqrt of the share of |grad D| at ${22.5 * bin} degrees`),
    ),
    d('change.entropy', 'entropy of these shares / ln 8'),
    d('change.axis', 'shares of bins 3, 4 and 5 minus shares of bins 7, 0 and 1'),
    d('moving.entropy', 'entropy of the shares of |D| by the orientation of grad Y in eight bins / ln 8'),
    ...Array.from({ length: 6 }, (_, i) =>
      d(
        `tilt.${i}`,
        `sqrt of the share of |D| on pixels with |D| / |grad Y| between ${[0, ...RATIOS][i]} and ${[...RATIOS, 'infinity'][i]} px`,
      ),
    ),
    ...Array.from({ length: 6 }, (_, i) =>
      d(
        `edge.${i}`,
        `sqrt of the share of |grad Y| on pixels with |D| / |grad Y| between ${[0, ...RATIOS][i]} and ${[...RATIOS, 'infinity'][i]} px`,
      ),
    ),
    ...['mean', 'max', 'sd', 'step'].map((what) =>
      d(`energy.${what}`, `c(${what} over pairs of the mean |grad D|)`, 'luma/px'),
    ),
    d('ratio', 'ln of mean |grad D| over mean |grad Y|, each + 0.001'),
    d('swing', 'mean half L1 distance of the eight shares of neighbouring pairs'),
  ],
  compute({ diff, gx, gy, width, height }: Snippet, out, offset) {
    const pixels = width * height;
    const sums: MotionSums = {
      still: 0,
      moving: new Float64Array(8),
      tilt: new Float64Array(6),
      edge: new Float64Array(6),
    };
    const energy = new Float64Array(PAIRS);
    const all = new Float64Array(8);
    const floor = 0.002 * pixels;
    let before: Float64Array | undefined;
    let swing = 0;
    for (let t = 0; t < PAIRS; t++) {
      const bins = new Float64Array(8);
      energy[t] = addBoundaries(gx[t]!, gx[t + 1]!, gy[t]!, gy[t + 1]!, bins) / pixels;
      addMotion(diff[t]!, gx[t + 1]!, gy[t + 1]!, sums);
      if (before) swing += distance(bins, before, floor) / (PAIRS - 1);
      for (let bin = 0; bin < 8; bin++) all[bin]! += bins[bin]!;
      before = bins;
    }
    const total = all.reduce((a, b) => a + b, floor * PAIRS);
    const { mean, max, sd, step } = summary(energy);
    const w = new Writer(out, offset);
    w.put(...hellinger(all, floor * PAIRS), entropy(all, floor * PAIRS));
    w.put((all[3]! + all[4]! + all[5]! - all[7]! - all[0]! - all[1]!) / total);
    w.put(entropy(sums.moving, floor * PAIRS));
    w.put(...hellinger(sums.tilt, floor * PAIRS), ...hellinger(sums.edge, floor * PAIRS));
    w.put(...[mean, max, sd, step].map(compress));
    w.put(Math.log((mean + 0.001) / (sums.still / (pixels * PAIRS) + 0.001)), swing);
  },
};

/** Adds |grad D| by orientation, and gives its sum. The gradient of a difference is the difference of the gradients. */
function addBoundaries(
  x0: Float32Array,
  x1: Float32Array,
  y0: Float32Array,
  y1: Float32Array,
  bins: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < x0.length; i++) {
    const a = x1[i]! - x0[i]!;
    const b = y1[i]! - y0[i]!;
    if (a === 0 && b === 0) continue;
    const m = Math.sqrt(a * a + b * b);
    sum += m;
    bins[orientationBin(a, b)]! += m;
  }
  return sum;
}

interface MotionSums {
  /** Sum of |grad Y|. */
  still: number;
  /** Sums of |D| by the orientation of grad Y. */
  moving: Float64Array;
  /** Sums of |D| and of |grad Y| by |D| / |grad Y|. */
  tilt: Float64Array;
  edge: Float64Array;
}

function addMotion(change: Float32Array, gx: Float32Array, gy: Float32Array, sums: MotionSums): void {
  const { moving, tilt, edge } = sums;
  let still = 0;
  for (let i = 0; i < change.length; i++) {
    const a = gx[i]!;
    const b = gy[i]!;
    const g = Math.sqrt(a * a + b * b);
    if (g === 0) continue;
    still += g;
    const c = Math.abs(change[i]!);
    moving[orientationBin(a, b)]! += c;
    let bin = 0;
    while (bin < RATIOS.length && c >= RATIOS[bin]! * g) bin++;
    tilt[bin]! += c;
    edge[bin]! += g;
  }
  sums.still += still;
}

function distance(a: Float64Array, b: Float64Array, floor: number): number {
  let sumA = floor;
  let sumB = floor;
  for (let i = 0; i < a.length; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
  }
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference += Math.abs(a[i]! / sumA - b[i]! / sumB);
  return difference / 2;
}
