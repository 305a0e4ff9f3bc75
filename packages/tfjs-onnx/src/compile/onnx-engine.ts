import { RobustaError } from '@robusta/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxGraph } from '../graph/onnx-graph.js';
import type { EngineRun, TensorValues } from './compiled-function.js';

type Runtime = typeof import('onnxruntime-node');

/** Severity "fatal": problems reach the caller as errors, nothing is printed. */
const SILENT = 4;

async function loadRuntime(): Promise<Runtime> {
  try {
    const module = await import('onnxruntime-node');
    return ((module as { default?: Runtime }).default ?? module) as Runtime;
  } catch (cause) {
    throw new RobustaError(
      'ENGINE_UNAVAILABLE',
      "engine 'onnx' needs onnxruntime-node, which cannot be loaded",
      {
        hint: "npm install onnxruntime-node, or choose engine 'wasm' or 'cpu'",
        cause,
      },
    );
  }
}

async function createSession(
  runtime: Runtime,
  graph: OnnxGraph,
  executionProviders: readonly string[],
  threads: number | undefined,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [...executionProviders],
    logSeverityLevel: SILENT,
    graphOptimizationLevel: 'all',
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  try {
    return await runtime.InferenceSession.create(graph.toBytes(), options);
  } catch (cause) {
    const providers = executionProviders.join(', ');
    const message = (cause as Error).message;
    if (executionProviders.some((name) => name !== 'cpu')) {
      throw new RobustaError(
        'ENGINE_UNAVAILABLE',
        `engine 'onnx' cannot start with execution providers ${providers}: ${message}`,
        {
          hint: "check the provider's drivers and libraries, or leave executionProviders out for the CPU",
          cause,
        },
      );
    }
    throw new RobustaError('INTERNAL', `ONNX Runtime refuses the traced graph: ${message}`, { cause });
  }
}

/** Runs a traced graph in one ONNX Runtime session. */
export async function onnxEngine(
  graph: OnnxGraph,
  executionProviders: readonly string[],
  threads: number | undefined,
): Promise<EngineRun> {
  const runtime = await loadRuntime();
  const session = await createSession(runtime, graph, executionProviders, threads);
  return {
    outputs: graph.outputs,
    async run(inputs) {
      const feeds: Record<string, Tensor> = {};
      for (const [i, { name, dtype, shape }] of graph.inputs.entries()) {
        feeds[name] = new runtime.Tensor(dtype, inputs[i] as Float32Array, shape);
      }
      const results = await session.run(feeds);
      return graph.outputs.map(({ name }) => results[name]!.data as TensorValues);
    },
    dispose() {
      void session.release();
    },
  };
}
