export { type ConformanceCheck, conformanceChecks } from './conformance.js';
export { noise, paddedBatch } from './noise.js';
export { ConformanceError } from './require.js';
export { type Pass, type PassBatch, type PassOptions, runPass } from './run-pass.js';
export type { ConformanceOptions } from './subject.js';
export {
  type ToySequenceOptions,
  type ToyVideo,
  type ToyVideosOptions,
  toyAnomaly,
  toySequence,
  toyVideos,
} from './toy.js';
export { type BatchTraining, trainOnBatch } from './train-on-batch.js';
