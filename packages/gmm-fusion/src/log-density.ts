import type { Whitening } from './whitening.js';

const LOG_2PI = Math.log(2 * Math.PI);
/** Rows handled together: their values and the parameters of one component stay in the first-level cache. */
export const BLOCK_ROWS = 64;

/** What a joint log-density needs of a mixture. */
export interface DensityModel {
  components: number;
  dim: number;
  /** `[K]`. */
  weights: Float64Array;
  /** `[K, d]`. */
  means: Float64Array;
  whitening: Whitening;
}

/** Computes log(π_k·N(x | μ_k, Σ_k)) of a block of rows. */
export type JointLogDensity = (
  block: Float64Array,
  rows: number,
  out: Float64Array,
  outOffset: number,
) => void;

/**
 * Prepares the joint log-densities of a mixture with full or tied covariances. x - μ is formed first and squared then, so an offset of the data
 * costs no digits.
 * @returns a function of (block `[rows, d]`, rows <= BLOCK_ROWS, out `[.., K]`, index of the first value in out)
 */
export function jointLogDensity(model: DensityModel): JointLogDensity {
  const { components: K, dim: d, means, whitening } = model;
  const { covarianceType: type, factors } = whitening;
  const quadratic = new Float64Array(BLOCK_ROWS);
  const scratch = new Float64Array(4 * d);
  const constants = logConstants(model);
  const tied = type === 'tied' ? tiedForms(model) : undefined;
  return (block, rows, out, outOffset) => {
    tied?.whiten(block, rows);
    for (let k = 0; k < K; k++) {
      if (tied) tied.forms(k, rows, quadratic);
      else triangularForms(block, rows, d, means, factors, k * d * d, k, quadratic, scratch);
      writeDensities(quadratic, rows, constants[k]!, out, outOffset + k, K);
    }
  };
}

/** `[K]`, log π_k - ½·log|2πΣ_k|. */
export function logConstants({ dim, weights, whitening }: DensityModel): Float64Array {
  return weights.map((weight, k) => Math.log(weight) + whitening.logDeterminants[k]! - 0.5 * dim * LOG_2PI);
}

/** Writes log-densities from their quadratic forms: every `step`-th value of `out` from `at` on. */
export function writeDensities(
  forms: Float64Array,
  rows: number,
  constant: number,
  out: Float64Array,
  at: number,
  step: number,
): void {
  for (let i = 0; i < rows; i++) {
    const form = forms[i]!;
    // A row so far away that its square overflows (or is Infinity - Infinity): the lowest density there is.
    out[at + i * step] = constant - 0.5 * (form < Infinity ? form : Number.MAX_VALUE);
  }
}

/**
 * Turns joint log-densities `[rows, K]` into posterior probabilities in place.
 * @param logSums - receives log Σ_k exp of each row, the log-likelihoods
 */
export function normalizePosteriors(
  joint: Float64Array,
  rows: number,
  components: number,
  logSums: Float64Array,
  logSumsOffset: number,
): void {
  for (let i = 0, at = 0; i < rows; i++, at += components) {
    let largest = joint[at]!;
    for (let k = 1; k < components; k++) if (joint[at + k]! > largest) largest = joint[at + k]!;
    let sum = 0;
    for (let k = 0; k < components; k++) sum += joint[at + k] = Math.exp(joint[at + k]! - largest);
    const scale = 1 / sum;
    for (let k = 0; k < components; k++) joint[at + k]! *= scale;
    logSums[logSumsOffset + i] = largest + Math.log(sum);
  }
}

function squaredDistances(
  block: Float64Array,
  rows: number,
  d: number,
  means: Float64Array,
  k: number,
  out: Float64Array,
): void {
  const start = k * d;
  for (let i = 0, x = 0; i < rows; i++, x += d) {
    let sum = 0;
    for (let j = 0; j < d; j++) {
      const z = block[x + j]! - means[start + j]!;
      sum += z * z;
    }
    out[i] = sum;
  }
}

/** |W·(x - μ)|² with a lower-triangular W, four rows at a time: one load of W serves four products. */
function triangularForms(
  block: Float64Array,
  rows: number,
  d: number,
  means: Float64Array,
  factors: Float64Array,
  offset: number,
  k: number,
  out: Float64Array,
  scratch: Float64Array,
): void {
  const mean = k * d;
  const y0 = scratch.subarray(0, d);
  const y1 = scratch.subarray(d, 2 * d);
  const y2 = scratch.subarray(2 * d, 3 * d);
  const y3 = scratch.subarray(3 * d, 4 * d);
  for (let first = 0; first < rows; first += 4) {
    // Beyond the last row the last one is computed again.
    const x0 = first * d;
    const x1 = Math.min(first + 1, rows - 1) * d;
    const x2 = Math.min(first + 2, rows - 1) * d;
    const x3 = Math.min(first + 3, rows - 1) * d;
    for (let j = 0; j < d; j++) {
      const mu = means[mean + j]!;
      y0[j] = block[x0 + j]! - mu;
      y1[j] = block[x1 + j]! - mu;
      y2[j] = block[x2 + j]! - mu;
      y3[j] = block[x3 + j]! - mu;
    }
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    for (let i = 0, w = offset; i < d; i++, w += d) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j <= i; j++) {
        const c = factors[w + j]!;
        s0 += c * y0[j]!;
        s1 += c * y1[j]!;
        s2 += c * y2[j]!;
        s3 += c * y3[j]!;
      }
      q0 += s0 * s0;
      q1 += s1 * s1;
      q2 += s2 * s2;
      q3 += s3 * s3;
    }
    out[first] = q0;
    if (first + 1 < rows) out[first + 1] = q1;
    if (first + 2 < rows) out[first + 2] = q2;
    if (first + 3 < rows) out[first + 3] = q3;
  }
}

/**
 * One covariance for all components: rows are whitened once, K times less work, as seen from the mean of the means.
 * The difference of two whitened vectors is formed before it is squared.
 */
function tiedForms(model: DensityModel) {
  const { dim: d, whitening } = model;
  const { origin, centres } = whitenedMeans(model);
  const scratch = new Float64Array(4 * d);
  const whitened = new Float64Array(BLOCK_ROWS * d);
  return {
    whiten: (block: Float64Array, rows: number) =>
      whitenRows(block, rows, d, origin, whitening.factors, scratch, whitened),
    forms: (k: number, rows: number, out: Float64Array) =>
      squaredDistances(whitened, rows, d, centres, k, out),
  };
}

/** For a tied covariance: the mean of the means, and W·(μ_k - origin) of each component, `[K, d]`. */
export function whitenedMeans({ components: K, dim: d, weights, means, whitening }: DensityModel): {
  origin: Float64Array;
  centres: Float64Array;
} {
  const origin = new Float64Array(d);
  for (let k = 0; k < K; k++) for (let j = 0; j < d; j++) origin[j]! += weights[k]! * means[k * d + j]!;
  const centres = new Float64Array(K * d);
  whitenRows(means, K, d, origin, whitening.factors, new Float64Array(4 * d), centres);
  return { origin, centres };
}

/** W·(x - origin) of each row, four rows at a time. */
function whitenRows(
  block: Float64Array,
  rows: number,
  d: number,
  origin: Float64Array,
  factors: Float64Array,
  scratch: Float64Array,
  out: Float64Array,
): void {
  const y0 = scratch.subarray(0, d);
  const y1 = scratch.subarray(d, 2 * d);
  const y2 = scratch.subarray(2 * d, 3 * d);
  const y3 = scratch.subarray(3 * d, 4 * d);
  for (let first = 0; first < rows; first += 4) {
    const x0 = first * d;
    const x1 = Math.min(first + 1, rows - 1) * d;
    const x2 = Math.min(first + 2, rows - 1) * d;
    const x3 = Math.min(first + 3, rows - 1) * d;
    for (let j = 0; j < d; j++) {
      const from = origin[j]!;
      y0[j] = block[x0 + j]! - from;
      y1[j] = block[x1 + j]! - from;
      y2[j] = block[x2 + j]! - from;
      y3[j] = block[x3 + j]! - from;
    }
    for (let i = 0, w = 0; i < d; i++, w += d) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j <= i; j++) {
        const c = factors[w + j]!;
        s0 += c * y0[j]!;
        s1 += c * y1[j]!;
        s2 += c * y2[j]!;
        s3 += c * y3[j]!;
      }
      // Beyond the last row these are the last row again.
      out[x3 + i] = s3;
      out[x2 + i] = s2;
      out[x1 + i] = s1;
      out[x0 + i] = s0;
    }
  }
}
