export { type CloseTolerance, expectClose } from './close.js';
export { describeShared, goldenJson, sharedPath } from './golden.js';
export {
  below,
  channelsLast,
  expectFirstUpdate,
  expectGradients,
  type GoldenCase,
  goldenBackbones,
  goldenBatch,
  goldenRecording,
  splitPart,
  summarise,
} from './golden-backbones.js';
export { type ReadmeExample, runReadmeExample, runReadmeExamples } from './readme.js';
export { type GoldenTensor, goldenTensors } from './safetensors.js';
