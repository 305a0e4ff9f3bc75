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
  /** `adamUpdate`: this times the weight is added to the gradient, default 0. `adamwUpdate`: see there. */
  weightDecay?: number;
}

/** Weight and moments after an update. */
export interface AdamState {
  weight: tf.Tensor;
  m: tf.Tensor;
  v: tf.Tensor;
}

/** One step of Adam (Kingma & Ba 2015) with bias correction, as PyTorch's `Adam` computes it. A pure function. */
export function adamUpdate(input: AdamInput): AdamState {
  const { weight, gradient, weightDecay = 0 } = input;
  if (weightDecay === 0) return adaptiveStep(input, weight, gradient);
  return adaptiveStep(input, weight, tf.add(gradient, tf.mul(weight, weightDecay)));
}

/**
 * The same with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch's `AdamW`: the weight is first scaled by
 * 1 - learningRate·weightDecay, and the gradient is left alone. Default of `weightDecay` here: 0.01. A pure function.
 */
export function adamwUpdate(input: AdamInput): AdamState {
  const { weight, gradient, learningRate, weightDecay = 0.01 } = input;
  if (weightDecay === 0) return adaptiveStep(input, weight, gradient);
  const kept =
    typeof learningRate === 'number'
      ? 1 - learningRate * weightDecay
      : tf.sub(1, tf.mul(learningRate, weightDecay));
  return adaptiveStep(input, tf.mul(weight, kept), gradient);
}

/**
 * w - η/c₁·m / (√v/√c₂ + ε) with the scalars drawn together to w - (η√c₂/c₁)·m / (√v + ε√c₂): each operation on
 * tensors of the weight's size is a pass over memory, and there are a dozen without any more.
 */
function adaptiveStep(input: AdamInput, weight: tf.Tensor, gradient: tf.Tensor): AdamState {
  const { learningRate, step, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = input;
  const m = tf.add(tf.mul(input.m, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add(tf.mul(input.v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const root = tf.sqrt(correction(beta2, step));
  const stepSize = tf.div(tf.mul(root, learningRate), correction(beta1, step));
  const spread = tf.add(tf.sqrt(v), tf.mul(root, epsilon));
  return { weight: tf.sub(weight, tf.mul(tf.div(m, spread), stepSize)), m, v };
}

/** 1 - beta^step as -expm1(step·log beta): the power in float32 would lose four digits at the first steps. */
function correction(beta: number, step: tf.Tensor | number): tf.Tensor {
  const count = typeof step === 'number' ? tf.scalar(step) : tf.cast(step, 'float32');
  return tf.neg(tf.expm1(tf.mul(count, Math.log(beta))));
}
