export { type CloseTolerance, expectClose } from './close.js';
export { describeShared, goldenJson, sharedPath } from './golden.js';
export { type ReadmeExample, runReadmeExample, runReadmeExamples } from './readme.js';
