export type { AudioClip, FeatureSequence, Frame, Modality, Severity } from './contracts.js';
export { SeveritySchema } from './contracts.js';
export {
  type ErrorCode,
  fileError,
  parseOptions,
  RobustaError,
  type RobustaErrorOptions,
  throwIfAborted,
} from './errors.js';
export { quantile } from './quantile.js';
export {
  type BenchmarkRecord,
  BenchmarkRecordSchema,
  type BenchmarkResult,
  BenchmarkResultSchema,
  type Comparison,
  ComparisonSchema,
  type Costs,
  CostsSchema,
  type DetectionRecord,
  DetectionRecordSchema,
  type ScoreCurve,
  ScoreCurveSchema,
  type TransferRecord,
  TransferRecordSchema,
  type WeightRecord,
  WeightRecordSchema,
} from './results.js';
export { createRng, hash32, type Rng } from './rng.js';
export { deriveSeed } from './seed.js';
export { type WasmInstance, wasmModule } from './wasm-module.js';
export { fromWire, toWire, type WireError } from './wire.js';
