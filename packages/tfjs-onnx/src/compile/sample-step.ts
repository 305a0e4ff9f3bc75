import * as tf from '@tensorflow/tfjs';
import type { TensorFunction, TensorSpec } from '../trace/trace.js';
import type { TensorValues } from './compiled-function.js';

/** A product, its loss and the gradients of both factors: what every engine must get right to be of use. */
export const sampleStep: TensorFunction = ([x, w]) => {
  const loss = (a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(tf.square(tf.relu(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D))));
  const { value, grads } = tf.valueAndGrads(loss)([x!, w!]);
  return [value, ...grads];
};

export const sampleSpecs: readonly TensorSpec[] = [
  { shape: [2, 3], dtype: 'float32' },
  { shape: [3, 2], dtype: 'float32' },
];

export const sampleInputs = (): TensorValues[] => [
  Float32Array.of(1, -2, 3, 0.5, 1, -1),
  Float32Array.of(1, 0.5, 2, -1, 1.5, 2),
];

/** By hand: x·w = [[1.5, 8.5], [1, -2.75]]; the gradient of the squares is twice what relu keeps of it. */
const expected = [
  [1.5 ** 2 + 8.5 ** 2 + 1],
  [1.5 * 2 + 8.5, 1.5 * 4 - 17, 1.5 * 3 + 8.5 * 4, 2, 4, 3],
  [3 + 1, 17, -6 + 2, -34, 9 - 2, 51],
];

/** What is wrong with the outputs of the sample step; nothing where they are right. */
export function sampleProblem(outputs: readonly ArrayLike<number>[]): string | undefined {
  for (const [i, values] of expected.entries()) {
    const found = Array.from(outputs[i] ?? []);
    const right =
      found.length === values.length &&
      values.every((value, j) => Math.abs(found[j]! - value) <= 1e-3 * Math.abs(value));
    if (!right)
      return `it computes a wrong ${i === 0 ? 'value' : 'gradient'}: [${found}] instead of [${values}]`;
  }
  return undefined;
}
