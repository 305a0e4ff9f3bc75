export {
  type AlarmOptions,
  type DetectionDelay,
  type DetectionEvent,
  detectionDelay,
  type FalseAlarmOptions,
  type FalseAlarms,
  falseAlarms,
} from './alarms.js';
export { type MicroMacro, microMacro } from './averages.js';
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapInterval,
} from './bootstrap.js';
export {
  type ClassifiedVideo,
  type ClassOptions,
  type MetricByClass,
  metricByClass,
  XD_CLASSES,
  type XdClass,
  xdClasses,
} from './classes.js';
export { type PrecisionRecallCurve, precisionRecallCurve, type RocCurve, rocCurve } from './curves.js';
export { type BootstrapDifference, bootstrapDifference } from './difference.js';
export {
  type ExpandOptions,
  expandToFrames,
  type FrameInterval,
  frameLabels,
  xdGroundTruth,
} from './frames.js';
export { holmAdjust } from './holm.js';
export {
  averagePrecision,
  type Metric,
  prAuc,
  type RankingMetrics,
  rankingMetrics,
  rocAuc,
} from './metrics.js';
export { type CorruptionRobustness, type LevelScore, type Robustness, robustness } from './robustness.js';
export { bestF1, type ThresholdMetrics, thresholdMetrics } from './thresholds.js';
export { abnormalVideos, normalVideos, poolFrames, type ScoredVideo } from './videos.js';
