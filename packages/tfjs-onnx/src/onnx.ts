/*
 * ONNX graphs and sessions without tfjs: for graphs that are written node by node or read from files. Importing this
 * entry does not load TensorFlow.js.
 */
export { createOnnxSession, type OnnxSession, type SessionValues } from './compile/onnx-session.js';
export {
  type CheckedSessionOptions,
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
  type SessionOptions,
  sessionFields,
} from './compile/options.js';
export type { ProviderReport } from './compile/providers.js';
export { GraphBuilder } from './graph/builder.js';
export {
  finishGraph,
  type GraphNames,
  type GraphPort,
  type OnnxGraph,
  type PortType,
} from './graph/onnx-graph.js';
export { type Attribute, type ElementType, float, int, ints, string, type Value } from './graph/value.js';
