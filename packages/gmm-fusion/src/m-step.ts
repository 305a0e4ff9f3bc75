import { covarianceLength } from './parameters.js';
import type { SufficientStatistics } from './statistics.js';

/** Weights, means (relative to the centre of the frame) and covariances after a maximisation step. */
export interface Estimate {
  weights: Float64Array;
  means: Float64Array;
  covariances: Float64Array;
}

/** Keeps a component that nobody belongs to finite. */
const COUNT_FLOOR = 10 * Number.EPSILON;

/**
 * The most that a variance may be smaller than the squares whose difference it is: two bits of 52 are lost, as in any
 * long sum. From one origin for all components, which saves K - 1 of K products, distances between clusters may cost 13.
 */
const MOST_CANCELLED = 4;
const MOST_CANCELLED_OF_ONE_ORIGIN = 1e4;

/**
 * Maximum-likelihood parameters. Covariances are biased (divided by the count); tied is the count-weighted mean over
 * the components, spherical the mean of diag over the features.
 * @param centre - `[d]`, the centre of the frame
 */
export function maximize(statistics: SufficientStatistics, centre: Float64Array, regCovar: number): Estimate {
  const { components: K, dim: d, origins, sums } = statistics;
  const counts = statistics.counts.map((count) => count + COUNT_FLOOR);
  const total = counts.reduce((a, b) => a + b, 0);
  const shifts = new Float64Array(K * d);
  for (let k = 0; k < K; k++) {
    // The count floor pulls the mean towards the origin of the data, which is at -centre here.
    const pull = COUNT_FLOOR / counts[k]!;
    for (let j = 0, at = k * d; j < d; j++, at++) {
      shifts[at] = sums[at]! / counts[k]! - pull * (origins[at]! + centre[j]!);
    }
  }
  return {
    weights: counts.map((count) => count / total),
    means: origins.map((origin, i) => origin + shifts[i]!),
    covariances: covariancesOf(statistics, shifts, counts, total, regCovar),
  };
}

/**
 * Whether too many digits cancelled because the new means are far from the origins. The rows are to be accumulated
 * once more then, with the new means as origins.
 */
export function cancels(
  statistics: SufficientStatistics,
  { means, covariances }: Estimate,
  regCovar: number,
): boolean {
  const { covarianceType: type, components: K, dim: d, origins, hasOneOrigin, counts, rows } = statistics;
  const most = type === 'tied' && hasOneOrigin ? MOST_CANCELLED_OF_ONE_ORIGIN : MOST_CANCELLED;
  for (let j = 0; j < d; j++) {
    let shared = 0;
    for (let k = 0; k < K; k++) {
      const square = (means[k * d + j]! - origins[k * d + j]!) ** 2;
      if (type === 'tied') shared += (counts[k]! / rows) * square;
      else {
        const at = { full: (k * d + j) * d + j, diag: k * d + j, spherical: k }[type];
        const share = counts[k]! / (counts[k]! + COUNT_FLOOR);
        if (share * square > most * Math.max(covariances[at]!, regCovar)) return true;
      }
    }
    if (shared > most * Math.max(covariances[j * d + j] ?? 0, regCovar)) return true;
  }
  return false;
}

/** Σ r·(y - s)·(y - s)ᵀ / count for y = x - o and the shift s of the mean from o. */
function covariancesOf(
  { covarianceType: type, components: K, dim: d, counts: plainCounts, sums, scatter }: SufficientStatistics,
  shifts: Float64Array,
  counts: Float64Array,
  total: number,
  regCovar: number,
): Float64Array {
  const moved = scatter.slice();
  const isMatrix = type === 'full' || type === 'tied';
  for (let k = 0; k < K; k++) {
    const n = plainCounts[k]!;
    for (let i = 0, at = k * d; i < d; i++, at++) {
      const s = shifts[at]!;
      if (!isMatrix) moved[at]! += s * (n * s - 2 * sums[at]!);
      else {
        const row = (type === 'full' ? k * d * d : 0) + i * d;
        const a = n * s - sums[at]!;
        for (let j = 0; j <= i; j++) moved[row + j]! += a * shifts[k * d + j]! - s * sums[k * d + j]!;
      }
    }
  }
  if (isMatrix) return matrices(moved, d, type === 'full' ? counts : Float64Array.of(total), regCovar);
  // A square cannot be negative; rounding may say otherwise where nothing varies.
  const diag = moved.map((sum, i) => Math.max(0, sum) / counts[Math.floor(i / d)]! + regCovar);
  if (type === 'diag') return diag;
  const out = new Float64Array(covarianceLength(type, K, d));
  for (let i = 0; i < K * d; i++) out[Math.floor(i / d)]! += diag[i]! / d;
  return out;
}

/** Divides each lower triangle by its count, adds the ridge and mirrors it, in place. */
function matrices(moved: Float64Array, d: number, counts: Float64Array, regCovar: number): Float64Array {
  for (const [k, count] of counts.entries()) {
    const start = k * d * d;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        const value = moved[start + i * d + j]! / count;
        moved[start + i * d + j] = value;
        moved[start + j * d + i] = value;
      }
      moved[start + i * d + i]! += regCovar;
    }
  }
  return moved;
}
