import { greaterMask, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

/** Cosines at or below this count as 0. */
const similarityThreshold = 0.7;

/**
 * Soft-max over the last axis of the block of valid snippets; every entry outside the block is 0.
 * The arguments lie in [-1, 1], so no maximum has to be subtracted.
 * @param x - `[B, T, T]`
 * @param mask - `[B, T]`
 */
function maskedSoftmax(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const columns = tf.expandDims(mask, 1);
  const rows = tf.expandDims(mask, 2);
  const weights = tf.mul(tf.exp(x), columns);
  // A masked row may have nothing to sum; 1 is added there and the row is 0 in any case.
  const sum = tf.add(tf.sum(weights, 2, true), tf.sub(1, rows));
  return tf.mul(weights, tf.div(rows, sum));
}

/**
 * Graph of similar snippets: row soft-max of the cosines of their inputs, cosines up to 0.7 set to 0.
 * An all-zero snippet has cosine 0 with every other, and no gradient.
 * @param x - `[B, T, D]`
 * @returns `[B, T, T]`
 */
export function similarityAdjacency(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  // Products first, norms from their diagonal: no pass over [B, T, D] besides the product itself.
  const products = tf.matMul(x, x, false, true);
  const squares = tf.sum(tf.mul(products, identity(x.shape[1]!)), 2);
  // The root has no finite slope at 0: maximum cuts the gradient there, and 0·1e15 stays 0.
  const inverse = tf.rsqrt(tf.maximum(squares, 1e-30));
  const cosine = tf.mul(tf.mul(products, tf.expandDims(inverse, 2)), tf.expandDims(inverse, 1));
  return maskedSoftmax(tf.mul(cosine, greaterMask(cosine, similarityThreshold)), mask);
}

/** 1 on the diagonal, `[T, T]`. */
function identity(length: number): tf.Tensor {
  const positions = tf.range(0, length, 1, 'int32');
  return withoutGradient(() => tf.cast(tf.equal(tf.expandDims(positions, 1), positions), 'float32'));
}

/**
 * Graph of snippets with similar scores: row soft-max of `sigma((0.5 - |s_i - s_j|) / 0.1)`; no gradient.
 * @param logits - `[B, T]` of the online branch
 * @returns `[B, T, T]`
 */
export function scoreAdjacency(logits: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return withoutGradient(() => {
    const scores = tf.mul(tf.sigmoid(logits), 10);
    const distance = tf.abs(tf.sub(tf.expandDims(scores, 2), tf.expandDims(scores, 1)));
    return maskedSoftmax(tf.sigmoid(tf.sub(5, distance)), mask);
  });
}
