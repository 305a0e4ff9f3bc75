/** Shape of the covariances: one matrix a component, one for all, one variance a feature, one a component. */
export type CovarianceType = 'full' | 'tied' | 'diag' | 'spherical';

/** A Gaussian mixture as plain data; can be cloned, posted to a worker, or stored. */
export interface MixtureParameters {
  covarianceType: CovarianceType;
  /** K. */
  components: number;
  /** d, features of a row. */
  dim: number;
  /** `[K]`, sum 1. */
  weights: Float64Array;
  /** `[K, d]`. */
  means: Float64Array;
  /** full `[K, d, d]`, tied `[d, d]`, diag `[K, d]`, spherical `[K]`. */
  covariances: Float64Array;
}

/** Values in the covariances (or precisions) of a mixture of this form. */
export function covarianceLength(type: CovarianceType, components: number, dim: number): number {
  switch (type) {
    case 'full':
      return components * dim * dim;
    case 'tied':
      return dim * dim;
    case 'diag':
      return components * dim;
    case 'spherical':
      return components;
  }
}

/** Free parameters of a mixture: weights, means and the distinct entries of the covariances. */
export function countParameters(type: CovarianceType, components: number, dim: number): number {
  const triangle = (dim * (dim + 1)) / 2;
  const covariances = {
    full: components * triangle,
    tied: triangle,
    diag: components * dim,
    spherical: components,
  }[type];
  return covariances + components * dim + components - 1;
}
