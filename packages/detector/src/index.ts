export type {
  Backbone,
  BackboneConfig,
  BackboneModel,
  BackboneOutput,
  BatchLayout,
  ForwardOptions,
  OfficialArray,
  OnlineBranch,
  PublishedModel,
  Recipe,
} from './backbone.js';
export { bagLogits, crossEntropy, distanceAdjacency, meanOverBags, pointwise } from './blocks.js';
export {
  type FeatureShape,
  FUSIONS,
  type Fusion,
  type TrainingVideo,
  type ValidationVideo,
} from './data.js';
export {
  Detector,
  type DetectorInput,
  type DetectorScores,
  type LoadOptions,
  type OfficialOptions,
  type ScoreOptions,
} from './detector.js';
export type { FeatureFile } from './feature-file.js';
export type { DataFingerprint } from './fingerprint.js';
export { type ModelFile, ModelFileSchema } from './model-file.js';
export { type OfficialFormat, reverseAxes, takeOfficial } from './official.js';
export {
  type EpochReport,
  type StepReport,
  type TrainOptions,
  TrainOptionsSchema,
  VALIDATION_METRICS,
} from './options.js';
export { segmentEdges, uniformIndices } from './sampling.js';
export { type StoredFeatures, storedFeatures } from './stored.js';
export { type StreamOptions, StreamOptionsSchema } from './stream/options.js';
export type { StreamSnippet } from './stream/snippet.js';
export {
  createStreamScorer,
  type StreamLatency,
  type StreamScore,
  type StreamScorer,
} from './stream/stream-scorer.js';
export { trainDetector } from './train.js';
export {
  checkWeights,
  type ParameterSpec,
  toTensors,
  type WeightArray,
  type WeightMap,
  type Weights,
} from './weights.js';
