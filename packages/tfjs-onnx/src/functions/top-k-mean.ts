import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { withoutGradient } from './gradient.js';

/**
 * Mean of the k largest valid entries of each row, with a k for each row. Ties go to the lowest index; the gradient
 * is 1/k at the chosen entries and 0 elsewhere.
 * @param x - [B, T] float32
 * @param valid - [B, T], nonzero where an entry counts; or [B] int32 lengths L, so that entries t < L count
 * @param k - [B] int32; more than the valid entries of a row means all of them
 * @param options.largestK - no k is larger than this; smaller is faster, default T
 * @returns [B] float32; 0 for a row without valid entries or with k < 1
 */
export function topKMean(
  x: tf.Tensor,
  valid: tf.Tensor,
  k: tf.Tensor,
  options: { largestK?: number } = {},
): tf.Tensor1D {
  const [rows, length] = x.shape as [number, number];
  const { largestK = length } = options;
  if (x.rank !== 2 || k.rank !== 1 || k.shape[0] !== rows || valid.shape[0] !== rows) {
    throw new RobustaError(
      'BAD_INPUT',
      `topKMean: x [B, T], valid [B, T] or [B] and k [B] are needed, received [${x.shape}], [${valid.shape}], [${k.shape}]`,
    );
  }
  if (!Number.isInteger(largestK) || largestK < 1 || largestK > length) {
    throw new RobustaError('BAD_OPTION', `topKMean: largestK must be an integer from 1 to T = ${length}`);
  }
  const mask = valid.rank === 2 ? valid : withoutGradient(() => prefixMask(valid, length));
  const weights = withoutGradient(() => selection(x, mask, k, largestK));
  // Invalid entries may hold anything, also infinities, which a weight of 0 would turn into NaN.
  const counted = tf.where(tf.cast(mask, 'bool'), x, tf.zerosLike(x));
  return tf.sum(tf.mul(counted, weights), 1) as tf.Tensor1D;
}

/**
 * 1 for t < L, else 0.
 * @param lengths - [B] int32
 * @returns [B, length] float32
 */
export function prefixMask(lengths: tf.Tensor, length: number): tf.Tensor2D {
  const positions = tf.range(0, length, 1, 'int32');
  return tf.cast(tf.less(positions, tf.expandDims(lengths, 1)), 'float32') as tf.Tensor2D;
}

/** 1/k at the chosen entries, 0 elsewhere: [B, T]. */
function selection(x: tf.Tensor, mask: tf.Tensor, k: tf.Tensor, largestK: number): tf.Tensor {
  const [rows, length] = x.shape as [number, number];
  const count = tf.sum(tf.cast(tf.cast(mask, 'bool'), 'int32'), 1);
  const chosen = tf.minimum(tf.cast(k, 'int32'), count);
  const lowest = tf.fill([rows, length], -3.4e38);
  const { indices } = tf.topk(tf.where(tf.cast(mask, 'bool'), x, lowest), largestK, true);
  const taken = prefixMask(chosen, largestK);
  const share = tf.div(taken, tf.expandDims(tf.cast(tf.maximum(chosen, 1), 'float32'), 1));
  // One flat index for each (row, rank): scatters are cheapest in one dimension.
  const offsets = tf.expandDims(tf.range(0, rows * length, length, 'int32'), 1);
  const flat = tf.reshape(tf.add(indices, offsets), [rows * largestK, 1]);
  const scattered = tf.scatterND(flat, tf.reshape(share, [rows * largestK]), [rows * length]);
  return tf.reshape(scattered, [rows, length]);
}
