import type { Rng } from '@robusta/core';
import { createPlainEngine } from './engine.js';
import type { RowMatrix } from './row-matrix.js';

const LLOYD_STEPS = 100;
/** The share of rows that may still change their cluster at the end: EM goes on from there. */
const SETTLED = 1e-3;

/** Rows in groups. */
export interface Clusters {
  /** `[n]`, the cluster of each row. */
  assigned: Int32Array;
  /** `[K, d]`. */
  centres: Float64Array;
}

/**
 * K clusters: k-means++ and Lloyd steps.
 * @param pace - called once a block of rows
 */
export function kMeans(rows: RowMatrix, K: number, rng: Rng, pace: () => Promise<void>): Promise<Clusters> {
  return lloyd(rows, K, spreadCentres(rows, K, rng), pace);
}

/** k-means++ (Arthur and Vassilvitskii 2007): each next centre is a row, drawn by its squared distance to those before. */
function spreadCentres({ rows: n, cols: d, data }: RowMatrix, K: number, rng: Rng): Float64Array {
  const centres = new Float64Array(K * d);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = rng.int(n);
  for (let k = 0; k < K; k++) {
    centres.set(data.subarray(chosen * d, chosen * d + d), k * d);
    let total = 0;
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(data, i * d, centres, k * d, d));
      total += nearest[i]!;
    }
    let left = rng.uniform() * total;
    chosen = n - 1;
    for (let i = 0; i < n; i++) {
      left -= nearest[i]!;
      if (left < 0) {
        chosen = i;
        break;
      }
    }
  }
  return centres;
}

async function lloyd(
  rows: RowMatrix,
  K: number,
  centres: Float64Array,
  pace: () => Promise<void>,
): Promise<Clusters> {
  const { rows: n, cols: d, data } = rows;
  const assigned = new Int32Array(n).fill(-1);
  const nearest = nearestCentres(rows, K, pace);
  for (let step = 0; step < LLOYD_STEPS; step++) {
    const changed = await nearest(centres, assigned);
    if (changed <= SETTLED * n) break;
    const counts = new Float64Array(K);
    const sums = new Float64Array(K * d);
    for (let i = 0; i < n; i++) {
      const k = assigned[i]!;
      counts[k]!++;
      for (let j = 0; j < d; j++) sums[k * d + j]! += data[i * d + j]!;
    }
    // An empty cluster keeps its centre.
    for (let i = 0; i < K * d; i++) {
      const count = counts[Math.floor(i / d)]!;
      if (count > 0) centres[i] = sums[i]! / count;
    }
  }
  return { assigned, centres };
}

/** The nearest centre is the most likely of equal spheres. Returns a function that tells how many rows changed. */
function nearestCentres(rows: RowMatrix, K: number, pace: () => Promise<void>) {
  const { rows: n, cols: dim } = rows;
  const covarianceType = 'spherical';
  const engine = createPlainEngine({ covarianceType, components: K, dim, rows: n });
  const weights = new Float64Array(K).fill(1 / K);
  const whitening = {
    covarianceType,
    factors: new Float64Array(K).fill(1),
    logDeterminants: new Float64Array(K),
  } as const;
  const densities = new Float64Array(engine.blockRows * K);
  const origin = new Float64Array(dim);
  return async (means: Float64Array, assigned: Int32Array): Promise<number> => {
    engine.prepare({ components: K, dim, weights, means, whitening });
    let changed = 0;
    for (let first = 0; first < n; first += engine.blockRows) {
      await pace();
      const count = Math.min(engine.blockRows, n - first);
      engine.load(rows, first, count, origin);
      engine.density(densities);
      for (let i = 0; i < count; i++) {
        let best = 0;
        for (let k = 1; k < K; k++) if (densities[i * K + k]! > densities[i * K + best]!) best = k;
        if (assigned[first + i] !== best) changed++;
        assigned[first + i] = best;
      }
    }
    return changed;
  };
}

function squaredDistance(a: RowMatrix['data'], ai: number, b: Float64Array, bi: number, d: number): number {
  let s0 = 0;
  let s1 = 0;
  const end = d & ~1;
  for (let j = 0; j < end; j += 2) {
    const y0 = a[ai + j]! - b[bi + j]!;
    const y1 = a[ai + j + 1]! - b[bi + j + 1]!;
    s0 += y0 * y0;
    s1 += y1 * y1;
  }
  if (end < d) {
    const y = a[ai + end]! - b[bi + end]!;
    s0 += y * y;
  }
  return s0 + s1;
}
