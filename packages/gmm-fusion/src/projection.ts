import type { RowMatrix } from './row-matrix.js';
import { fixSign, type SymmetricEigen, symmetricEigen } from './symmetric-eigen.js';
import { addRows, dot, multiplyRows } from './vectors.js';

/** An affine map of feature vectors, fitted on clean ones: standardise, then rotate. */
export interface Projection {
  /** `[d]`, clean mean. */
  center: Float64Array;
  /** `[d]`, clean standard deviation. */
  scale: Float64Array;
  /** `[q, d]`, orthonormal rows: the principal directions of the standardised features. */
  basis?: Float64Array;
  /** `[q]`, what each direction is divided by when whitened. */
  deviations?: Float64Array;
  /** Mean clean variance of a direction outside the basis; absent where these are ignored, or there are none. */
  residualVariance?: number;
}

/** Projected rows. */
export interface Projected {
  /** `[n, q]`. */
  values: RowMatrix & { data: Float64Array };
  /** `[n]`, squared length of what lies outside the basis; only with a residual. */
  residuals?: Float64Array;
}

/** Directions with less than this share of a feature's variance are rounding noise of float32 features. */
const SMALLEST_VARIANCE = 1e-12;

/** Clean mean and standard deviation; a feature that never varies gets the median deviation of the others. */
export function fitStandardization({ rows, cols: d, data }: RowMatrix): Projection {
  const center = new Float64Array(d);
  for (let i = 0; i < rows; i++) for (let j = 0; j < d; j++) center[j]! += data[i * d + j]! / rows;
  const scale = new Float64Array(d);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < d; j++) scale[j]! += (data[i * d + j]! - center[j]!) ** 2 / rows;
  for (let j = 0; j < d; j++) scale[j] = Math.sqrt(scale[j]!);
  const varies = scale.map((s, j) => (s > 1e-7 * Math.abs(center[j]!) ? s : 0));
  const sorted = varies.filter((s) => s > 0).sort();
  const usual = sorted[sorted.length >> 1] ?? 1;
  return { center, scale: varies.map((s) => (s > 0 ? s : usual)) };
}

/** Directions of a smaller share of the largest variance are rounding errors of a Gram matrix. */
const SMALLEST_SHARE = 1e-10;

/**
 * Standardisation and principal directions.
 * @param dimensions - q
 * @param compact - of all d directions keep those alone in which the rows vary, and count the others as a residual of
 * variance 0. A density with a ridge on each variance stays the same, and few wide rows take far less time and room
 */
export function fitPrincipalDirections(
  matrix: RowMatrix,
  {
    dimensions,
    whiten,
    residual,
    compact = false,
  }: { dimensions: number; whiten: boolean; residual: boolean; compact?: boolean },
): Projection {
  const standard = fitStandardization(matrix);
  const d = matrix.cols;
  const rows = project(matrix, standard).values;
  const isWhole = dimensions >= d;
  const few = rows.rows < d ? directionsOfFewRows(rows) : undefined;
  const rank = few?.values.length ?? 0;
  const isEnough = few && rank > 0 && (isWhole ? compact && !whiten : dimensions <= rank);
  const { values, vectors } = isEnough ? few : symmetricEigen(correlations(rows), d);
  const q = Math.min(dimensions, values.length);
  const outside = values.subarray(q).reduce((sum, value) => sum + Math.max(0, value), 0);
  return {
    ...standard,
    basis: vectors.slice(0, q * d),
    ...(whiten
      ? { deviations: values.slice(0, q).map((value) => Math.sqrt(Math.max(value, SMALLEST_VARIANCE))) }
      : {}),
    ...(q < d && (residual || isWhole) ? { residualVariance: outside / (d - q) } : {}),
  };
}

/**
 * The principal directions in which n standardised rows vary, from their n × n Gram matrix: at most n - 1 of them.
 * If Z·Zᵀ·u = n·λ·u, then Zᵀ·u is a direction of variance λ.
 */
function directionsOfFewRows({ rows: n, cols: d, data }: Projected['values']): SymmetricEigen {
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    multiplyRows(data, data.subarray(i * d, (i + 1) * d), gram.subarray(i * n, i * n + i + 1), i + 1, d);
    for (let j = 0; j <= i; j++) {
      gram[i * n + j]! /= n;
      gram[j * n + i] = gram[i * n + j]!;
    }
  }
  const { values, vectors: u } = symmetricEigen(gram, n);
  const rank = values.findLastIndex((value) => value > SMALLEST_SHARE * values[0]!) + 1;
  const vectors = new Float64Array(rank * d);
  const parts = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    const v = vectors.subarray(k * d, (k + 1) * d);
    addRows(data, u.subarray(k * n, (k + 1) * n), 1, v, n, d);
    // Weak directions come out with a little of the strong ones in them.
    multiplyRows(vectors, v, parts, k, d);
    addRows(vectors, parts, -1, v, k, d);
    const scale = 1 / Math.sqrt(dot(v, 0, v, 0, d));
    for (let j = 0; j < d; j++) v[j]! *= scale;
    fixSign(vectors, k * d, d);
  }
  return { values: values.slice(0, rank), vectors };
}

/** Applies a projection to feature vectors `[n, d]`. */
export function project({ rows, cols: d, data }: RowMatrix, projection: Projection): Projected {
  const { center, scale, basis, deviations, residualVariance } = projection;
  if (!basis) {
    const values = new Float64Array(rows * d);
    for (let i = 0; i < rows; i++)
      standardizeRow(data, i * d, center, scale, values.subarray(i * d, (i + 1) * d));
    return { values: { rows, cols: d, data: values } };
  }
  const q = basis.length / d;
  const values = new Float64Array(rows * q);
  const residuals = residualVariance === undefined ? undefined : new Float64Array(rows);
  const row = new Float64Array(d);
  for (let i = 0; i < rows; i++) {
    standardizeRow(data, i * d, center, scale, row);
    const out = values.subarray(i * q, (i + 1) * q);
    multiplyRows(basis, row, out, q, d);
    // The rest is formed as a vector and squared then: |x|² - |Bx|² would cancel.
    if (residuals) residuals[i] = squaredRest(basis, row, out, q, d);
    if (deviations) for (let k = 0; k < q; k++) out[k]! /= deviations[k]!;
  }
  return { values: { rows, cols: q, data: values }, ...(residuals ? { residuals } : {}) };
}

function standardizeRow(
  data: Float32Array | Float64Array,
  start: number,
  center: Float64Array,
  scale: Float64Array,
  out: Float64Array,
): void {
  for (let j = 0; j < out.length; j++) out[j] = (data[start + j]! - center[j]!) / scale[j]!;
}

/** |x - Bᵀ·z|²; `row` is used up. */
function squaredRest(basis: Float64Array, row: Float64Array, z: Float64Array, q: number, d: number): number {
  addRows(basis, z, -1, row, q, d);
  const sum = dot(row, 0, row, 0, d);
  // Far out, infinities may have met.
  return sum >= 0 ? sum : Infinity;
}

/** XᵀX / n of standardised rows, four rows at a time. */
function correlations({ rows, cols: d, data }: RowMatrix): Float64Array {
  const out = new Float64Array(d * d);
  const zeros = new Float64Array(d);
  const rowAt = (i: number) => (i < rows ? data.subarray(i * d, (i + 1) * d) : zeros);
  for (let first = 0; first < rows; first += 4) {
    const x0 = rowAt(first);
    const x1 = rowAt(first + 1);
    const x2 = rowAt(first + 2);
    const x3 = rowAt(first + 3);
    for (let i = 0; i < d; i++) {
      const a0 = x0[i]! / rows;
      const a1 = x1[i]! / rows;
      const a2 = x2[i]! / rows;
      const a3 = x3[i]! / rows;
      for (let j = 0, at = i * d; j <= i; j++) {
        out[at + j]! += a0 * x0[j]! + a1 * x1[j]! + (a2 * x2[j]! + a3 * x3[j]!);
      }
    }
  }
  for (let i = 0; i < d; i++) for (let j = 0; j < i; j++) out[j * d + i] = out[i * d + j]!;
  return out;
}
