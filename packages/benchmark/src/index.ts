export { type BuildReport, buildCorruptedDataset } from './build/build.js';
export { type Manifest, type ManifestItem, ManifestItemSchema, ManifestSchema } from './build/manifest.js';
export { type BuildOptions, BuildOptionsSchema } from './build/options.js';
export { type Mismatch, type VerifyOptions, type VerifyReport, verifyBuild } from './build/verify.js';
export { type ConfigDifference, configDifferences } from './config-file/differences.js';
export { PRESET_NAMES, PRESETS, type PresetName } from './config-file/presets.js';
export { readConfigFile } from './config-file/read.js';
export { type ResolvedConfig, resolveConfig } from './config-file/resolve.js';
export { type ConfigFile, ConfigFileSchema, configJsonSchema } from './config-file/schema.js';
export { claimWorkspace, type OnOtherConfig, type WorkspaceClaim } from './config-file/workspace.js';
export {
  type AnnotationLine,
  parseUcfAnnotations,
  parseXdAnnotations,
  type UcfAnnotationLine,
} from './dataset/annotations.js';
export { type CheckOptions, checkDataset, type DatasetReport } from './dataset/check.js';
export type { DatasetFinding } from './dataset/findings.js';
export { readDatasetFile, writeDatasetFile } from './dataset/jsonl.js';
export type { LoadOptions } from './dataset/load.js';
export { loadDataset } from './dataset/load-dataset.js';
export {
  type Dataset,
  type DatasetProblem,
  GRID_FPS,
  type VideoRecord,
  VideoRecordSchema,
} from './dataset/model.js';
export { DATASET_KINDS, type DatasetKind, type DatasetPlaces } from './dataset/places.js';
export { DATASET_RULES, type DatasetRule, type DatasetRuleName } from './dataset/rules.js';
export { loadUcfCrime, type UcfCrimeOptions } from './dataset/ucf-crime.js';
export { loadVideoFolder } from './dataset/video-folder.js';
export { parseXdName, type XdName } from './dataset/xd-names.js';
export { loadXdViolence, type XdViolenceOptions } from './dataset/xd-violence.js';
export type { CorruptJob, CorruptResult } from './jobs/corrupt-job.js';
export { runExtractJob } from './jobs/extract.js';
export {
  type ExtractJob,
  type ExtractPlan,
  type ExtractResult,
  extractJobs,
  featurePath,
} from './jobs/extract-job.js';
export {
  type ExtractorsConfig,
  ExtractorsConfigSchema,
  type JobExtractor,
  type JobExtractors,
  type NetworkExtractor,
} from './jobs/extractor-config.js';
export { isDone } from './jobs/is-done.js';
export type { Job, JobResult } from './jobs/job.js';
export { createLocalRunner, type LocalRunnerOptions } from './jobs/local-runner.js';
export type { RenderJob, RenderResult } from './jobs/render-job.js';
export { runJob } from './jobs/run-job.js';
export type { DoneJob, FailedJob, JobRunner, RunJobsOptions } from './jobs/runner.js';
export type { Progress } from './options.js';
export {
  type Condition,
  ConditionSchema,
  type CorruptionName,
  conditionName,
  modalityOfCorruption,
} from './protocol/condition.js';
export { expandRows, ROW_GROUPS, TABLE_1, TABLE_2 } from './protocol/scenario.js';
export { corruptionOrder, LEVELS, selectCorrupted } from './protocol/select.js';
export { type QueueAddress, QueueAddressSchema } from './queue/connection.js';
export {
  createQueueRunner,
  type QueueRunnerOptions,
  QueueRunnerOptionsSchema,
} from './queue/queue-runner.js';
export { type QueueStatus, queueStatus } from './queue/queue-status.js';
export {
  type QueueWorkerOptions,
  QueueWorkerOptionsSchema,
  runQueueWorker,
} from './queue/queue-worker.js';
export { BACKBONES, type BackboneName } from './run/backbones.js';
export {
  type BenchmarkConfig,
  BenchmarkConfigSchema,
  METHODS,
  type Method,
} from './run/config.js';
export type { StageCost } from './run/costs.js';
export {
  evaluate,
  type Grid,
  type MeasuredVideo,
  type MethodScores,
  type ScoredVideo,
} from './run/evaluate.js';
export { findModel } from './run/model-folder.js';
export { type BenchmarkPlan, planBenchmark } from './run/plan.js';
export { type RunOptions, runBenchmark, runBenchmarks } from './run/run.js';
export { type ScoredFile, type ScoredSnippet, type ScoreOptions, scoreVideo } from './run/score-video.js';
export type { StageProgress } from './run/stage.js';
export {
  createSyntheticDataset,
  type SyntheticDataset,
  type SyntheticOptions,
} from './synthetic/create.js';
export type { EventKind, EventPlan } from './synthetic/events.js';
export type { VideoPlan } from './synthetic/plan.js';
export { type TrainingConfig, TrainingConfigSchema } from './training/config.js';
export { type FeatureFolders, type FeatureSet, loadFeatureFolders } from './training/feature-folders.js';
export { loadFeatureWorkspace } from './training/feature-workspace.js';
export { runTraining, type TrainedModel, type TrainingOptions } from './training/run-training.js';
