import { RobustaError } from '@robusta/core';
import { cholesky, invertLower, reverseCholesky } from './cholesky.js';
import { type CovarianceType, covarianceLength } from './parameters.js';

/** Whitening transforms W of the components, WᵀW = Σ⁻¹: what a log-density needs of a covariance. */
export interface Whitening {
  covarianceType: CovarianceType;
  /** full `[K, d, d]` lower-triangular, tied `[d, d]`, diag `[K, d]`, spherical `[K]` (both 1/σ). */
  factors: Float64Array;
  /** `[K]`, log|W|, which is -½·log|Σ|. */
  logDeterminants: Float64Array;
}

/**
 * @param floor - `[d]`, a variance or pivot at or below it counts as zero
 * @throws ILL_DEFINED_COVARIANCE naming the component and the feature
 */
export function whiteningOfCovariances(
  type: CovarianceType,
  covariances: Float64Array,
  components: number,
  dim: number,
  floor: Float64Array,
): Whitening {
  const factors = new Float64Array(covarianceLength(type, components, dim));
  if (type === 'full' || type === 'tied') {
    for (let k = 0; k < (type === 'full' ? components : 1); k++) {
      const l = cholesky(covariances, k * dim * dim, dim, floor);
      if (!(l instanceof Float64Array)) throw illDefined(type, k, l.row, l.pivot);
      invertLower(l, dim, factors, k * dim * dim);
    }
  } else {
    const width = type === 'diag' ? dim : 1;
    const largest = floor.reduce((a, b) => Math.max(a, b), 0);
    for (let i = 0; i < factors.length; i++) {
      const variance = covariances[i]!;
      if (!(variance > (type === 'diag' ? floor[i % dim]! : largest))) {
        throw illDefined(type, Math.floor(i / width), i % width, variance);
      }
      factors[i] = 1 / Math.sqrt(variance);
    }
  }
  return { covarianceType: type, factors, logDeterminants: logDeterminants(type, factors, components, dim) };
}

/** The same from inverse covariances; undefined when one of them is not positive definite. */
export function whiteningOfPrecisions(
  type: CovarianceType,
  precisions: Float64Array,
  components: number,
  dim: number,
): Whitening | undefined {
  const factors = new Float64Array(covarianceLength(type, components, dim));
  if (type === 'full' || type === 'tied') {
    for (let k = 0; k < (type === 'full' ? components : 1); k++) {
      if (!reverseCholesky(precisions, k * dim * dim, dim, factors)) return undefined;
    }
  } else {
    for (let i = 0; i < factors.length; i++) {
      if (!(precisions[i]! > 0)) return undefined;
      factors[i] = Math.sqrt(precisions[i]!);
    }
  }
  return { covarianceType: type, factors, logDeterminants: logDeterminants(type, factors, components, dim) };
}

function logDeterminants(
  type: CovarianceType,
  factors: Float64Array,
  components: number,
  dim: number,
): Float64Array {
  return Float64Array.from({ length: components }, (_, k) => {
    if (type === 'spherical') return dim * Math.log(factors[k]!);
    const start = type === 'full' ? k * dim * dim : type === 'diag' ? k * dim : 0;
    const step = type === 'diag' ? 1 : dim + 1;
    let sum = 0;
    for (let j = 0; j < dim; j++) sum += Math.log(factors[start + j * step]!);
    return sum;
  });
}

function illDefined(type: CovarianceType, component: number, feature: number, pivot: number): RobustaError {
  const where = type === 'tied' ? 'the shared covariance' : `the covariance of component ${component}`;
  const at = type === 'spherical' ? '' : ` at feature ${feature}`;
  return new RobustaError('ILL_DEFINED_COVARIANCE', `${where} is singular${at} (variance left: ${pivot})`, {
    hint: 'raise regCovar, use fewer components, or covarianceType "diag"',
    details: { component, feature, pivot },
  });
}
