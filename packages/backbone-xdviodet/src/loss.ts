import { type BackboneOutput, bagLogits, crossEntropy, meanOverBags } from '@robusta/detector';
import { stopGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';

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
  const classify = (logits: tf.Tensor) =>
    meanOverBags(crossEntropy(bagLogits(logits, mask), labels, options), mask);
  const classOffline = classify(offline!);
  const classOnline = classify(online!);
  const distances = tf.mul(tf.mul(tf.sigmoid(stopGradient(offline!)), tf.softplus(tf.neg(online!))), mask);
  const distill = meanOverBags(tf.div(tf.sum(distances, 1), tf.maximum(counts, 1)), mask);
  const total = tf.addN([
    tf.mul(classOffline, options.offlineWeight),
    tf.mul(classOnline, options.onlineWeight),
    tf.mul(distill, options.distillWeight),
  ]) as tf.Scalar;
  return { total, classOffline, classOnline, distill };
}
