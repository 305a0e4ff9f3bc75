import * as tf from '@tensorflow/tfjs';
import type { TensorFunction } from '../../src/index.js';
import type { Agreement, Input } from '../agree.js';

export interface Case extends Agreement {
  name: string;
  fn: TensorFunction;
  inputs: Input[];
}

export const x: Input = { shape: [3, 4] };
export const positive: Input = { shape: [3, 4], range: [0.1, 3] };
export const unit: Input = { shape: [3, 4], range: [-0.9, 0.9] };
export const integers: Input = { shape: [3, 4], dtype: 'int32', range: [-9, 9] };
export const bits: Input = { shape: [3, 4], dtype: 'int32', range: [0, 2] };
export const row: Input = { shape: [4] };

export const unary = (
  name: string,
  op: (x: tf.Tensor) => tf.Tensor,
  input: Input = x,
  gradients = [0],
): Case => ({
  name,
  fn: ([t]) => [op(t!)],
  inputs: [input],
  gradients,
});

export const binary = (
  name: string,
  op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  a: Input = x,
  b: Input = row,
  gradients = [0, 1],
): Case => ({ name, fn: ([s, t]) => [op(s!, t!)], inputs: [a, b], gradients });

export const bool = (t: tf.Tensor) => tf.cast(t, 'bool');
export const edges = (values: number[]): Input => ({ shape: [values.length], values });

export const cube: Input = { shape: [2, 3, 4] };
