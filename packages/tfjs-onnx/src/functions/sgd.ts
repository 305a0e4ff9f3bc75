import * as tf from '@tensorflow/tfjs';

/** One parameter, its gradient and what gradient descent remembers of it. */
export interface SgdInput {
  weight: tf.Tensor;
  gradient: tf.Tensor;
  /** Scalar. */
  learningRate: tf.Tensor | number;
  /** Running sum of gradients, of the weight's shape; zeros at the start. Needed where `momentum` is not 0. */
  velocity?: tf.Tensor | undefined;
  /** Number of this update, from 1; needed where `dampening` is not 0, which the first update knows nothing of. */
  step?: tf.Tensor | number | undefined;
  /** Factor of the velocity, default 0: plain gradient descent. */
  momentum?: number;
  /** The gradient enters the velocity times 1 - dampening. Default 0. */
  dampening?: number;
  /** Nesterov's form: the step is gradient + momentum·velocity. Default false. */
  nesterov?: boolean;
  /** This times the weight is added to the gradient. Default 0. */
  weightDecay?: number;
}

/**
 * One step of stochastic gradient descent, as PyTorch's `SGD` computes it: with momentum the velocity starts as the
 * first gradient, whatever the dampening. A pure function.
 * @returns the new weight, and the new velocity where there is momentum
 */
export function sgdUpdate(input: SgdInput): { weight: tf.Tensor; velocity?: tf.Tensor } {
  const { weight, learningRate, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = input;
  const gradient = weightDecay === 0 ? input.gradient : tf.add(input.gradient, tf.mul(weight, weightDecay));
  const moved = (by: tf.Tensor) => tf.sub(weight, tf.mul(by, learningRate));
  if (momentum === 0) return { weight: moved(gradient) };
  const entering = dampening === 0 ? gradient : tf.mul(gradient, share(dampening, input.step ?? 1));
  const kept = input.velocity ? tf.mul(input.velocity, momentum) : tf.zerosLike(weight);
  const velocity = tf.add(kept, entering);
  const direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
  return { weight: moved(direction), velocity };
}

/** 1 at the first step, 1 - dampening later. */
function share(dampening: number, step: tf.Tensor | number): tf.Tensor | number {
  if (typeof step === 'number') return step > 1 ? 1 - dampening : 1;
  return tf.sub(1, tf.mul(tf.cast(tf.greater(step, 1), 'float32'), dampening));
}
