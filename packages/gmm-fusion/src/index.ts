export { FittedGaussianMixture, type FitWarning, fitGaussianMixture, type MixtureFit } from './em.js';
export { GaussianMixture } from './mixture.js';
export { type MixtureOptions, MixtureOptionsSchema, type MixtureStart, type Numbers } from './options.js';
export type { CovarianceType, MixtureParameters } from './parameters.js';
export type { RowMatrix } from './row-matrix.js';
