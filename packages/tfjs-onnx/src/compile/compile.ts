import { parseOptions } from '@robusta/core';
import { type TensorFunction, type TensorSpec, trace } from '../trace/trace.js';
import { type CompiledFunction, checked } from './compiled-function.js';
import { eagerEngine } from './eager-engine.js';
import { onnxEngine } from './onnx-engine.js';
import { type CompileOptions, CompileOptionsSchema } from './options.js';

/**
 * Makes a function ready to be run many times on typed arrays.
 * @param fn - written with tfjs, gradients included; see {@link trace} for what it must keep to
 * @param inputSpecs - shape and dtype of each input
 * @throws BAD_OPTION; UNSUPPORTED_OP (a kernel that the engine lacks); NOT_DYNAMIC (a function of which one graph
 *   cannot serve all sizes of a named dimension); ENGINE_UNAVAILABLE (an engine or execution provider that this
 *   machine lacks)
 */
export async function compile(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  options: CompileOptions = {},
): Promise<CompiledFunction> {
  const { engine, dimensions, ...session } = parseOptions(CompileOptionsSchema, options, 'compile');
  const inner =
    engine === 'onnx'
      ? await onnxEngine(trace(fn, inputSpecs, { dimensions }), session)
      : await eagerEngine(fn, inputSpecs, engine, dimensions);
  return checked(engine, structuredClone(inputSpecs), inner);
}
