/**
 * The Lorentz model of hyperbolic space at curvature -1: points `[t ‖ s]` with `t² = 1 + ‖s‖²`, the time coordinate
 * first, the product `<u,v> = -u₀v₀ + Σ uᵢvᵢ`.
 */
import * as tf from '@tensorflow/tfjs';

/** The metric: -1, or minus another weight, for the time coordinate, 1 for the others; `[width]`. */
export function signature(width: number, timeWeight = 1): tf.Tensor1D {
  return tf.tensor1d(Array.from({ length: width }, (_, i) => (i === 0 ? -timeWeight : 1)));
}

/** Radius beyond which points no longer move away from the origin: cosh 10 is about 11,013. */
const largestRadius = 10;

/**
 * The exponential map at the origin, of the tangent vectors `[0 ‖ e]`. Directions are kept, radii limited to 10.
 * @param e - `[B, T, C]`
 * @returns points, `[B, T, C + 1]`; their gradient is finite also at 0
 */
export function expMapOrigin(e: tf.Tensor): tf.Tensor {
  // maximum and minimum pass no gradient outside their limits: sqrt never meets 0, sinh never overflows.
  const norm = tf.sqrt(tf.maximum(tf.sum(tf.square(e), -1, true), 1e-9));
  const space = tf.mul(e, tf.div(tf.sinh(tf.minimum(norm, largestRadius)), norm));
  const time = tf.sqrt(tf.add(tf.sum(tf.square(space), -1, true), 1));
  return tf.concat([time, space], -1);
}

/**
 * Puts the outcome of a linear layer on the hyperboloid: column 0 says at what time (from 1.1 up to `e^scale + 1.1`),
 * the others in which direction.
 * @param h - `[B, T, C]`
 * @param scale - scalar
 * @returns points, `[B, T, C]`
 */
export function toHyperboloid(h: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  const width = h.shape.at(-1)!;
  const [first, direction] = tf.split(h, [1, width - 1], -1);
  const time = tf.add(tf.mul(tf.sigmoid(first!), tf.exp(scale)), 1.1);
  const squares = tf.maximum(tf.sum(tf.square(direction!), -1, true), 1e-8);
  const length = tf.sqrt(tf.div(tf.sub(tf.square(time), 1), squares));
  return tf.concat([time, tf.mul(direction!, length)], -1);
}

/**
 * The Lorentz centroid of each snippet's neighbours: their weighted sum, scaled back to the hyperboloid.
 * @param graph - `[B, T, T]` or `[1, T, T]`
 * @param points - `[B, T, C]`
 * @returns `[B, T, C]`; 0 where nothing was summed
 */
export function aggregate(graph: tf.Tensor, points: tf.Tensor): tf.Tensor {
  const sum = tf.matMul(graph, points);
  const product = tf.sum(tf.mul(tf.square(sum), signature(points.shape.at(-1)!)), -1, true);
  return tf.mul(sum, tf.rsqrt(tf.maximum(tf.abs(product), 1e-8)));
}
