import * as tf from '@tensorflow/tfjs';

/** Keeps the factor finite where all gradients are zero; PyTorch's number. */
const EPSILON = 1e-6;

/**
 * Scales gradients down together so that the Euclidean norm of all their elements is at most `maxNorm`, as PyTorch's
 * `clip_grad_norm_`: all are multiplied by min(1, maxNorm / (norm + 1e-6)).
 * @param gradients - of any shapes, float32
 * @param maxNorm - above 0; Infinity only measures
 * @returns the scaled gradients and, as a scalar, the norm before
 */
export function clipByGlobalNorm<T extends tf.Tensor>(
  gradients: readonly T[],
  maxNorm: number,
): { gradients: T[]; norm: tf.Scalar } {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square))) as tf.Scalar;
  if (maxNorm === Infinity) return { gradients: [...gradients], norm };
  const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, EPSILON)), 1);
  return { gradients: gradients.map((gradient) => tf.mul(gradient, factor) as T), norm };
}
