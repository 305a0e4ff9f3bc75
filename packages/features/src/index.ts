export { type AlignedModalities, type AlignOptions, alignModalities } from './align.js';
export {
  type AudioExtractOptions,
  type AudioExtractor,
  type AudioExtractorOptions,
  createAudioExtractor,
} from './audio/extractor.js';
export { LITE_AUDIO_DIMENSIONS } from './audio/lite.js';
export { type LogMel, logMel, logMelExamples, logMelSnippets } from './audio/log-mel.js';
export {
  projectVggish,
  type Quantization,
  quantizeVggish,
  readVggishPca,
  type VggishPca,
} from './audio/pca.js';
export type { AudioSource } from './audio/source.js';
export { checkVggish, type EmbeddingStatistics, type VggishCheck } from './audio/vggish-check.js';
export type { VggishExtractor, VggishExtractorOptions, VggishPostprocess } from './audio/vggish-extractor.js';
export { type ImportOptions, type ImportReport, importCheckpoint } from './checkpoint/import-checkpoint.js';
export { type CompareOptions, compareFeatures, type FeatureComparison } from './checks/compare.js';
export type { CropSimilarity } from './checks/crops.js';
export { type FeatureInspection, inspectFeatures } from './checks/inspect.js';
export type { Dimension } from './dimension.js';
export { findFeatures, type ReadFeaturesOptions, readFeatures, writeFeatures } from './feature-file.js';
export type { DownloadProgress } from './fetch/download.js';
export { type FetchOptions, type FetchReport, fetchModel } from './fetch/fetch-model.js';
export { CROP_ORDERS, type CropOrder, type CropPlace } from './files/crop-order.js';
export type { FeatureDescription, FeatureSidecar } from './files/sidecar.js';
export {
  findXdFeatures,
  type Modalities,
  readXdFeatures,
  type WriteXdOptions,
  writeXdFeatures,
  type XdFeatures,
} from './files/xd-layout.js';
export { type AudioAnchor, audioWindowStart, type RowRule, snippetCount } from './grid.js';
export {
  type ExtractedModalities,
  type ExtractModalitiesOptions,
  extractModalities,
  type LengthRule,
  type ModalityReport,
} from './modalities.js';
export type { ModelKind } from './model/kinds.js';
export type { ModelMetadata } from './model/metadata.js';
export { type Model, type OpenModelOptions, openModel } from './model/open.js';
export type { ExtractionTimes } from './model/times.js';
export type { Precision } from './networks/frames.js';
export { type NetworkOptions, networkGraph, networkTensors } from './networks/network.js';
export type { Expected, StateDict } from './networks/state-dict.js';
export type { AudioReport, ExtractionProgress, VisualReport } from './options.js';
export { type ExtractorSpec, hashRecipe, type Recipe } from './spec.js';
export { type CropCount, type CropOptions, cropFrame, tenCrop } from './visual/crops.js';
export {
  createVisualExtractor,
  type VisualExtractOptions,
  type VisualExtractor,
  type VisualExtractorOptions,
  type VisualSource,
} from './visual/extractor.js';
export type { I3dExtractor, I3dExtractorOptions, I3dKind } from './visual/i3d-extractor.js';
export { LITE_VISUAL_DIMENSIONS } from './visual/lite.js';
export type { VisualRecipe } from './visual/preparation.js';
export { type ResizeOptions, resizeFrame } from './visual/resize.js';
export type { ResampleFilter } from './visual/taps.js';
