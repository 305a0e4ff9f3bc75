import {
  type CleanDensity,
  fitCleanDensity,
  mahalanobisDistance,
  negativeLogLikelihood,
  stack,
} from './clean-density.js';
import { fitNeighbours, type NeighbourDensity, neighbourDistance } from './neighbours.js';
import type { RowMatrix } from './row-matrix.js';
import type { DensityKind, DensityOptions } from './weighting-options.js';

/** What needs no fit: the energy comes from the detector, and equal weights from nothing. */
export interface FixedDensity {
  kind: 'energy' | 'none';
}

/** What is known of the clean features of one modality. */
export type Density = CleanDensity | NeighbourDensity | FixedDensity;

/** Fits a density to the snippets `[T, d]` of each clean video. */
export async function fitDensity(
  kind: DensityKind,
  videos: RowMatrix[],
  options: DensityOptions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Density> {
  switch (kind) {
    case 'gmm':
      return fitCleanDensity(videos, options, seed, signal);
    case 'mahalanobis': {
      const single = await fitCleanDensity(videos, { ...options, components: 1 }, seed, signal);
      return { ...single, kind };
    }
    case 'knn':
      return fitNeighbours(stack(videos), options.neighbours);
    default:
      return { kind };
  }
}

/** Prepares how far each row is from what is clean; larger is farther. */
export function deviation(density: Density): (rows: RowMatrix) => Float64Array {
  switch (density.kind) {
    case 'gmm':
      return negativeLogLikelihood(density);
    case 'mahalanobis':
      return mahalanobisDistance(density);
    case 'knn':
      return neighbourDistance(density);
    case 'energy':
      return ({ data }) => Float64Array.from(data);
    case 'none':
      return ({ rows }) => new Float64Array(rows);
  }
}
