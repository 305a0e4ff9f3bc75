/** Standardization of one modality: `clamp((x - mean) * scale, ±limit)`, feature by feature. */
export interface Scaling {
  /** `[D]` */
  mean: Float32Array;
  /** `[D]`, 1 / standard deviation; 0 for a feature that never varied, which is thereby left out. */
  scale: Float32Array;
  /** In deviations. */
  limit: number;
}

/** Standardization by modality; without an entry features are taken as they are. */
export interface Scalings {
  visual?: Scaling;
  audio?: Scaling;
}

/** A deviation below this share of the mean is rounding noise of a constant. */
const constantRatio = 1e-6;

/**
 * Mean and deviation of each feature in one pass over rows, in float64. What is summed are the distances from the first
 * row: no digits are lost where features lie far from 0, and a constant has no deviation at all. The order of
 * the rows decides the last digits, how they are cut into pieces does not.
 */
export class Moments {
  private rows = 0;
  private readonly origin: Float64Array;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

  constructor(private readonly dim: number) {
    [this.origin, this.sums, this.squares] = [0, 1, 2].map(() => new Float64Array(dim)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }

  /** @param data - whole rows `[…, D]` */
  add(data: Float32Array): void {
    const { dim, origin, sums, squares } = this;
    if (this.rows === 0) origin.set(data.subarray(0, dim));
    for (let i = 0; i < data.length; i += dim) {
      for (let d = 0; d < dim; d++) {
        const distance = data[i + d]! - origin[d]!;
        sums[d]! += distance;
        squares[d]! += distance * distance;
      }
    }
    this.rows += data.length / dim;
  }

  scaling(limit: number): Scaling {
    const { rows, origin, sums, squares } = this;
    const mean = Float32Array.from(origin, (start, d) => start + sums[d]! / rows);
    const scale = Float32Array.from(squares, (sum, d) => {
      const center = sums[d]! / rows;
      // About the mean as it is stored, rounded to float32.
      const rounding = origin[d]! + center - mean[d]!;
      const deviation = Math.sqrt(Math.max(0, sum / rows - center * center) + rounding * rounding);
      return deviation > constantRatio * Math.abs(mean[d]!) ? 1 / deviation : 0;
    });
    return { mean, scale, limit };
  }
}

/**
 * Copies one row of features, standardized.
 * @param target - written from `offset` on
 */
export function copyRow(
  source: Float32Array,
  start: number,
  dim: number,
  target: Float32Array,
  offset: number,
  scaling: Scaling | undefined,
): void {
  if (!scaling) {
    target.set(source.subarray(start, start + dim), offset);
    return;
  }
  const { mean, scale, limit } = scaling;
  for (let d = 0; d < dim; d++) {
    const value = (source[start + d]! - mean[d]!) * scale[d]!;
    target[offset + d] = Math.min(limit, Math.max(-limit, value));
  }
}
