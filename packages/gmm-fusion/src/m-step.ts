import { type CovarianceType, covarianceLength } from './parameters.js';

/** The data of a fit, moved so that its column means are 0: what EM computes with. */
export interface CentredRows {
  rows: number;
  dim: number;
  /** `[n, d]`, x minus `centre`. */
  data: Float64Array;
  /** `[d]`, what was subtracted. */
  centre: Float64Array;
  /** `[d]`, a variance at or below it is rounding noise of this feature and counts as zero. */
  varianceFloor: Float64Array;
}

/** Weights, means (relative to the centre) and covariances after a maximisation step. */
export interface Estimate {
  weights: Float64Array;
  means: Float64Array;
  covariances: Float64Array;
}

/** Keeps a component that nobody belongs to finite. */
const COUNT_FLOOR = 10 * Number.EPSILON;
/** A posterior below this share of its component's count changes no sum within double precision. */
const NEGLIGIBLE = 1e-24;

/**
 * Maximum-likelihood parameters for given posteriors. Covariances are biased (divided by the count) and formed
 * from x - μ; tied is the count-weighted mean over the components, spherical the mean of diag over the features.
 * @param posteriors - `[n, K]`
 */
export function maximize(
  { rows, dim: d, data, centre }: CentredRows,
  posteriors: Float64Array,
  components: number,
  type: CovarianceType,
  regCovar: number,
): Estimate {
  const K = components;
  const counts = new Float64Array(K).fill(COUNT_FLOOR);
  const means = new Float64Array(K * d);
  for (let i = 0; i < rows; i++) for (let k = 0; k < K; k++) counts[k]! += posteriors[i * K + k]!;
  const least = counts.map((count) => NEGLIGIBLE * count);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < K; k++) {
      const r = posteriors[i * K + k]!;
      if (r > least[k]!) addScaledRow(means, k * d, r, data, i * d, d);
    }
  }
  const total = counts.reduce((a, b) => a + b, 0);
  for (let k = 0; k < K; k++) {
    // The count floor pulls the mean towards the origin of the data, which is at -centre here.
    const pull = COUNT_FLOOR / counts[k]!;
    for (let j = 0; j < d; j++) means[k * d + j] = means[k * d + j]! / counts[k]! - pull * centre[j]!;
  }
  const scatter = { rows, d, data, posteriors, K, means, counts, least };
  const covariances =
    type === 'full' || type === 'tied'
      ? matrices(scatter, type, total, regCovar)
      : variances(scatter, type, regCovar);
  return { weights: counts.map((count) => count / total), means, covariances };
}

interface Scatter {
  rows: number;
  d: number;
  data: Float64Array;
  posteriors: Float64Array;
  K: number;
  means: Float64Array;
  counts: Float64Array;
  /** `[K]`, posteriors up to this are left out. */
  least: Float64Array;
}

function addScaledRow(
  out: Float64Array,
  o: number,
  scale: number,
  data: Float64Array,
  x: number,
  d: number,
): void {
  for (let j = 0; j < d; j++) out[o + j]! += scale * data[x + j]!;
}

function addScaledSquares(
  out: Float64Array,
  o: number,
  scale: number,
  data: Float64Array,
  x: number,
  means: Float64Array,
  d: number,
): void {
  for (let j = 0; j < d; j++) {
    const y = data[x + j]! - means[o + j]!;
    out[o + j]! += scale * y * y;
  }
}

function variances(scatter: Scatter, type: 'diag' | 'spherical', regCovar: number): Float64Array {
  const { rows, d, data, posteriors, K, means, counts, least } = scatter;
  const sums = new Float64Array(K * d);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < K; k++) {
      const r = posteriors[i * K + k]!;
      if (r > least[k]!) addScaledSquares(sums, k * d, r, data, i * d, means, d);
    }
  }
  const diag = sums.map((sum, i) => sum / counts[Math.floor(i / d)]! + regCovar);
  if (type === 'diag') return diag;
  return Float64Array.from({ length: K }, (_, k) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += diag[k * d + j]!;
    return sum / d;
  });
}

function matrices(scatter: Scatter, type: 'full' | 'tied', total: number, regCovar: number): Float64Array {
  const { d, K, counts } = scatter;
  const out = new Float64Array(covarianceLength(type, K, d));
  for (let k = 0; k < K; k++) addScatter(scatter, k, out, type === 'full' ? k * d * d : 0);
  for (let k = 0; k < (type === 'full' ? K : 1); k++) {
    const start = k * d * d;
    const count = type === 'full' ? counts[k]! : total;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        const value = out[start + i * d + j]! / count;
        out[start + i * d + j] = value;
        out[start + j * d + i] = value;
      }
      out[start + i * d + i]! += regCovar;
    }
  }
  return out;
}

/** Adds Σ_i r_ik·y·yᵀ (lower triangle), four rows at a time: one load and store of the sum for four products. */
function addScatter(
  { rows, d, data, posteriors, K, means, least }: Scatter,
  k: number,
  out: Float64Array,
  o: number,
): void {
  const y = Array.from({ length: 4 }, () => new Float64Array(d));
  const r = new Float64Array(4);
  let filled = 0;
  for (let i = 0; i < rows; i++) {
    const posterior = posteriors[i * K + k]!;
    if (!(posterior > least[k]!)) continue;
    const target = y[filled]!;
    for (let j = 0; j < d; j++) target[j] = data[i * d + j]! - means[k * d + j]!;
    r[filled++] = posterior;
    if (filled === 4) {
      addRankFour(out, o, d, r, y[0]!, y[1]!, y[2]!, y[3]!);
      filled = 0;
    }
  }
  if (filled === 0) return;
  r.fill(0, filled);
  addRankFour(out, o, d, r, y[0]!, y[1]!, y[2]!, y[3]!);
}

function addRankFour(
  out: Float64Array,
  o: number,
  d: number,
  r: Float64Array,
  y0: Float64Array,
  y1: Float64Array,
  y2: Float64Array,
  y3: Float64Array,
): void {
  for (let i = 0, row = o; i < d; i++, row += d) {
    const a0 = r[0]! * y0[i]!;
    const a1 = r[1]! * y1[i]!;
    const a2 = r[2]! * y2[i]!;
    const a3 = r[3]! * y3[i]!;
    for (let j = 0; j <= i; j++) out[row + j]! += a0 * y0[j]! + a1 * y1[j]! + (a2 * y2[j]! + a3 * y3[j]!);
  }
}
