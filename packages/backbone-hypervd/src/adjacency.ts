import * as tf from '@tensorflow/tfjs';
import { signature } from './lorentz.js';

/** Similarities `e^-d` at or below this count as 0. */
const similarityThreshold = 0.8;
/** `cosh d` of that distance, `(e^d + e^-d) / 2`. */
const farthest = (1 / similarityThreshold + similarityThreshold) / 2;

/**
 * `e^-d` of two points whose negated Lorentz product is `z = cosh d`, and 0 at or beyond the threshold.
 *
 * With `d = arcosh z = ln(z + sqrt(z² - 1))`, `e^-d` is `z - sqrt(z² - 1)`: neither logarithm nor exponential, and no
 * digit lost as long as z is small, which the threshold sees to. Rounding makes z smaller than 1; such points coincide,
 * and have a gradient of 0 instead of the infinite slope of arcosh.
 */
const similarityOf = tf.customGrad(((z: tf.Tensor, save: (tensors: tf.Tensor[]) => void) => {
  const near = tf.cast(tf.less(z, farthest), 'float32');
  const cosh = tf.clipByValue(z, 1, farthest);
  const squares = tf.mul(tf.sub(cosh, 1), tf.add(cosh, 1));
  const value = tf.mul(tf.sub(cosh, tf.sqrt(squares)), near);
  save([value, squares]);
  return {
    value,
    gradFunc: (dy: tf.Tensor, [similarity, sinhSquares]: tf.Tensor[]) => {
      // d/dz e^-d = -e^-d / sinh d; rsqrt of the limit, 1e15, times sqrt of 0 is 0.
      const limited = tf.maximum(sinhSquares!, 1e-30);
      const slope = tf.mul(similarity!, tf.div(tf.sqrt(sinhSquares!), limited));
      return tf.neg(tf.mul(dy, slope));
    },
  };
}) as Parameters<typeof tf.customGrad>[0]);

/**
 * Error of float32 in z, as a share of the product of both time coordinates: the largest found was 1.4e-6. Points with
 * a z of less than that above 1 cannot be told apart.
 */
export const resolution = 3e-6;

/**
 * Graph of similar snippets: row soft-max of `e^-d` for points at a distance d, similarities up to 0.8 set to 0; every
 * entry outside the block of valid snippets is 0.
 *
 * In float32 z carries an error of about 2e-7·cosh² r at radius r, and arcosh near 1 has no finite slope. So two equal
 * points, a snippet and itself among them, are at a distance that depends on how the product was added up, and far from
 * the origin rounding decides whether there is an edge. `exactDiagonal` takes the resolution off z, which makes that
 * distance 0.
 * @param points - on the hyperboloid, `[B, T, C]`
 * @param mask - `[B, T]`
 * @returns `[B, T, T]`
 */
export function similarityAdjacency(points: tf.Tensor, mask: tf.Tensor, exactDiagonal: boolean): tf.Tensor {
  const metric = tf.neg(signature(points.shape[2]!, exactDiagonal ? 1 - resolution : 1));
  const z = tf.matMul(tf.mul(points, metric), points, false, true);
  // Far below every similarity, for columns that do not count.
  const excluded = tf.mul(tf.sub(tf.expandDims(mask, 1), 1), 1e9);
  return tf.mul(tf.softmax(tf.add(similarityOf(z), excluded)), tf.expandDims(mask, 2));
}
