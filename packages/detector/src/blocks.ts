import { topKMean, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

/** The same linear map of each snippet: `[B, T, C]` by `[C, O]`, to `[B, T, O]`. */
export function pointwise(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const product = tf.matMul(tf.reshape(x, [batch * length, width]), weight as tf.Tensor2D);
  return tf.reshape(product, [batch, length, weight.shape[1]!]);
}

/**
 * Graph of near snippets: `exp(-|i - j| / e)`, neither normalised nor masked, as XDVioDet and HyperVD have it.
 * @returns `[1, T, T]`, a constant
 */
export function distanceAdjacency(length: number): tf.Tensor {
  const positions = tf.range(0, length);
  const distances = tf.abs(tf.sub(tf.expandDims(positions, 1), positions));
  return tf.expandDims(tf.exp(tf.mul(distances, -1 / Math.E)), 0);
}

/** A bag of L snippets is judged by its floor(L / 16) + 1 largest logits. */
const snippetsPerChoice = 16;

/**
 * The logit of each bag: the mean of its k largest, k = floor(L / 16) + 1 for L valid snippets (XDVioDet, HyperVD).
 * @param logits - `[B, T]`
 * @param mask - `[B, T]`
 * @returns `[B]`
 */
export function bagLogits(logits: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const length = logits.shape[1]!;
  const k = withoutGradient(() =>
    tf.cast(tf.add(tf.floor(tf.div(tf.sum(mask, 1), snippetsPerChoice)), 1), 'int32'),
  );
  return topKMean(logits, mask, k, {
    largestK: Math.min(length, Math.floor(length / snippetsPerChoice) + 1),
  });
}

/**
 * Binary cross-entropy of logits, without the loss of precision of going through the probability.
 * @param labels - of the shape of `logits`, 0 or 1
 * @param options.clampLogs - limits each logarithm to -100, as PyTorch does
 */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { clampLogs = false }: { clampLogs?: boolean } = {},
): tf.Tensor {
  // -log sigma(z) = softplus(-z)
  const clamp = (log: tf.Tensor) => (clampLogs ? tf.minimum(log, 100) : log);
  const positive = clamp(tf.softplus(tf.neg(logits)));
  const negative = clamp(tf.softplus(logits));
  return tf.add(tf.mul(labels, positive), tf.mul(tf.sub(1, labels), negative));
}

/** Mean of a value of each bag, `[B]`, over the bags that have a snippet. */
export function meanOverBags(values: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  const counted = tf.step(tf.sum(mask, 1));
  return tf.div(tf.sum(tf.mul(values, counted)), tf.maximum(tf.sum(counted), 1)) as tf.Scalar;
}
