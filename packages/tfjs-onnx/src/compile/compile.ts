import { parseOptions } from '@robusta/core';
import { z } from 'zod';
import { type TensorFunction, type TensorSpec, trace } from '../trace/trace.js';
import { type CompiledFunction, checked } from './compiled-function.js';
import { eagerEngine } from './eager-engine.js';
import { onnxEngine } from './onnx-engine.js';

/** Names of the engines; the first is the default. */
export const ENGINES = ['onnx', 'wasm', 'cpu', 'tfjs-node', 'tfjs-node-gpu'] as const;

export type Engine = (typeof ENGINES)[number];

export interface CompileOptions {
  /**
   * `onnx` (default): traced, run by onnxruntime-node. `wasm`, `cpu`: run as it is on that tfjs backend.
   * `tfjs-node`, `tfjs-node-gpu`: the same on TensorFlow's native library, where that package is installed.
   */
  engine?: Engine;
  /** ONNX Runtime's execution providers in order of preference, default `['cpu']`. Engine `onnx` only. */
  executionProviders?: readonly string[];
  /** Threads of one operation, default all cores. Engine `onnx` only. */
  threads?: number;
}

const OptionsSchema = z.strictObject({
  engine: z.enum(ENGINES).default('onnx'),
  executionProviders: z.array(z.string().min(1)).min(1).default(['cpu']),
  threads: z.int().min(1).max(1024).optional(),
});

/**
 * Makes a function ready to be run many times on typed arrays.
 * @param fn - written with tfjs, gradients included; see {@link trace} for what it must keep to
 * @param inputSpecs - shape and dtype of each input
 * @throws BAD_OPTION; UNSUPPORTED_OP (a kernel that the engine lacks); ENGINE_UNAVAILABLE (an engine or execution
 *   provider that this machine lacks)
 */
export async function compile(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  options: CompileOptions = {},
): Promise<CompiledFunction> {
  const { engine, executionProviders, threads } = parseOptions(OptionsSchema, options, 'compile');
  const inner =
    engine === 'onnx'
      ? await onnxEngine(trace(fn, inputSpecs), executionProviders, threads)
      : await eagerEngine(fn, inputSpecs, engine);
  return checked(engine, structuredClone(inputSpecs), inner);
}
