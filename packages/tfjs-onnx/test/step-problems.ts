import { createRng } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { dropout, type StepDefinition } from '../src/index.js';

const f32 = (...shape: (number | string)[]) => ({ shape, dtype: 'float32' as const });

/** y = 2·x₀ - x₁ at four points. */
export const line = [Float32Array.of(1, 0, 0, 1, 1, 1, 2, 1), Float32Array.of(2, -1, 1, 3)];

export const leastSquares = () => ({
  params: { w: { shape: [2, 1], data: new Float32Array(2) } },
  inputs: [f32(4, 2), f32(4, 1)],
  loss: ({ w }: Record<'w', tf.Tensor>, [x, y]: tf.Tensor[]) =>
    tf.mean(tf.squaredDifference(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), y!)),
});

export const normals = (size: number, seed: number, scale = 1) => {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => scale * rng.normal());
};

export const [rows, width, hidden] = [16, 6, 24] as const;

/** Two layers with dropout between them, for a binary label; also tells how many units are active. */
export const perceptron = (
  batch: number | string = rows,
): Pick<StepDefinition<'w1' | 'b1' | 'w2' | 'b2'>, 'params' | 'inputs' | 'loss'> => ({
  params: {
    w1: { shape: [width, hidden], data: normals(width * hidden, 1, 0.4) },
    b1: { shape: [hidden], data: new Float32Array(hidden), decay: false },
    w2: { shape: [hidden, 1], data: normals(hidden, 2, 0.2), learningRateScale: 0.5 },
    b2: { shape: [], data: new Float32Array(1), decay: false },
  },
  inputs: [f32(batch, width), f32(batch)],
  loss({ w1, b1, w2, b2 }, [x, y], { seed }) {
    const h = dropout(tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1)), 0.3, seed, 1);
    const z = tf.reshape(tf.add(tf.matMul(h as tf.Tensor2D, w2 as tf.Tensor2D), b2), [-1]);
    const total = tf.mean(tf.sub(tf.softplus(z), tf.mul(z, y!)));
    return { total, activity: tf.mean(tf.square(h)), size: tf.mean(tf.square(w1)) };
  },
});

/** A batch for {@link perceptron}: the label is the sign of the first two features' sum. */
export function batchOf(seed: number, count: number = rows): Float32Array[] {
  const x = normals(count * width, 100 + seed);
  return [x, Float32Array.from({ length: count }, (_, i) => (x[i * width]! + x[i * width + 1]! > 0 ? 1 : 0))];
}
