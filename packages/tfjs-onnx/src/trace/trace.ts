import { parseOptions, RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Sizes } from '../dynamic/expression.js';
import { type MergedGraph, mergeRecordings, type Recording } from '../dynamic/merge.js';
import { attemptsFor, furtherSizes } from '../dynamic/sizes.js';
import { GraphBuilder } from '../graph/builder.js';
import { finishGraph, type OnnxGraph } from '../graph/onnx-graph.js';
import { sameShape, type Value } from '../graph/value.js';
import { Copies, TRACE_BACKEND, TraceBackend } from './backend.js';
import { readAnywhere, withBackend, withOwnState } from './isolate.js';
import { asRobustaError, registerKernels } from './register.js';

/** An input of a function that is traced or compiled. */
export interface TensorSpec {
  /**
   * Extents; `[]` for a scalar. A string is a named dimension: one graph serves every size of it, and the same name
   * means the same size everywhere.
   */
  shape: readonly (number | string)[];
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
  /** Smallest sizes of named dimensions that the function must serve, default 1. */
  dimensions?: Readonly<Record<string, { minimum: number }>>;
}

const OptionsSchema = z.strictObject({
  outputNames: z.array(z.string()).optional(),
  name: z.string().min(1).default('robusta'),
  metadata: z.record(z.string(), z.string()).default({}),
  dimensions: z.record(z.string(), z.strictObject({ minimum: z.int().min(1) })).default({}),
});

/** Of input specs, where they are handed in. */
export const SpecsSchema = z.array(
  z.strictObject({
    shape: z.array(z.union([z.int().min(0), z.string().regex(/^[A-Za-z_]\w*$/)])),
    dtype: z.enum(['float32', 'int32']),
    name: z.string().min(1).optional(),
  }),
);

/**
 * Records what a function does, gradients included, as an ONNX graph. Nothing is computed: the function sees
 * tensors without values. It must be synchronous and depend on its inputs' shapes only; tensors that it takes from
 * outside become constants of the graph. The tfjs backend, its open scopes and its tensor counts are as before
 * when this returns, also after an error.
 *
 * With named dimensions the function is recorded at five sizes, and what differs becomes a formula of the
 * dimensions: a function whose course depends on a size in another way is refused.
 * @param fn - written with tfjs; tf.grads, tf.tidy and tf.customGrad work. bool outputs become int32.
 * @param inputSpecs - shape and dtype of each input
 * @throws UNSUPPORTED_OP for a kernel without an ONNX form (naming kernel, shapes and place) and for reading values;
 *   NOT_DYNAMIC for a function that differs in more than numbers between sizes (naming the place); BAD_OPTION for bad
 *   specs or names; BAD_INPUT when the function does not return an array of tensors
 */
export function trace(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  options: TraceOptions = {},
): OnnxGraph {
  const { outputNames, name, metadata, dimensions } = parseOptions(OptionsSchema, options, 'trace');
  const specs = parseOptions(SpecsSchema, inputSpecs, 'trace: input specs');
  registerKernels();
  const minimums = minimumsOf(specs, dimensions);
  const { builder, results, extents } =
    Object.keys(minimums).length === 0
      ? { ...record(fn, specs, new Copies()), extents: undefined }
      : recordDynamic(fn, specs, minimums);
  if (outputNames && outputNames.length !== results.length) {
    throw new RobustaError(
      'BAD_OPTION',
      `trace: ${outputNames.length} output names were given for ${results.length} outputs`,
    );
  }
  return finishGraph(builder, results, {
    name,
    inputs: specs.map((spec, i) => spec.name ?? `input_${i}`),
    outputs: outputNames ?? results.map((_, i) => `output_${i}`),
    metadata,
    ...(extents ? { outputExtents: extents } : {}),
  });
}

type Specs = z.output<typeof SpecsSchema>;

/** The smallest size of each named dimension. */
export function minimumsOf(
  specs: Specs,
  dimensions: Readonly<Record<string, { minimum: number }>>,
): Record<string, number> {
  const names = specs.flatMap(({ shape }) => shape.filter((extent) => typeof extent === 'string'));
  const unknown = Object.keys(dimensions).find((name) => !names.includes(name));
  if (unknown) {
    throw new RobustaError('BAD_OPTION', `trace: dimensions names "${unknown}", which no input has`);
  }
  return Object.fromEntries(names.map((name) => [name, dimensions[name]?.minimum ?? 1]));
}

/** Runs the function on the recording backend, named dimensions at the given sizes. */
function record(
  fn: TensorFunction,
  specs: Specs,
  copies: Copies,
  sizes?: Sizes,
): { builder: GraphBuilder; results: Value[] } {
  const builder = new GraphBuilder({ dynamic: sizes !== undefined });
  const backend = new TraceBackend(builder, readAnywhere, copies);
  const results = withOwnState(() =>
    withBackend(TRACE_BACKEND, backend, () => {
      const inputs = specs.map(({ shape, dtype }) => {
        const extents = shape.map((extent) => (typeof extent === 'string' ? sizes![extent]! : extent));
        const info = backend.tensorInfoOf(builder.input(dtype, extents));
        return tf.engine().makeTensorFromTensorInfo(info, backend);
      });
      try {
        const outputs = tensorsOf(tf.tidy(() => fn(inputs) as tf.TensorContainer));
        return outputs.map((output) => backend.valueFor(output));
      } catch (error) {
        throw asRobustaError(error);
      }
    }),
  );
  return { builder, results };
}

/** Each halves what is open; constants of a division are below some hundreds. */
const MOST_FURTHER_TRACES = 24;

/** Records at several sizes and merges. Where the traces differ by an accident of the sizes, others are tried. */
function recordDynamic(
  fn: TensorFunction,
  specs: Specs,
  minimums: Readonly<Record<string, number>>,
): MergedGraph {
  const shapes = specs.map(({ shape }) => shape);
  const copies = new Copies();
  const recordAt = (sizes: Sizes): Recording => ({ sizes, ...record(fn, specs, copies, sizes) });
  let failed: { error: RobustaError; recordings: Recording[] } | undefined;
  for (const attempt of attemptsFor(minimums)) {
    const recordings = attempt.map(recordAt);
    try {
      let merged = mergeRecordings(recordings, shapes);
      for (let round = 0; merged.open.length > 0 && round < MOST_FURTHER_TRACES; round++) {
        const known = recordings.map(({ sizes }) => sizes);
        const sizes = furtherSizes(merged.open, known, minimums);
        if (!sizes) break;
        recordings.push(recordAt(sizes));
        merged = mergeRecordings(recordings, shapes);
      }
      // A limit may hide in sizes that are all beyond it: where small ones were tried before, the shapes must agree.
      const agree = failed?.recordings.every(({ sizes, results }) => {
        const expected = merged.shapesAt(sizes);
        return results.every(({ shape }, i) => sameShape(shape, expected[i]!));
      });
      if (agree !== false) return merged;
    } catch (error) {
      // A number without a formula is no accident: other sizes would only hide, say, a limit.
      if (!RobustaError.isInstance(error) || error.details?.differs !== 'structure') throw error;
      failed ??= { error, recordings };
    }
  }
  throw failed!.error;
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
