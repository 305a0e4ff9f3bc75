import { WINDOW_FRAMES } from '../grid.js';
import { quantile } from '../statistics.js';
import { entropy, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';

const BINS = 32;
const d = (name: string, formula: string, unit = 'luma') => ({ name: `tone.${name}`, formula, unit });

/** Brightness, contrast and colour of the middle of the snippet and their change across it. */
export const tone: FeatureGroup = {
  dimensions: [
    d('mean', 'mean Y'),
    d('sd', 'standard deviation of Y over pixels'),
    d('p05', '5th percentile of Y'),
    d('p50', 'median of Y'),
    d('p95', '95th percentile of Y'),
    d('entropy', 'entropy of the 32-bin histogram of Y / ln 32', '1'),
    d('veil', 'mean of min(R, G, B)'),
    d('veil.p05', '5th percentile of min(R, G, B)'),
    d('saturation', 'mean of max(R, G, B) - min(R, G, B)'),
    d('change.mean', '|mean Y of the last frame - mean Y of the first|'),
    d(
      'change.histogram',
      'half the L1 distance of the 32-bin histograms of the first and the last frame',
      '1',
    ),
    d('change.cut', 'largest half L1 distance of the histograms of neighbouring frames', '1'),
  ],
  compute({ red, green, blue, luma, width, height }: Snippet, out, offset) {
    const pixels = width * height;
    const middle = WINDOW_FRAMES / 2;
    const y = luma[middle]!;
    const sorted = Float32Array.from(y).sort();
    const { mean, sd } = moments(y);
    const veil = new Float32Array(pixels);
    let saturation = 0;
    for (let i = 0; i < pixels; i++) {
      const r = red[middle]![i]!;
      const g = green[middle]![i]!;
      const b = blue[middle]![i]!;
      const least = Math.min(r, g, b);
      veil[i] = least;
      saturation += Math.max(r, g, b) - least;
    }
    const veilMean = moments(veil).mean;
    veil.sort();
    const histograms = luma.map((image) => histogram(image));
    let cut = 0;
    for (let t = 1; t < WINDOW_FRAMES; t++) cut = Math.max(cut, distance(histograms[t - 1]!, histograms[t]!));
    const first = moments(luma[0]!);
    const last = moments(luma[WINDOW_FRAMES - 1]!);
    new Writer(out, offset).put(
      mean,
      sd,
      ...[0.05, 0.5, 0.95].map((q) => quantile(sorted, q)),
      entropy(histograms[middle]!),
      veilMean,
      quantile(veil, 0.05),
      saturation / pixels,
      Math.abs(last.mean - first.mean),
      distance(histograms[0]!, histograms[WINDOW_FRAMES - 1]!),
      cut,
    );
  },
};

function moments(image: Float32Array): { mean: number; sd: number } {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += image[i]!;
  const mean = sum / image.length;
  let square = 0;
  for (let i = 0; i < image.length; i++) square += (image[i]! - mean) ** 2;
  return { mean, sd: Math.sqrt(square / image.length) };
}

/** Shares of 32 luma bins, linear between neighbouring bins so that a small change moves them a little. */
function histogram(image: Float32Array): Float64Array {
  const bins = new Float64Array(BINS);
  for (let i = 0; i < image.length; i++) {
    const position = Math.min(BINS - 1, Math.max(0, image[i]! * BINS - 0.5));
    const low = Math.floor(position);
    const part = position - low;
    bins[low]! += (1 - part) / image.length;
    if (part > 0) bins[low + 1]! += part / image.length;
  }
  return bins;
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < BINS; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / 2;
}
