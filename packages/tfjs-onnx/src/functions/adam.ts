import * as tf from '@tensorflow/tfjs';

/** One parameter, its gradient and what Adam remembers of it. */
export interface AdamInput {
  weight: tf.Tensor;
  gradient: tf.Tensor;
  /** First moment, of the weight's shape; zeros at the start. */
  m: tf.Tensor;
  /** Second moment, likewise. */
  v: tf.Tensor;
  /** Scalar. */
  learningRate: tf.Tensor | number;
  /** Number of this update, from 1; int32 or float32 scalar. */
  step: tf.Tensor | number;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8, as in PyTorch. */
  epsilon?: number;
  /** L2 penalty: this times the weight is added to the gradient. Default 0. */
  weightDecay?: number;
}

/** One step of Adam (Kingma & Ba 2015) with bias correction, in the form and order of PyTorch's. A pure function. */
export function adamUpdate(input: AdamInput): { weight: tf.Tensor; m: tf.Tensor; v: tf.Tensor } {
  const { weight, learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = input;
  const gradient = weightDecay === 0 ? input.gradient : tf.add(input.gradient, tf.mul(weight, weightDecay));
  const m = tf.add(tf.mul(input.m, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(input.v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const stepSize = tf.div(learningRate, correction(beta1, step));
  const spread = tf.add(tf.div(tf.sqrt(v), tf.sqrt(correction(beta2, step))), epsilon);
  return { weight: tf.sub(weight, tf.mul(stepSize, tf.div(m, spread))), m, v };
}

/** 1 - beta^step as -expm1(step·log beta): the power in float32 would lose four digits at the first steps. */
function correction(beta: number, step: tf.Tensor | number): tf.Tensor {
  const count = typeof step === 'number' ? tf.scalar(step) : tf.cast(step, 'float32');
  return tf.neg(tf.expm1(tf.mul(count, Math.log(beta))));
}
