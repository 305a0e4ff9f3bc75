import type { Rng } from '@robusta/core';
import type { RowMatrix } from './row-matrix.js';

const LLOYD_STEPS = 100;

/** Rows in groups. */
export interface Clusters {
  /** `[n]`, the cluster of each row. */
  assigned: Int32Array;
  /** `[K, d]`. */
  centres: Float64Array;
}

/** K clusters: k-means++ and Lloyd steps. */
export function kMeans(rows: RowMatrix, K: number, rng: Rng): Clusters {
  return lloyd(rows, K, spreadCentres(rows, K, rng));
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

function lloyd({ rows: n, cols: d, data }: RowMatrix, K: number, centres: Float64Array): Clusters {
  const assigned = new Int32Array(n).fill(-1);
  const counts = new Float64Array(K);
  for (let step = 0; step < LLOYD_STEPS; step++) {
    let changed = 0;
    for (let i = 0; i < n; i++) {
      let best = 0;
      let least = Infinity;
      for (let k = 0; k < K; k++) {
        const distance = squaredDistance(data, i * d, centres, k * d, d);
        if (distance < least) {
          least = distance;
          best = k;
        }
      }
      if (assigned[i] !== best) changed++;
      assigned[i] = best;
    }
    if (changed === 0) break;
    counts.fill(0);
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
