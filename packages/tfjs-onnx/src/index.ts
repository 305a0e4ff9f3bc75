export { type BucketOptions, compileBuckets } from './compile/buckets.js';
export { compile } from './compile/compile.js';
export type { CompiledFunction, RunOptions, TensorValues } from './compile/compiled-function.js';
export { type EngineStatus, listEngines } from './compile/list-engines.js';
export {
  type CompileOptions,
  ENGINES,
  type Engine,
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
  type GraphOptimization,
  type SessionOptions,
} from './compile/options.js';
export type { ProviderReport } from './compile/providers.js';
export { type AdamInput, type AdamState, adamUpdate, adamwUpdate } from './functions/adam.js';
export { clipByGlobalNorm } from './functions/clip.js';
export { type Conv1dOptions, conv1d } from './functions/convolution.js';
export { greaterMask, logSigmoid, safeNorm, stopGradient, withoutGradient } from './functions/gradient.js';
export { dropout, randomUniform } from './functions/random.js';
export { type SgdInput, sgdUpdate } from './functions/sgd.js';
export { prefixMask, topKMean } from './functions/top-k-mean.js';
export type { GraphPort, OnnxGraph } from './graph/onnx-graph.js';
export { supportedKernels } from './kernels/index.js';
export type { AdamOptions, AdamwOptions, OptimizerOptions, SgdOptions } from './step/optimizer.js';
export type {
  LossContext,
  LossValue,
  LossWithBuffers,
  Parameter,
  ParameterValues,
  StepDefinition,
  StepRunOptions,
} from './step/options.js';
export type { TrainingState } from './step/state.js';
export { compileStep, type StepResult, type TrainingStep, traceStep } from './step/training-step.js';
export { type TensorFunction, type TensorSpec, type TraceOptions, trace } from './trace/trace.js';
