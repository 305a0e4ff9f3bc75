import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import { orientationBin } from './orientation.js';
import type { Snippet } from './snippet.js';
import { halve } from './working-image.js';

const d = (name: string, formula: string, unit = 'luma/px') => ({ name: `detail.${name}`, formula, unit });
const FRAMES = [0, 5, 10, WINDOW_FRAMES - 1];
const LEVELS = 4;

/** Sharpness, noise and edge directions of the picture itself, mean of frames 0, 5, 10 and 15. */
export const detail: FeatureGroup = {
  dimensions: [
    d('gradient', 'c(mean |grad Y|)'),
    d('laplacian', 'c(mean |Y_xx + Y_yy|)', 'luma/px^2'),
    d('fineness', 'mean |Y_xx + Y_yy| / (mean |grad Y| + 0.001)', '1/px'),
    d(
      'balance',
      'share of |grad Y| within 34 degrees of the x axis less the share within 34 degrees of the y axis',
      '1',
    ),
    d('diagonal', 'share of |grad Y| near 45 degrees less the share near 135 degrees', '1'),
    d('noise', 'c(mean |Y_xx + Y_yy| of cell 43 of 48, from high to low)', 'luma/px^2'),
    ...[1, 2, 4].map((size) =>
      d(
        `slope.${size}`,
        `ln of mean |grad| of Y averaged over ${size}x${size} pixels over the same at ${2 * size}x${2 * size}, each + 0.001`,
        '1',
      ),
    ),
  ],
  compute({ luma, gx, gy, width, height }: Snippet, out, offset) {
    const total: EdgeSums = { mean: 0, bins: new Float64Array(8) };
    const curvature = new Float64Array(CELLS);
    const octaves = new Float64Array(LEVELS);
    const image = new Float32Array(width * height);
    const means = new Float64Array(CELLS);
    for (const t of FRAMES) {
      addEdges(gx[t]!, gy[t]!, total);
      laplace(luma[t]!, width, height, image);
      cellMeans(image, width, height, true, means);
      for (let i = 0; i < CELLS; i++) curvature[i]! += means[i]! / FRAMES.length;
      addOctaves(luma[t]!, width, height, octaves);
    }
    const pixels = FRAMES.length * width * height;
    const mean = total.mean / pixels;
    const second = curvature.reduce((a, b) => a + b, 0) / CELLS;
    curvature.sort().reverse();
    for (let level = 0; level < LEVELS; level++) octaves[level]! /= FRAMES.length;
    const share = (bins: number[]) =>
      bins.reduce((sum, bin) => sum + total.bins[bin]!, 0) / (total.mean + 0.001 * pixels);
    new Writer(out, offset).put(
      compress(mean),
      compress(second),
      second / (mean + 0.001),
      share([7, 0, 1]) - share([3, 4, 5]),
      share([1, 2, 3]) - share([5, 6, 7]),
      compress(curvature[43]!),
      ...[0, 1, 2].map((level) => Math.log((octaves[level]! + 0.001) / (octaves[level + 1]! + 0.001))),
    );
  },
};

interface EdgeSums {
  mean: number;
  /** Sums of |grad Y| by orientation. */
  bins: Float64Array;
}

function addEdges(gx: Float32Array, gy: Float32Array, sums: EdgeSums): void {
  let mean = 0;
  for (let i = 0; i < gx.length; i++) {
    const a = gx[i]!;
    const b = gy[i]!;
    const m = Math.sqrt(a * a + b * b);
    if (m === 0) continue;
    mean += m;
    sums.bins[orientationBin(a, b)]! += m;
  }
  sums.mean += mean;
}

function laplace(image: Float32Array, width: number, height: number, out: Float32Array): void {
  out.fill(0);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      out[i] = image[i - 1]! + image[i + 1]! + image[i - width]! + image[i + width]! - 4 * image[i]!;
    }
  }
}

function addOctaves(luma: Float32Array, width: number, height: number, octaves: Float64Array): void {
  let image = luma;
  let w = width;
  let h = height;
  for (let level = 0; level < LEVELS; level++) {
    octaves[level]! += meanGradient(image, w, h);
    if (level === LEVELS - 1) break;
    image = halve(image, w, h);
    w >>= 1;
    h >>= 1;
  }
}

function meanGradient(image: Float32Array, width: number, height: number): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      const a = image[i + 1]! - image[i - 1]!;
      const b = image[i + width]! - image[i - width]!;
      sum += Math.sqrt(a * a + b * b);
    }
  }
  return sum / (2 * (width - 2) * (height - 2));
}
