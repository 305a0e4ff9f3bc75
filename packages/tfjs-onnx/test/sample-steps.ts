import * as tf from '@tensorflow/tfjs';
import {
  adamUpdate,
  conv1d,
  dropout,
  randomUniform,
  type TensorFunction,
  type TensorSpec,
} from '../src/index.js';

/** Training steps of the kinds that this package is for. */
export interface SampleStep {
  fn: TensorFunction;
  specs: TensorSpec[];
}

const f32 = (...shape: (number | string)[]): TensorSpec => ({ shape, dtype: 'float32' });
const i32 = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });

const bce = (p: tf.Tensor, y: tf.Tensor) =>
  tf.neg(
    tf.mean(
      tf.add(tf.mul(y, tf.log(tf.add(p, 1e-6))), tf.mul(tf.sub(1, y), tf.log(tf.add(tf.sub(1, p), 1e-6)))),
    ),
  ) as tf.Scalar;

const mlpLoss = (x: tf.Tensor, y: tf.Tensor) => (w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor) =>
  bce(
    tf.sigmoid(
      tf.matMul(
        tf.relu(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1)) as tf.Tensor2D,
        w2 as tf.Tensor2D,
      ),
    ),
    y,
  );

export const sampleSteps: Record<string, SampleStep> = {
  'two layers with Adam': {
    specs: [f32(6, 5), f32(6, 1), f32(5, 4), f32(4), f32(4, 1), f32(5, 4), f32(5, 4), f32(), f32()],
    fn: ([x, y, w1, b1, w2, m, v, learningRate, step]) => {
      const { value, grads } = tf.valueAndGrads(mlpLoss(x!, y!))([w1!, b1!, w2!]);
      const updated = adamUpdate({
        weight: w1!,
        gradient: grads[0]!,
        m: m!,
        v: v!,
        learningRate: learningRate!,
        step: step!,
      });
      return [value, grads[1]!, grads[2]!, updated.weight, updated.m, updated.v];
    },
  },
  'convolutions of a sequence': {
    specs: [f32(2, 9, 3), f32(3, 3, 4), f32(5, 4, 2)],
    fn: ([x, w1, w2]) => {
      const loss = (a: tf.Tensor, b: tf.Tensor) => {
        const h = tf.leakyRelu(tf.conv1d(x as tf.Tensor3D, a as tf.Tensor3D, 1, 'same'), 0.1);
        return tf.mean(
          tf.square(conv1d(h as tf.Tensor3D, b as tf.Tensor3D, { padLeft: 4, padRight: 0 })),
        ) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([w1!, w2!]);
      return [value, ...grads];
    },
  },
  'dropout and attention': {
    specs: [f32(2, 4, 6), f32(6, 6), i32()],
    fn: ([x, w, seed]) => {
      const loss = (a: tf.Tensor) => {
        const q = tf.reshape(tf.matMul(tf.reshape(x!, [8, 6]), a as tf.Tensor2D), [2, 4, 6]);
        const weights = dropout(tf.softmax(tf.matMul(q, x!, false, true)), 0.4, seed!, 3);
        return tf.mean(tf.square(tf.matMul(weights, x!))) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([w!]);
      return [value, ...grads, randomUniform([3, 5], seed!, 4)];
    },
  },
  'named batch and length': {
    specs: [f32('B', 'T', 3), f32('B', 1), f32(3, 4), f32(4), f32(4, 1)],
    fn: ([x, y, w1, b1, w2]) => {
      const pooled = tf.mean(x!, 1);
      const { value, grads } = tf.valueAndGrads(mlpLoss(pooled, y!))([w1!, b1!, w2!]);
      return [value, ...grads, tf.cumsum(x!, 1)];
    },
  },
};

/** Extents of the named dimensions for the trials. */
export const SAMPLE_DIMS: Record<string, number> = { B: 3, T: 7 };

/** Reproducible inputs of a step, positive so that they also serve as moments. */
export function sampleValues({ specs }: SampleStep) {
  return specs.map(({ shape, dtype }, i) => {
    const length = shape.reduce<number>(
      (product, extent) => product * (typeof extent === 'string' ? SAMPLE_DIMS[extent]! : extent),
      1,
    );
    if (dtype === 'int32') return new Int32Array(length).fill(5);
    return Float32Array.from({ length }, (_, j) => 0.5 + 0.5 * Math.sin(1 + 3 * i + 1.7 * j));
  });
}
