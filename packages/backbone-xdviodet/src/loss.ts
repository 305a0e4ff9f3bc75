import type { BackboneOutput } from '@robusta/detector';
import { stopGradient, topKMean, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';

/** A bag of L snippets is judged by its floor(L / 16) + 1 largest logits. */
const snippetsPerChoice = 16;

/** Mean of the k largest logits of each bag, k = floor(L / 16) + 1 for L valid snippets; `[B, T]` to `[B]`. */
function meanOfLargest(logits: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const length = logits.shape[1]!;
  const k = withoutGradient(() =>
    tf.cast(tf.add(tf.floor(tf.div(tf.sum(mask, 1), snippetsPerChoice)), 1), 'int32'),
  );
  return topKMean(logits, mask, k, {
    largestK: Math.min(length, Math.floor(length / snippetsPerChoice) + 1),
  });
}

/** Binary cross-entropy of a logit, without the loss of precision of going through the probability. */
function crossEntropy(logits: tf.Tensor, labels: tf.Tensor, clampLogs: boolean): tf.Tensor {
  // -log sigma(z) = softplus(-z)
  const clamp = (log: tf.Tensor) => (clampLogs ? tf.minimum(log, 100) : log);
  const positive = clamp(tf.softplus(tf.neg(logits)));
  const negative = clamp(tf.softplus(logits));
  return tf.add(tf.mul(labels, positive), tf.mul(tf.sub(1, labels), negative));
}

/**
 * The three terms of the published loss: classification by each branch, and the distillation of the offline
 * scores into the online branch, which is one-sided (only the positive half of a cross-entropy, as published).
 */
export function lossTerms(
  options: ResolvedOptions,
  { offline, online }: BackboneOutput,
  labels: tf.Tensor,
  mask: tf.Tensor,
): { total: tf.Scalar } & Record<string, tf.Scalar> {
  const counts = tf.sum(mask, 1);
  const counted = tf.step(counts);
  const bags = tf.maximum(tf.sum(counted), 1);
  const meanOverBags = (values: tf.Tensor) => tf.div(tf.sum(tf.mul(values, counted)), bags) as tf.Scalar;

  const classify = (logits: tf.Tensor) =>
    meanOverBags(crossEntropy(meanOfLargest(logits, mask), labels, options.clampLogs));
  const classOffline = classify(offline!);
  const classOnline = classify(online!);
  const distances = tf.mul(tf.mul(tf.sigmoid(stopGradient(offline!)), tf.softplus(tf.neg(online!))), mask);
  const distill = meanOverBags(tf.div(tf.sum(distances, 1), tf.maximum(counts, 1)));
  const total = tf.addN([
    tf.mul(classOffline, options.offlineWeight),
    tf.mul(classOnline, options.onlineWeight),
    tf.mul(distill, options.distillWeight),
  ]) as tf.Scalar;
  return { total, classOffline, classOnline, distill };
}
