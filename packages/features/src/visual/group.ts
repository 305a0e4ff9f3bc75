import type { Dimension } from '../dimension.js';
import type { Snippet } from './snippet.js';

/** Some columns of a row, computed together. */
export interface FeatureGroup {
  readonly dimensions: readonly Dimension[];
  /** Writes one number a dimension into `out`, from `offset` on. */
  compute(snippet: Snippet, out: Float32Array, offset: number): void;
}

/** Compresses a luma amount x in [0, 1]: `ln(1 + 1000 x)`, linear below a quarter of a grey level. */
export const compress = (x: number): number => Math.log1p(1000 * Math.max(0, x));

/** Compresses a speed in working pixels a frame: `ln(1 + 10 v)`. */
export const compressSpeed = (v: number): number => Math.log1p(10 * Math.max(0, v));

/** Writes numbers one after another. */
export class Writer {
  constructor(
    private readonly out: Float32Array,
    private position: number,
  ) {}

  put(...values: number[]): void {
    for (const value of values) this.out[this.position++] = value;
  }
}

/** Square roots of the shares of each bin; all zero for an empty histogram. `floor` is the mass that counts as noise. */
export function hellinger(bins: Float64Array, floor: number): number[] {
  let sum = floor;
  for (const bin of bins) sum += bin;
  return Array.from(bins, (bin) => (sum > 0 ? Math.sqrt(bin / sum) : 0));
}

/** Entropy of the shares over its largest value, in [0, 1]; 0 for an empty histogram. */
export function entropy(bins: ArrayLike<number>, floor = 0): number {
  let sum = floor;
  for (let i = 0; i < bins.length; i++) sum += bins[i]!;
  if (!(sum > 0)) return 0;
  let total = 0;
  for (let i = 0; i < bins.length; i++) {
    const share = bins[i]! / sum;
    if (share > 0) total -= share * Math.log(share);
  }
  return total / Math.log(bins.length);
}
