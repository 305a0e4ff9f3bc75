import { parseOptions, RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { GraphBuilder } from '../graph/builder.js';
import { finishGraph, type OnnxGraph } from '../graph/onnx-graph.js';
import { TRACE_BACKEND, TraceBackend } from './backend.js';
import { readAnywhere, withBackend, withOwnState } from './isolate.js';
import { asRobustaError, registerKernels } from './register.js';

/** An input of a function that is traced or compiled. */
export interface TensorSpec {
  /** Extents, fixed; `[]` for a scalar. */
  shape: readonly number[];
  dtype: 'float32' | 'int32';
  /** Name in the ONNX graph; `input_0`, `input_1`, … where absent. */
  name?: string;
}

/** A function of tensors to tensors, built of tfjs operations. */
export type TensorFunction = (inputs: tf.Tensor[]) => tf.Tensor[];

export interface TraceOptions {
  /** Names of the outputs, in order; `output_0`, `output_1`, … where absent. */
  outputNames?: readonly string[];
  /** Name of the graph, default `robusta`. */
  name?: string;
  /** Key-value pairs for the file's metadata. */
  metadata?: Readonly<Record<string, string>>;
}

const OptionsSchema = z.strictObject({
  outputNames: z.array(z.string()).optional(),
  name: z.string().min(1).default('robusta'),
  metadata: z.record(z.string(), z.string()).default({}),
});

const SpecsSchema = z.array(
  z.strictObject({
    shape: z.array(z.int().min(0)),
    dtype: z.enum(['float32', 'int32']),
    name: z.string().min(1).optional(),
  }),
);

/**
 * Records what a function does, gradients included, as an ONNX graph. Nothing is computed: the function sees
 * tensors without values. It must be synchronous and depend on its inputs' shapes only; tensors that it takes from
 * outside become constants of the graph. The tfjs backend, its open scopes and its tensor counts are as before
 * when this returns, also after an error.
 * @param fn - written with tfjs; tf.grads, tf.tidy and tf.customGrad work. bool outputs become int32.
 * @param inputSpecs - shape and dtype of each input
 * @throws UNSUPPORTED_OP for a kernel without an ONNX form (naming kernel, shapes and place) and for reading values;
 *   BAD_OPTION for bad specs or names; BAD_INPUT when the function does not return an array of tensors
 */
export function trace(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  options: TraceOptions = {},
): OnnxGraph {
  const { outputNames, name, metadata } = parseOptions(OptionsSchema, options, 'trace');
  const specs = parseOptions(SpecsSchema, inputSpecs, 'trace: input specs');
  registerKernels();
  const graph = new GraphBuilder();
  const backend = new TraceBackend(graph, readAnywhere);
  const results = withOwnState(() =>
    withBackend(TRACE_BACKEND, backend, () => {
      const inputs = specs.map((spec) =>
        tf
          .engine()
          .makeTensorFromTensorInfo(backend.tensorInfoOf(graph.input(spec.dtype, spec.shape)), backend),
      );
      try {
        const outputs = tensorsOf(tf.tidy(() => fn(inputs) as tf.TensorContainer));
        return outputs.map((output) => backend.valueFor(output));
      } catch (error) {
        throw asRobustaError(error);
      }
    }),
  );
  if (outputNames && outputNames.length !== results.length) {
    throw new RobustaError(
      'BAD_OPTION',
      `trace: ${outputNames.length} output names were given for ${results.length} outputs`,
    );
  }
  return finishGraph(graph, results, {
    name,
    inputs: specs.map((spec, i) => spec.name ?? `input_${i}`),
    outputs: outputNames ?? results.map((_, i) => `output_${i}`),
    metadata,
  });
}

/** Checks what a traced or compiled function returned. */
export function tensorsOf(result: unknown): tf.Tensor[] {
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new RobustaError('BAD_INPUT', 'the function returned a promise; it must be synchronous');
  }
  if (!Array.isArray(result) || result.length === 0) {
    throw new RobustaError('BAD_INPUT', 'the function must return an array of at least one tensor');
  }
  for (const [i, output] of result.entries()) {
    if (!(output instanceof tf.Tensor)) {
      throw new RobustaError('BAD_INPUT', `output ${i} of the function is not a tensor`);
    }
    if (output.isDisposed) throw new RobustaError('BAD_INPUT', `output ${i} of the function was disposed`);
  }
  return result as tf.Tensor[];
}
