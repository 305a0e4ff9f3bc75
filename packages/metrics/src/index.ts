export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
  poolFrames,
  type ScoredVideo,
} from './bootstrap.js';
export { type PrecisionRecallCurve, precisionRecallCurve, type RocCurve, rocCurve } from './curves.js';
export {
  type ExpandOptions,
  expandToFrames,
  type FrameInterval,
  frameLabels,
  xdGroundTruth,
} from './frames.js';
export {
  averagePrecision,
  type Metric,
  prAuc,
  type RankingMetrics,
  rankingMetrics,
  rocAuc,
} from './metrics.js';
