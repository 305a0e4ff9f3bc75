import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';

/** An array outside tfjs: values row-major. */
export interface WeightArray {
  shape: readonly number[];
  data: Float32Array;
}

/** Named parameters outside tfjs, as they are trained, stored and loaded. */
export type Weights = Record<string, WeightArray>;

/** Named parameters as tfjs tensors, inside a function that is run eagerly or traced. */
export type WeightMap = Record<string, tf.Tensor>;

/** What is fixed about a parameter before it has a value. */
export interface ParameterSpec {
  shape: readonly number[];
  /** The learning rate of this parameter is the global one times this factor. */
  learningRateScale: number;
  /** Not trained but carried from step to step, such as running statistics: see `BackboneModel.buffers`. */
  buffer?: boolean;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Copies parameters into tensors of the current tfjs backend. */
export function toTensors(weights: Weights): WeightMap {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
}

/**
 * Checks names, shapes and values of parameters.
 * @throws BAD_MODEL listing what is missing, unexpected, of another shape or not finite
 */
export function checkWeights(
  weights: Weights,
  parameters: Record<string, ParameterSpec>,
  what: string,
): void {
  const problems: string[] = [];
  for (const [name, { shape }] of Object.entries(parameters)) {
    const array = weights[name];
    if (!array) problems.push(`${name} is missing`);
    else if (array.shape.join() !== shape.join() || array.data.length !== sizeOf(shape)) {
      problems.push(`${name} has shape [${array.shape}], expected [${shape}]`);
    } else if (!array.data.every(Number.isFinite)) problems.push(`${name} holds NaN or infinity`);
  }
  for (const name of Object.keys(weights)) if (!(name in parameters)) problems.push(`${name} is unexpected`);
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `${what}: ${problems.join('; ')}`, { details: { problems } });
  }
}
