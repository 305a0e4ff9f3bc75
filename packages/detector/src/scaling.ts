import type { FeatureSequence } from '@robusta/core';

/** Standardization of one modality: `clamp((x - mean) * scale, ±limit)`, feature by feature. */
export interface Scaling {
  /** `[D]` */
  mean: Float32Array;
  /** `[D]`, 1 / standard deviation; 0 for a feature that never varied, which is thereby left out. */
  scale: Float32Array;
  /** In deviations. */
  limit: number;
}

/** A deviation below this share of the mean is rounding noise of a constant. */
const constantRatio = 1e-6;

/** Mean and deviation over all snippets and crops of the sequences, in two passes in float64. */
export function fitScaling(sequences: readonly FeatureSequence[], limit: number): Scaling {
  const dim = sequences[0]!.dim;
  const sums = new Float64Array(dim);
  let rows = 0;
  for (const { data } of sequences) {
    for (let i = 0; i < data.length; i += dim) for (let d = 0; d < dim; d++) sums[d]! += data[i + d]!;
    rows += data.length / dim;
  }
  const mean = Float32Array.from(sums, (sum) => sum / rows);
  const squares = new Float64Array(dim);
  for (const { data } of sequences) {
    for (let i = 0; i < data.length; i += dim) {
      for (let d = 0; d < dim; d++) squares[d]! += (data[i + d]! - mean[d]!) ** 2;
    }
  }
  const scale = Float32Array.from(squares, (sum, d) => {
    const deviation = Math.sqrt(sum / rows);
    return deviation > constantRatio * Math.abs(mean[d]!) ? 1 / deviation : 0;
  });
  return { mean, scale, limit };
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

/**
 * Writes the mean of rows of features, each standardized before.
 * @param stride - from one row to the next in `source`
 * @param count - of rows
 * @param target - written from `offset` on
 */
export function copyMean(
  source: Float32Array,
  start: number,
  stride: number,
  count: number,
  dim: number,
  target: Float32Array,
  offset: number,
  scaling: Scaling | undefined,
): void {
  const row = new Float32Array(dim);
  const sums = new Float64Array(dim);
  for (let i = 0; i < count; i++) {
    copyRow(source, start + i * stride, dim, row, 0, scaling);
    for (let d = 0; d < dim; d++) sums[d]! += row[d]!;
  }
  for (let d = 0; d < dim; d++) target[offset + d] = sums[d]! / count;
}
