import type { CovarianceType } from './parameters.js';

/**
 * What maximisation needs to know of rows and their posteriors r. Sums over rows: those of several blocks add up.
 * x is a row minus the centre of the frame, o the origin of the component.
 */
export interface SufficientStatistics {
  readonly covarianceType: CovarianceType;
  readonly components: number;
  readonly dim: number;
  /** n. */
  rows: number;
  /** Σ log p(x), nats. */
  logLikelihood: number;
  /** `[K]`, Σ r. */
  readonly counts: Float64Array;
  /** `[K, d]`, o: the nearer to the new means, the fewer digits cancel. */
  readonly origins: Float64Array;
  /** All components have one origin. */
  readonly hasOneOrigin: boolean;
  /** `[K, d]`, Σ r·(x - o). */
  readonly sums: Float64Array;
  /** The scatter was known before: nothing is added to it. */
  readonly hasScatter: boolean;
  /** Σ r·(x - o)·(x - o)ᵀ: full `[K, d, d]` and tied `[d, d]` lower triangles, the diagonals `[K, d]` of others. */
  readonly scatter: Float64Array;
}

/**
 * Statistics of no rows.
 * @param scatter - where it is known already: with one origin it does not depend on the posteriors
 */
export function createStatistics(
  covarianceType: CovarianceType,
  components: number,
  dim: number,
  origins: Float64Array,
  scatter?: Float64Array,
): SufficientStatistics {
  const length = { full: components * dim * dim, tied: dim * dim, diag: components * dim };
  return {
    covarianceType,
    components,
    dim,
    rows: 0,
    logLikelihood: 0,
    counts: new Float64Array(components),
    origins,
    hasOneOrigin: origins.every((value, i) => Object.is(value, origins[i % dim])),
    sums: new Float64Array(components * dim),
    hasScatter: scatter !== undefined,
    scatter: scatter ?? new Float64Array(length[covarianceType === 'spherical' ? 'diag' : covarianceType]),
  };
}
