import { createRng, type Rng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { compile, type TensorFunction, type TensorSpec, type TensorValues } from '../src/index.js';

export interface Input {
  shape: number[];
  dtype?: 'float32' | 'int32';
  /** Range of the random values, default [-2, 2). */
  range?: [number, number];
  values?: number[];
  /** One random value, in place of `range`. */
  draw?: (rng: Rng) => number;
}

export interface Agreement {
  /** Which inputs to differentiate by; none by default. */
  gradients?: number[];
  relative?: number;
  absolute?: number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

export function valuesOf(inputs: Input[], seed = 1): TensorValues[] {
  const rng = createRng(seed);
  return inputs.map(({ shape, dtype = 'float32', range: [low, high] = [-2, 2], values, draw }) => {
    const next = draw ?? (() => low + (high - low) * rng.uniform());
    const elements = values ?? Array.from({ length: sizeOf(shape) }, () => next(rng));
    return dtype === 'int32' ? Int32Array.from(elements, Math.floor) : Float32Array.from(elements);
  });
}

export const specsOf = (inputs: Input[]): TensorSpec[] =>
  inputs.map(({ shape, dtype = 'float32' }) => ({ shape, dtype }));

/** Sum of all float outputs, each element with a weight of its own, so that every gradient entry counts. */
function weighted(outputs: tf.Tensor[]): tf.Scalar {
  const sums = outputs
    .filter((output) => output.dtype === 'float32')
    .map((output) => {
      const weights = Float32Array.from({ length: output.size }, (_, i) => Math.cos(1 + 0.7 * i));
      return tf.sum(tf.mul(output, tf.tensor(weights, output.shape)));
    });
  return sums.reduce((a, b) => tf.add(a, b)) as tf.Scalar;
}

/** The function and, behind its outputs, its gradients. */
export function withGradients(fn: TensorFunction, by: number[]): TensorFunction {
  if (by.length === 0) return fn;
  return (inputs) => {
    const loss = (...varied: tf.Tensor[]) => {
      const all = [...inputs];
      for (const [i, index] of by.entries()) all[index] = varied[i]!;
      return weighted(fn(all));
    };
    return [...fn(inputs), ...tf.grads(loss)(by.map((index) => inputs[index]!))];
  };
}

/** Runs a function traced and on tfjs's cpu backend and compares outputs and gradients. */
export async function expectAgreement(
  fn: TensorFunction,
  inputs: Input[],
  { gradients = [], relative = 1e-5, absolute = 1e-6 }: Agreement = {},
  seed = 1,
): Promise<void> {
  const whole = withGradients(fn, gradients);
  const specs = specsOf(inputs);
  const values = valuesOf(inputs, seed);
  using traced = await compile(whole, specs, { threads: 1 });
  using eager = await compile(whole, specs, { engine: 'cpu' });
  const [actual, expected] = await Promise.all([traced.run(values), eager.run(values)]);
  expect(traced.outputShapes).toEqual(eager.outputShapes);
  expect(traced.outputDtypes).toEqual(eager.outputDtypes);
  for (const [i, output] of actual.entries()) {
    expectClose(output, expected[i]!, {
      relative,
      absolute,
      label: `output ${i} [${traced.outputShapes[i]}]`,
    });
  }
}
