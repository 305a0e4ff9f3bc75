import { parseOptions, RobustaError } from '@robusta/core';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Dims } from '../compile/dims.js';
import { sizeOf } from '../graph/value.js';
import type { TensorSpec } from '../trace/trace.js';
import { type OptimizerOptions, OptimizerSchema } from './optimizer.js';

/** A float32 array with its shape; `data` is row-major. */
export interface ParameterValues {
  shape: readonly number[];
  data: Float32Array;
}

/** A parameter to be trained, with its initial values. */
export interface Parameter extends ParameterValues {
  /** The learning rate of this parameter is that of the step times this factor. Default 1; 0 freezes it. */
  learningRateScale?: number;
  /** Whether the optimizer's weight decay applies to it. Default true. */
  decay?: boolean;
}

/** What a loss may use besides parameters and batch. */
export interface LossContext {
  /** The buffers by name, as the step before left them. */
  buffers: Record<string, tf.Tensor>;
  /** int32 scalar for `dropout` and `randomUniform`, another one for each step. */
  seed: tf.Scalar;
  /** int32 scalar: number of this step, from 1. */
  step: tf.Scalar;
}

/** A scalar, or named scalars of which `total` is minimized and the others are reported. */
export type LossValue = tf.Tensor | { total: tf.Tensor; [term: string]: tf.Tensor };

/**
 * What a loss gives where there are buffers: besides the value the next content of each, of its shape. No gradient
 * goes through it.
 */
export interface LossWithBuffers {
  loss: LossValue;
  buffers: Record<string, tf.Tensor>;
}

/** What is trained on what, and how. */
export interface StepDefinition<P extends string = string> {
  /**
   * The function to be minimized, written with tfjs as for {@link trace}.
   * @param params - the parameters by name, of their shapes
   * @param inputs - the batch, one tensor for each input spec
   */
  loss(params: Record<P, tf.Tensor>, inputs: tf.Tensor[], context: LossContext): LossValue | LossWithBuffers;
  /** Shapes and initial values, by name. The arrays are copied. */
  params: Readonly<Record<P, Parameter>>;
  /**
   * What is carried from step to step without being trained, such as the running statistics of a batch norm: shapes and
   * initial values, by name. With it the loss gives {@link LossWithBuffers}.
   */
  buffers?: Readonly<Record<string, ParameterValues>>;
  /** Shape and dtype of each array of a batch. */
  inputs: readonly TensorSpec[];
  /** Name or options of the update rule. */
  optimizer: OptimizerOptions['name'] | OptimizerOptions;
  /** Largest Euclidean norm of the whole gradient, see {@link clipByGlobalNorm}; Infinity only measures it. */
  clipNorm?: number;
  /** Whatever integer the seeds of the steps are derived from, default 0. */
  seed?: number;
}

/** Kept as it is: no copy. */
export const float32Array = z.custom<Float32Array>(
  (value) => value instanceof Float32Array,
  'expected a Float32Array',
);

const ParameterSchema = z.strictObject({
  shape: z.array(z.int().min(1)),
  data: float32Array,
  learningRateScale: z.number().min(0).max(Number.MAX_VALUE).default(1),
  decay: z.boolean().default(true),
});

const BufferSchema = z.strictObject({ shape: z.array(z.int().min(1)), data: float32Array });

const DefinitionSchema = z.strictObject({
  loss: z.custom<StepDefinition['loss']>((value) => typeof value === 'function', 'expected a function'),
  params: z
    .record(z.string().min(1), ParameterSchema)
    .refine((params) => Object.keys(params).length > 0, 'expected at least one parameter'),
  buffers: z.record(z.string().min(1), BufferSchema).default({}),
  inputs: z.custom<readonly TensorSpec[]>(Array.isArray, 'expected an array'),
  optimizer: OptimizerSchema,
  clipNorm: z
    .custom<number>((value) => typeof value === 'number' && value > 0, 'expected a number above 0')
    .optional(),
  seed: z.int().default(0),
});

/** A definition with its defaults. */
export type Definition = z.output<typeof DefinitionSchema>;

export function parseDefinition(definition: StepDefinition, what: string): Definition {
  const parsed = parseOptions(DefinitionSchema, definition, what);
  for (const [name, { shape, data }] of Object.entries(parsed.params)) {
    checkValues(`${what}: parameter ${name}`, shape, data);
  }
  for (const [name, { shape, data }] of Object.entries(parsed.buffers)) {
    checkValues(`${what}: buffer ${name}`, shape, data);
  }
  return parsed;
}

/** @throws BAD_INPUT for a wrong number of elements; NON_FINITE */
export function checkValues(label: string, shape: readonly number[], data: Float32Array): void {
  if (data.length !== sizeOf(shape)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${label} has ${data.length} elements, its shape [${shape}] needs ${sizeOf(shape)}`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    // The difference of an infinity or NaN from itself is NaN.
    if (data[i]! - data[i]! !== 0) {
      throw new RobustaError('NON_FINITE', `${label} holds ${data[i]} at element ${i}`);
    }
  }
}

/** What may differ from step to step. */
export interface StepRunOptions {
  /** At least 0. */
  learningRate: number;
  /** int32; default derived from the step's number and the definition's seed. */
  seed?: number;
  /** Extents of named dimensions of the inputs, needed only where the lengths of the batch do not tell them. */
  dims?: Dims;
  /** Looked at before the step; a step under way is finished. */
  signal?: AbortSignal;
}

const RunSchema = z.strictObject({
  learningRate: z.number().min(0).max(Number.MAX_VALUE),
  seed: z.int32().optional(),
  dims: z.record(z.string(), z.number()).optional(),
  signal: z
    .custom<AbortSignal>(
      (value) => typeof value === 'object' && value !== null && 'aborted' in value,
      'expected an AbortSignal',
    )
    .optional(),
});

export const parseRunOptions = (options: StepRunOptions): z.output<typeof RunSchema> =>
  parseOptions(RunSchema, options, 'TrainingStep.run');
