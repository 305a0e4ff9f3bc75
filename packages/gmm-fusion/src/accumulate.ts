import type { SufficientStatistics } from './statistics.js';

/** A posterior below this share of its component's count changes no sum within double precision. */
const NEGLIGIBLE = 1e-24;

/**
 * Adds a block of rows to counts, sums and the scatter of full or tied covariances.
 * @param block - `[rows, d]`, minus the centre of the frame
 * @param posteriors - `[rows, K]`
 */
export function accumulate(
  block: Float64Array,
  rows: number,
  posteriors: Float64Array,
  statistics: SufficientStatistics,
): void {
  const { covarianceType: type, components: K, dim: d, hasOneOrigin, hasScatter } = statistics;
  const least = addCounts(posteriors, rows, statistics);
  const column = new Float64Array(rows);
  for (let k = 0; k < K; k++) {
    for (let i = 0; i < rows; i++) {
      const r = posteriors[i * K + k]!;
      column[i] = r > least[k]! ? r : 0;
    }
    addSums(block, rows, column, k, statistics);
    if (type === 'full') addProducts(block, rows, column, k, k * d * d, statistics);
    else if (!hasOneOrigin) addProducts(block, rows, column, k, 0, statistics);
  }
  // The posteriors of a row sum to 1.
  if (type === 'tied' && hasOneOrigin && !hasScatter)
    addProducts(block, rows, column.fill(1), 0, 0, statistics);
}

/** Adds to the counts; returns the posteriors `[K]` up to which a row may be left out of the other sums. */
export function addCounts(
  posteriors: Float64Array,
  rows: number,
  { components: K, counts }: SufficientStatistics,
): Float64Array {
  for (let i = 0; i < rows; i++) for (let k = 0; k < K; k++) counts[k]! += posteriors[i * K + k]!;
  return counts.map((count) => NEGLIGIBLE * count);
}

function addSums(
  block: Float64Array,
  rows: number,
  column: Float64Array,
  k: number,
  { dim: d, origins, sums }: SufficientStatistics,
): void {
  const start = k * d;
  for (let i = 0, x = 0; i < rows; i++, x += d) {
    const r = column[i]!;
    if (r === 0) continue;
    for (let j = 0; j < d; j++) sums[start + j]! += r * (block[x + j]! - origins[start + j]!);
  }
}

/** Adds r·y·yᵀ (lower triangle), four rows at a time: one load and store of the sum for four products. */
function addProducts(
  block: Float64Array,
  rows: number,
  column: Float64Array,
  k: number,
  offset: number,
  { dim: d, origins, scatter }: SufficientStatistics,
): void {
  const y = Array.from({ length: 4 }, () => new Float64Array(d));
  const r = new Float64Array(4);
  let filled = 0;
  for (let i = 0; i < rows; i++) {
    if (column[i] === 0) continue;
    const target = y[filled]!;
    for (let j = 0; j < d; j++) target[j] = block[i * d + j]! - origins[k * d + j]!;
    r[filled++] = column[i]!;
    if (filled === 4) {
      addRankFour(scatter, offset, d, r, y[0]!, y[1]!, y[2]!, y[3]!);
      filled = 0;
    }
  }
  if (filled === 0) return;
  r.fill(0, filled);
  addRankFour(scatter, offset, d, r, y[0]!, y[1]!, y[2]!, y[3]!);
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
