import type { BackboneOutput } from '@robusta/detector';
import * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';
import { stopGradient } from './stop-gradient.js';

/** A bag of L snippets is judged by its floor(L / 16) + 1 largest logits. */
const snippetsPerChoice = 16;

/**
 * Mean of the k largest logits of each bag, k = floor(L / 16) + 1 for L valid snippets; ties go to the lowest
 * index. A bag without snippets gives a finite value without meaning.
 * @param logits - `[B, T]`
 * @returns `[B]`
 */
function meanOfLargest(logits: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const [batch, length] = logits.shape as [number, number];
  const most = Math.floor(length / snippetsPerChoice) + 1;
  const k = tf.add(tf.floor(tf.div(tf.sum(mask, 1, true), snippetsPerChoice)), 1);
  const visible = tf.sub(tf.mul(stopGradient(logits), mask), tf.mul(tf.sub(1, mask), 1e30));
  const { indices } = tf.topk(visible, Math.min(most, length));
  const taken = tf.step(tf.sub(k, tf.range(0, indices.shape[1]!)));
  const positions = tf.cast(tf.oneHot(indices as tf.Tensor2D, length), 'float32');
  const chosen = tf.reshape(tf.matMul(tf.expandDims(taken, 1), positions), [batch, length]);
  return tf.div(tf.sum(tf.mul(chosen, logits), 1), tf.reshape(k, [batch]));
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
