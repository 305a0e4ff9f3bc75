import { WINDOW_FRAMES } from '../grid.js';
import { entropy, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';

const BINS = 32;
const d = (name: string, formula: string, unit = 'luma') => ({ name: `tone.${name}`, formula, unit });

/** Brightness, contrast and colour of the middle of the snippet and their change across it. */
export const tone: FeatureGroup = {
  dimensions: [
    d('mean', 'mean Y'),
    d('sd', 'standard deviation of Y over pixels'),
    d('entropy', 'entropy of the 32-bin histogram of Y / ln 32', '1'),
    d('veil', 'mean of min(R, G, B)'),
    d('saturation', 'mean of max(R, G, B) - min(R, G, B)'),
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
    const { mean, sd } = moments(y);
    let veil = 0;
    let saturation = 0;
    for (let i = 0; i < pixels; i++) {
      const r = red[middle]![i]!;
      const g = green[middle]![i]!;
      const b = blue[middle]![i]!;
      const least = Math.min(r, g, b);
      veil += least;
      saturation += Math.max(r, g, b) - least;
    }
    const histograms = luma.map((image) => histogram(image));
    let cut = 0;
    for (let t = 1; t < WINDOW_FRAMES; t++) cut = Math.max(cut, distance(histograms[t - 1]!, histograms[t]!));
    new Writer(out, offset).put(
      mean,
      sd,
      entropy(histograms[middle]!),
      veil / pixels,
      saturation / pixels,
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
