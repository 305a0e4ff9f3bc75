import { WINDOW_FRAMES } from '../grid.js';
import { summary } from '../statistics.js';
import { compress, entropy, type FeatureGroup, hellinger, Writer } from './group.js';
import { orientationBin } from './orientation.js';
import { gradients, type Snippet } from './snippet.js';

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
    const all = new Float64Array(8);
    const moving = new Float64Array(8);
    const tilt = new Float64Array(6);
    const edge = new Float64Array(6);
    const energy = new Float64Array(PAIRS);
    const dx = new Float32Array(pixels);
    const dy = new Float32Array(pixels);
    let before = new Float64Array(8);
    let swing = 0;
    let still = 0;
    for (let t = 0; t < PAIRS; t++) {
      const change = diff[t]!;
      gradients(change, width, height, dx, dy);
      const x = gx[t + 1]!;
      const y = gy[t + 1]!;
      const bins = new Float64Array(8);
      let sum = 0;
      for (let i = 0; i < pixels; i++) {
        const a = dx[i]!;
        const b = dy[i]!;
        if (a !== 0 || b !== 0) {
          const m = Math.sqrt(a * a + b * b);
          sum += m;
          bins[orientationBin(a, b)]! += m;
        }
        const p = x[i]!;
        const q = y[i]!;
        const g = Math.sqrt(p * p + q * q);
        if (g === 0) continue;
        still += g;
        const c = Math.abs(change[i]!);
        if (c > 0) moving[orientationBin(p, q)]! += c;
        let bin = 0;
        while (bin < RATIOS.length && c >= RATIOS[bin]! * g) bin++;
        tilt[bin]! += c;
        edge[bin]! += g;
      }
      energy[t] = sum / pixels;
      const floor = 0.002 * pixels;
      if (t > 0) swing += distance(bins, before, floor) / (PAIRS - 1);
      before = bins;
      for (let bin = 0; bin < 8; bin++) all[bin]! += bins[bin]!;
    }
    const floor = 0.002 * pixels * PAIRS;
    const w = new Writer(out, offset);
    w.put(...hellinger(all, floor), entropy(all, floor));
    let total = floor;
    for (const value of all) total += value;
    w.put((all[3]! + all[4]! + all[5]! - all[7]! - all[0]! - all[1]!) / total);
    w.put(entropy(moving, floor));
    w.put(...hellinger(tilt, floor), ...hellinger(edge, floor));
    const { mean, max, sd, step } = summary(energy);
    w.put(...[mean, max, sd, step].map(compress));
    w.put(Math.log((mean + 0.001) / (still / (pixels * PAIRS) + 0.001)), swing);
  },
};

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
