export type { CleanDensity } from './clean-density.js';
export type { Density, FixedDensity } from './density.js';
export { FittedGaussianMixture, type FitWarning, fitGaussianMixture, type MixtureFit } from './em.js';
export { detectorEnergy } from './energy.js';
export { fitDynamicWeighting, type TrainingFeatures } from './fit-weighting.js';
export { type Calibration, fuse, modalityLambda, modalityWeights, type PerModality } from './fusion.js';
export { GaussianMixture, type MeanFrame } from './mixture.js';
export { decodeGaussianMixture, encodeGaussianMixture } from './mixture-bytes.js';
export { loadGaussianMixture, saveGaussianMixture } from './mixture-files.js';
export type { NeighbourDensity } from './neighbours.js';
export {
  type FitProgress,
  type MixtureOptions,
  MixtureOptionsSchema,
  type MixtureStart,
  type Numbers,
} from './options.js';
export type { CovarianceType, MixtureParameters } from './parameters.js';
export type { Projection } from './projection.js';
export type { RowMatrix } from './row-matrix.js';
export type { MixtureSample } from './sampling.js';
export { type ScoringOptions, ScoringOptionsSchema } from './scoring.js';
export {
  type Selection,
  type SelectionOptions,
  SelectionOptionsSchema,
  type SelectionRow,
  selectComponents,
  type UnfittedRow,
} from './selection.js';
export type { Smoothing } from './smoothing.js';
export { fitGaussianMixtureStream, type StreamOptions, StreamOptionsSchema } from './stream.js';
export {
  DynamicWeighting,
  type ModalityExplanation,
  type ModalityFeatures,
  type ModalityModel,
  type WeightingParameters,
} from './weighting.js';
export { decodeDynamicWeighting, encodeDynamicWeighting } from './weighting-bytes.js';
export { loadDynamicWeighting, saveDynamicWeighting } from './weighting-files.js';
export { type WeightingOptions, WeightingOptionsSchema } from './weighting-options.js';
