import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, hellinger, Writer } from './group.js';
import { orientationBin } from './orientation.js';
import type { Snippet } from './snippet.js';

const d = (name: string, formula: string, unit = 'luma/px') => ({ name: `detail.${name}`, formula, unit });
const FRAMES = [0, 5, 10, 15].filter((t) => t < WINDOW_FRAMES);

/** Sharpness, noise and edge directions of the picture itself, mean of frames 0, 5, 10 and 15. */
export const detail: FeatureGroup = {
  dimensions: [
    d('gradient', 'c(mean |grad Y|)'),
    d('gradient.rms', 'c(rms |grad Y|)'),
    d('laplacian', 'c(mean |Y_xx + Y_yy|)', 'luma/px^2'),
    d('fineness', 'mean |Y_xx + Y_yy| / (mean |grad Y| + 0.001)', '1/px'),
    d('peaked', 'rms |grad Y| / (mean |grad Y| + 0.001)', '1'),
    d('balance', '(mean |Y_x| - mean |Y_y|) / (mean |Y_x| + mean |Y_y| + 0.001)', '1'),
    d('noise', 'c(5th of 48 cells, by mean |Y_xx + Y_yy| from low to high)', 'luma/px^2'),
    ...[0, 12, 24, 36, 45].map((rank) =>
      d(`cells.${rank}`, `c(mean |grad Y| of cell ${rank} of 48, from high to low)`),
    ),
    ...[1, 2, 4, 8].map((size) =>
      d(`octave.${size}`, `c(mean |grad| of Y averaged over ${size}x${size} pixels)`),
    ),
    ...[1, 2, 4].map((size) =>
      d(`slope.${size}`, `ln ratio of octave ${size} to octave ${2 * size}, each + 0.001`, '1'),
    ),
    ...Array.from({ length: 8 }, (_, bin) =>
      d(`edge.${bin}`, `sqrt of the share of |grad Y| at ${22.5 * bin} degrees`, '1'),
    ),
  ],
  compute({ luma, gx, gy, width, height }: Snippet, out, offset) {
    let mean = 0;
    let square = 0;
    let horizontal = 0;
    let vertical = 0;
    const edges = new Float64Array(8);
    const curvature = new Float64Array(CELLS);
    const cells = new Float64Array(CELLS);
    const octaves = [0, 0, 0, 0];
    const share = 1 / (FRAMES.length * width * height);
    const magnitude = new Float32Array(width * height);
    const laplacian = new Float32Array(width * height);
    const means = new Float64Array(CELLS);
    for (const t of FRAMES) {
      const x = gx[t]!;
      const y = gy[t]!;
      for (let i = 0; i < magnitude.length; i++) {
        const a = x[i]!;
        const b = y[i]!;
        const m = Math.sqrt(a * a + b * b);
        magnitude[i] = m;
        if (m === 0) continue;
        mean += m * share;
        square += m * m * share;
        horizontal += Math.abs(a) * share;
        vertical += Math.abs(b) * share;
        edges[orientationBin(a, b)]! += m * share;
      }
      laplace(luma[t]!, width, height, laplacian);
      cellMeans(laplacian, width, height, true, means);
      for (let i = 0; i < CELLS; i++) curvature[i]! += means[i]! / FRAMES.length;
      cellMeans(magnitude, width, height, false, means);
      for (let i = 0; i < CELLS; i++) cells[i]! += means[i]! / FRAMES.length;
      let image = luma[t]!;
      let w = width;
      let h = height;
      for (let level = 0; level < 4; level++) {
        octaves[level]! += meanGradient(image, w, h) / FRAMES.length;
        image = halve(image, w, h);
        w >>= 1;
        h >>= 1;
      }
    }
    let second = 0;
    for (const value of curvature) second += value / CELLS;
    curvature.sort();
    cells.sort().reverse();
    const rms = Math.sqrt(square);
    new Writer(out, offset).put(
      compress(mean),
      compress(rms),
      compress(second),
      second / (mean + 0.001),
      rms / (mean + 0.001),
      (horizontal - vertical) / (horizontal + vertical + 0.001),
      compress(curvature[4]!),
      ...[0, 12, 24, 36, 45].map((rank) => compress(cells[rank]!)),
      ...octaves.map(compress),
      ...[0, 1, 2].map((level) => Math.log((octaves[level]! + 0.001) / (octaves[level + 1]! + 0.001))),
      ...hellinger(edges, 0.001),
    );
  },
};

function laplace(image: Float32Array, width: number, height: number, out: Float32Array): void {
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      out[i] = image[i - 1]! + image[i + 1]! + image[i - width]! + image[i + width]! - 4 * image[i]!;
    }
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

/** Averages 2x2 pixels; an odd last row or column is dropped. */
export function halve(image: Float32Array, width: number, height: number): Float32Array {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0, i = 2 * y * width; x < w; x++, i += 2) {
      out[y * w + x] = 0.25 * (image[i]! + image[i + 1]! + image[i + width]! + image[i + width + 1]!);
    }
  }
  return out;
}
