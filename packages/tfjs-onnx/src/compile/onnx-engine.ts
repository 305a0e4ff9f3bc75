import type { OnnxGraph } from '../graph/onnx-graph.js';
import type { EngineRun } from './compiled-function.js';
import { createOnnxSession } from './onnx-session.js';
import type { CheckedSessionOptions } from './options.js';

/** Runs a traced graph in one ONNX Runtime session. */
export async function onnxEngine(graph: OnnxGraph, options: CheckedSessionOptions): Promise<EngineRun> {
  const session = await createOnnxSession(graph, options);
  return {
    outputs: graph.outputs,
    providers: session.providers,
    run: (inputs, dims) => session.run(inputs, undefined, dims),
    dispose() {
      void session.release();
    },
  };
}
