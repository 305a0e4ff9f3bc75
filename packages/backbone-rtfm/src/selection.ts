import { prefixMask, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

/** The snippets that stand for each bag. */
export interface Selection {
  /** `[bags, k]` int32, by falling magnitude; of equal ones the lowest comes first. */
  indices: tf.Tensor;
  /** `[bags, T]`, the share of each snippet in the mean: 1/k for those chosen, else 0. No gradient. */
  shares: tf.Tensor;
}

/**
 * Chooses the k snippets with the largest weighed magnitudes, all of a bag that has fewer.
 * @param magnitudes - `[bags, T]`, at least 0
 * @param valid - `[bags, T]`, 1 for a snippet and 0 for padding
 */
export function select(magnitudes: tf.Tensor, valid: tf.Tensor, topK: number): Selection {
  const length = magnitudes.shape[1]!;
  const k = Math.min(topK, length);
  // Padding ranks behind snippets of magnitude 0.
  const choose = () => tf.topk(tf.sub(tf.mul(magnitudes, valid), tf.sub(1, valid)), k, true).indices;
  const indices = withoutGradient(choose);
  const shares = withoutGradient(() => {
    const chosen = tf.minimum(tf.cast(tf.sum(valid, 1), 'int32'), tf.scalar(k, 'int32'));
    const taken = tf.div(prefixMask(chosen, k), tf.expandDims(tf.maximum(tf.cast(chosen, 'float32'), 1), 1));
    const positions = tf.range(0, length, 1, 'int32');
    const hits = tf.cast(tf.equal(tf.expandDims(indices, 2), positions), 'float32');
    return tf.sum(tf.mul(hits, tf.expandDims(taken, 2)), 1);
  });
  return { indices, shares };
}
