import type { BackboneOutput } from '@robusta/detector';
import { topKMean, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';

/** A bag of L snippets is judged by its floor(L / 16) + 1 largest logits. */
const snippetsPerChoice = 16;

/** Mean of the k largest logits of each bag, k = floor(L / 16) + 1 for L valid snippets; `[B, T]` to `[B]`. */
export function bagLogits(logits: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const length = logits.shape[1]!;
  const k = withoutGradient(() =>
    tf.cast(tf.add(tf.floor(tf.div(tf.sum(mask, 1), snippetsPerChoice)), 1), 'int32'),
  );
  return topKMean(logits, mask, k, {
    largestK: Math.min(length, Math.floor(length / snippetsPerChoice) + 1),
  });
}

/** The published loss: binary cross-entropy of the bags, those without snippets left out. It has no other term. */
export function lossTerms(
  options: ResolvedOptions,
  { logits }: BackboneOutput,
  labels: tf.Tensor,
  mask: tf.Tensor,
): { total: tf.Scalar } {
  const counted = tf.step(tf.sum(mask, 1));
  const bags = tf.maximum(tf.sum(counted), 1);
  const bag = bagLogits(logits, mask);
  // -log sigma(z) = softplus(-z), without the loss of precision of going through the probability
  const clamp = (log: tf.Tensor) => (options.clampLogs ? tf.minimum(log, 100) : log);
  const positive = tf.mul(labels, clamp(tf.softplus(tf.neg(bag))));
  const negative = tf.mul(tf.sub(1, labels), clamp(tf.softplus(bag)));
  const total = tf.div(tf.sum(tf.mul(tf.add(positive, negative), counted)), bags) as tf.Scalar;
  return { total };
}
