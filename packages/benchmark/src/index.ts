export { type AnnotationLine, parseXdAnnotations } from './dataset/annotations.js';
export { readDatasetFile, writeDatasetFile } from './dataset/jsonl.js';
export {
  type Dataset,
  type DatasetProblem,
  GRID_FPS,
  type VideoRecord,
  VideoRecordSchema,
} from './dataset/model.js';
export { type LoadOptions, loadXdViolence } from './dataset/xd-violence.js';
export type { Progress } from './options.js';
export { corruptionOrder, LEVELS, selectCorrupted } from './protocol/select.js';
