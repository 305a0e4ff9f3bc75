import { BINS } from './spectrum.js';

/** Hertz to mel: `1127 ln(1 + f / 700)`. */
const mel = (hertz: number) => 1127 * Math.log1p(hertz / 700);

/** A bank of triangles on the mel scale. */
export interface MelBank {
  bands: number;
  /** Weights `[257, bands]`, row-major. */
  matrix: Float64Array;
  /** First and one past the last bin of non-zero weight of each band. */
  first: Int32Array;
  end: Int32Array;
  /** The non-zero weights, band after band. */
  weights: Float64Array;
}

/**
 * Triangles linear in mel with peak 1 on `bands + 2` edges evenly spaced in mel; the bin of 0 Hz has no weight.
 * `melBank(64, 125, 7500)` is VGGish's.
 */
export function melBank(bands: number, low: number, high: number): MelBank {
  const matrix = new Float64Array(BINS * bands);
  const first = new Int32Array(bands).fill(BINS);
  const end = new Int32Array(bands);
  const step = (mel(high) - mel(low)) / (bands + 1);
  const edge = (i: number) => (i === bands + 1 ? mel(high) : mel(low) + i * step);
  for (let bin = 1; bin < BINS; bin++) {
    const position = mel((bin * 8000) / (BINS - 1));
    for (let band = 0; band < bands; band++) {
      const rising = (position - edge(band)) / (edge(band + 1) - edge(band));
      const falling = (edge(band + 2) - position) / (edge(band + 2) - edge(band + 1));
      const weight = Math.max(0, Math.min(rising, falling));
      matrix[bin * bands + band] = weight;
      if (weight > 0) {
        first[band] = Math.min(first[band]!, bin);
        end[band] = bin + 1;
      }
    }
  }
  const weights: number[] = [];
  for (let band = 0; band < bands; band++) {
    for (let bin = first[band]!; bin < end[band]!; bin++) weights.push(matrix[bin * bands + band]!);
  }
  return { bands, matrix, first, end, weights: Float64Array.from(weights) };
}

/** Weighted sums of magnitudes, one a band, into `out` from `offset` on. */
export function applyBank(bank: MelBank, magnitudes: Float64Array, out: Float64Array, offset: number): void {
  const { bands, first, end, weights } = bank;
  for (let band = 0, w = 0; band < bands; band++) {
    let sum = 0;
    const to = end[band]!;
    for (let bin = first[band]!; bin < to; bin++) sum += magnitudes[bin]! * weights[w++]!;
    out[offset + band] = sum;
  }
}
