import * as tf from '@tensorflow/tfjs';

/**
 * Computes a tensor that gradients take for a constant. Anything may happen inside, also operations without a
 * gradient (comparisons, topk): the tape does not see it.
 */
export function withoutGradient<T extends tf.Tensor>(fn: () => T): T {
  // A custom operation of no inputs: whatever its forward pass uses is not recorded.
  const operation = tf.customGrad((() => ({ value: fn(), gradFunc: () => [] })) as Parameters<
    typeof tf.customGrad
  >[0]);
  return operation() as T;
}

/** The value of x, unchanged; its gradient is zero. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withoutGradient(() => tf.clone(x));
}

/** 1 where a > b, else 0, as float32 with zero gradient. Broadcasts. */
export function greaterMask(a: tf.Tensor, b: tf.Tensor | number): tf.Tensor {
  return withoutGradient(() => tf.cast(tf.greater(a, b), 'float32'));
}

/**
 * Euclidean norm along an axis, with a gradient of zero (not NaN) where the norm is zero, as in PyTorch.
 * @param x - any shape
 * @param axis - default the last
 * @param keepDims - keep the axis with extent 1, default false
 */
export function safeNorm(x: tf.Tensor, axis = -1, keepDims = false): tf.Tensor {
  const squares = tf.sum(tf.square(x), axis, keepDims);
  const positive = greaterMask(squares, 0);
  // Zero rows take the root of 1 instead, which the mask then removes together with its gradient.
  const safe = tf.add(tf.mul(squares, positive), tf.sub(1, positive));
  return tf.mul(tf.sqrt(safe), positive);
}

/**
 * log(1 / (1 + e^-x)) without overflow or cancellation. tf.logSigmoid has the same values, but its gradient fails
 * for anything but the variables themselves.
 */
export function logSigmoid<T extends tf.Tensor>(x: T): T {
  return tf.neg(tf.softplus(tf.neg(x)));
}
