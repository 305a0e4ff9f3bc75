import { type BackboneOutput, bagLogits, crossEntropy, meanOverBags } from '@robusta/detector';
import type * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';

/** The published loss: binary cross-entropy of the bags, those without snippets left out. It has no other term. */
export function lossTerms(
  options: ResolvedOptions,
  { logits }: BackboneOutput,
  labels: tf.Tensor,
  mask: tf.Tensor,
): { total: tf.Scalar } {
  const total = meanOverBags(crossEntropy(bagLogits(logits, mask), labels, options), mask);
  return { total };
}
