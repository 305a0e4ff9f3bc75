import { RobustaError } from '@robusta/core';
import { fitGaussianMixture } from './em.js';
import { GaussianMixture } from './mixture.js';
import type { MixtureParameters } from './parameters.js';
import {
  fitPrincipalDirections,
  fitStandardization,
  type Projected,
  type Projection,
  project,
} from './projection.js';
import type { RowMatrix } from './row-matrix.js';
import type { DensityOptions } from './weighting-options.js';

/** The density of the clean features of one modality, as plain data. */
export interface CleanDensity {
  /** `mahalanobis`: one Gaussian, of which the distance counts instead of the likelihood. */
  kind: 'gmm' | 'mahalanobis';
  /** d. */
  dim: number;
  projection: Projection;
  /** Mixture of the projected features. */
  mixture: MixtureParameters;
  /** The ridge on the variances that was used, 1 being the clean variance of a feature. */
  regCovar: number;
}

/** Ridges that `regCovar: 'auto'` tries. */
export const RIDGES = [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1];
const FOLDS = 4;

/**
 * Fits the density of clean features.
 * @param videos - snippets `[T, d]` of each clean video
 * @throws BAD_INPUT for too few snippets, BAD_OPTION, ILL_DEFINED_COVARIANCE, ABORTED
 */
export async function fitCleanDensity(
  videos: RowMatrix[],
  options: DensityOptions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<CleanDensity> {
  const regCovar =
    options.regCovar === 'auto' ? await chooseRidge(videos, options, seed, signal) : options.regCovar;
  const matrix = stack(videos);
  const projection = fitProjection(matrix, options);
  if (projection.residualVariance !== undefined && !(projection.residualVariance + regCovar > 0)) {
    throw new RobustaError(
      'ILL_DEFINED_COVARIANCE',
      'clean features do not vary outside the principal directions',
      {
        hint: 'raise regCovar, or lower pca.dimensions',
      },
    );
  }
  const mixture = await fitMixture(project(matrix, projection).values, options, regCovar, seed, signal);
  return { kind: 'gmm', dim: matrix.cols, projection, mixture, regCovar };
}

/** Prepares the negative log-likelihood (Eq. 4) of feature vectors `[n, d]` under a clean density: `[n]`, nats. */
export function negativeLogLikelihood(density: CleanDensity): (rows: RowMatrix) => Float64Array {
  const score = projectedNll(density);
  return (rows) => score(project(rows, density.projection));
}

/**
 * Prepares the Mahalanobis distance of feature vectors `[n, d]` from the mean of one Gaussian: `[n]`, clean standard
 * deviations.
 */
export function mahalanobisDistance(density: CleanDensity): (rows: RowMatrix) => Float64Array {
  const score = projectedNll(density);
  const { means, dim } = density.mixture;
  const centre = { rows: 1, cols: dim, data: Float64Array.from(means) };
  // nll = ½·distance² + what it is at the mean.
  const [least] = score({ values: centre, residuals: new Float64Array(1) });
  return (rows) =>
    score(project(rows, density.projection)).map((nll) => Math.SQRT2 * Math.sqrt(Math.max(0, nll - least!)));
}

function projectedNll({ projection, regCovar, dim, mixture: parameters }: Omit<CleanDensity, 'kind'>) {
  const mixture = new GaussianMixture(parameters);
  return ({ values, residuals }: Projected): Float64Array => {
    const nll = mixture.scoreSamples(finite(values)).map((score) => -score);
    if (!residuals || projection.residualVariance === undefined) return nll;
    const variance = projection.residualVariance + regCovar;
    const constant = 0.5 * (dim - values.cols) * Math.log(2 * Math.PI * variance);
    return nll.map((value, i) =>
      Math.min(Number.MAX_VALUE, value + constant + (0.5 * residuals[i]!) / variance),
    );
  };
}

/** A finite feature far beyond all clean ones may overflow on the way; it stays the farthest there is. */
function finite(matrix: RowMatrix & { data: Float64Array }): RowMatrix {
  const { data } = matrix;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) data[i] = data[i]! < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
  }
  return matrix;
}

function fitProjection(matrix: RowMatrix, { pca, covarianceType }: DensityOptions): Projection {
  if (!pca) return fitStandardization(matrix);
  const dimensions = pca.dimensions === 'all' ? matrix.cols : pca.dimensions;
  if (dimensions > matrix.cols) {
    throw new RobustaError('BAD_OPTION', `pca.dimensions: ${dimensions} of only ${matrix.cols} features`);
  }
  // A spherical variance is a mean over all directions, also those in which nothing varies.
  return fitPrincipalDirections(matrix, { ...pca, dimensions, compact: covarianceType !== 'spherical' });
}

async function fitMixture(
  values: RowMatrix,
  { components, covarianceType, tol, maxIter, nInit }: DensityOptions,
  regCovar: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<MixtureParameters> {
  const fitted = await fitGaussianMixture(values, {
    ...{ components, covarianceType, tol, maxIter, nInit, regCovar, seed },
    ...(signal ? { signal } : {}),
  });
  return fitted.parameters;
}

/**
 * The ridge under which unseen clean videos are most likely: cross-validation over whole videos, since snippets of
 * one video resemble one another. One Gaussian stands for the mixture, which makes each fit a closed form.
 */
async function chooseRidge(
  videos: RowMatrix[],
  options: DensityOptions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const groups = videos.length > 1 ? videos : halves(videos[0]!);
  const folds = Math.min(FOLDS, groups.length);
  const single = oneGaussian(options);
  const totals = new Float64Array(RIDGES.length);
  for (let fold = 0; fold < folds; fold++) {
    const inside = stack(groups.filter((_, i) => i % folds !== fold));
    const projection = fitProjection(inside, single);
    const { values } = project(inside, projection);
    const outside = project(stack(groups.filter((_, i) => i % folds === fold)), projection);
    for (const [i, regCovar] of RIDGES.entries()) {
      const mixture = await fitMixture(values, single, regCovar, seed, signal);
      const nll = projectedNll({ dim: inside.cols, projection, mixture, regCovar })(outside);
      totals[i]! += nll.reduce((sum, value) => sum + value, 0);
    }
  }
  return RIDGES[totals.indexOf(Math.min(...totals))]!;
}

/** In principal directions one Gaussian with a full covariance is one with a diagonal covariance. */
function oneGaussian(options: DensityOptions): DensityOptions {
  const { covarianceType, pca } = options;
  if (covarianceType !== 'full' && covarianceType !== 'tied') return { ...options, components: 1 };
  const directions = pca ?? { dimensions: 'all' as const, whiten: false, residual: true };
  return { ...options, components: 1, covarianceType: 'diag', pca: directions };
}

function halves({ rows, cols, data }: RowMatrix): RowMatrix[] {
  const first = rows >> 1;
  return [
    { rows: first, cols, data: data.subarray(0, first * cols) },
    { rows: rows - first, cols, data: data.subarray(first * cols) },
  ];
}

export function stack(parts: RowMatrix[]): RowMatrix & { data: Float64Array } {
  const cols = parts[0]!.cols;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float64Array(rows * cols);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { rows, cols, data };
}
