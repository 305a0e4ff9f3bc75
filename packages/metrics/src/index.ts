export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
} from './bootstrap.js';
export { type PrecisionRecallCurve, precisionRecallCurve, type RocCurve, rocCurve } from './curves.js';
export { type BootstrapDifference, bootstrapDifference } from './difference.js';
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
export { abnormalVideos, normalVideos, poolFrames, type ScoredVideo } from './videos.js';
