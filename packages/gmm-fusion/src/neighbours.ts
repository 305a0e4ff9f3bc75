import { fitStandardization, type Projection, project } from './projection.js';
import type { RowMatrix } from './row-matrix.js';

/** Clean feature vectors to which new ones are compared, as plain data. */
export interface NeighbourDensity {
  kind: 'knn';
  /** d. */
  dim: number;
  /** Standardisation alone. */
  projection: Projection;
  /** k. */
  neighbours: number;
  /** `[n, d]`, standardised clean feature vectors. */
  rows: Float32Array;
}

/**
 * Keeps standardised clean rows.
 * @param neighbours - k; of fewer rows all are neighbours
 */
export function fitNeighbours(matrix: RowMatrix, neighbours: number): NeighbourDensity {
  const projection = fitStandardization(matrix);
  const { values } = project(matrix, projection);
  return {
    ...{ kind: 'knn', dim: matrix.cols, projection },
    neighbours: Math.min(neighbours, matrix.rows),
    rows: Float32Array.from(values.data),
  };
}

/** Prepares the mean Euclidean distance to the k nearest clean rows: `[n, d]` → `[n]`, clean standard deviations. */
export function neighbourDistance(density: NeighbourDensity): (rows: RowMatrix) => Float64Array {
  const { projection, rows: clean, dim, neighbours } = density;
  return (matrix) => {
    const queries = project(matrix, projection).values.data;
    // Squared, the nearest first.
    const nearest = new Float64Array(neighbours);
    return Float64Array.from({ length: matrix.rows }, (_, i) => {
      const query = queries.subarray(i * dim, (i + 1) * dim);
      nearest.fill(Infinity);
      for (let at = 0; at < clean.length; at += dim)
        insert(nearest, squared(query, clean, at, nearest.at(-1)!));
      let sum = 0;
      for (const value of nearest) sum += Math.min(Math.sqrt(value), Number.MAX_VALUE) / neighbours;
      return Math.min(sum, Number.MAX_VALUE);
    });
  };
}

/** Squared distance to a clean row; stops where it passes `limit`, looked at once in 32 features. */
function squared(query: Float64Array, clean: Float32Array, at: number, limit: number): number {
  let sum = 0;
  for (let j = 0; j < query.length; ) {
    for (const end = Math.min(j + 32, query.length); j < end; j++) sum += (query[j]! - clean[at + j]!) ** 2;
    if (sum >= limit) return Infinity;
  }
  return sum;
}

/** Puts a value in its place among sorted ones, the last of which falls out. */
function insert(sorted: Float64Array, value: number): void {
  let at = sorted.length - 1;
  if (value >= sorted[at]!) return;
  for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
  sorted[at] = value;
}
