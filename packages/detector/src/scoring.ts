import type { Modality } from '@robusta/core';
import type { TensorSpec } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { FeatureShape } from './data.js';
import { type Branch, type Network, scoringLogits } from './network.js';
import type { Scaling, Scalings } from './scaling.js';
import { toTensors, type WeightMap, type Weights } from './weights.js';

/** What a score is of: one modality, or with `concat` fusion the joined features. */
export type ScoreKind = Modality | 'joint';

/** A trained network and how its features are scaled. */
export interface ScoringModel {
  network: Network;
  weights: Weights;
  scalings: Scalings;
}

/** Features as the extractors give them, `[length, crops, D]`. */
export function featureSpec(shape: FeatureShape, modality: Modality, length: number | string): TensorSpec {
  const { crops, dim } = shape[modality]!;
  return { name: modality, shape: [length, crops, dim], dtype: 'float32' };
}

/** `[T, own crops, D]` to standardized features `[crops, T, D]`, zero where masked. */
function standardized(
  raw: tf.Tensor,
  mask: tf.Tensor,
  crops: number,
  scaling: Scaling | undefined,
): tf.Tensor {
  const [length, own, dim] = raw.shape as [number, number, number];
  let x = raw;
  if (scaling) {
    const scaled = tf.mul(tf.sub(raw, tf.tensor1d(scaling.mean)), tf.tensor1d(scaling.scale));
    x = tf.clipByValue(scaled, -scaling.limit, scaling.limit);
  }
  x = tf.mul(tf.transpose(x, [1, 0, 2]), tf.reshape(mask, [1, length, 1]));
  return own === crops ? x : tf.tile(tf.reshape(x, [1, length, dim]), [crops, 1, 1]);
}

/** How a score is computed. */
export interface ScoreSettings {
  /** Default `offline`. */
  branch?: Branch;
  /** Parameters that are inputs of the graph; by default those of the model, constants of it. */
  weights?: WeightMap;
}

/**
 * Scores of one kind from raw features, crops averaged after the sigmoid: a function to be traced.
 * @param raw - `[T, crops, D]` of the modalities that are there; joined features stand at the mean for one that is not
 * @param mask - `[T]`, 1 for a snippet, 0 for padding
 * @returns `[T]`
 */
export function scoresOf(
  { network, weights, scalings }: ScoringModel,
  kind: ScoreKind,
  raw: Partial<Record<Modality, tf.Tensor>>,
  mask: tf.Tensor,
  { branch, weights: given }: ScoreSettings = {},
): tf.Tensor {
  const { shape } = network;
  const length = mask.shape[0]!;
  const crops = kind === 'audio' ? 1 : (shape.visual?.crops ?? 1);
  const parts = (['visual', 'audio'] as const)
    .filter((modality) => shape[modality] && (kind === 'joint' || kind === modality))
    .map((modality) => {
      const features = raw[modality];
      if (!features) return tf.zeros([crops, length, shape[modality]!.dim]);
      return standardized(features, mask, crops, scalings[modality]);
    });
  const x = parts.length > 1 ? tf.concat(parts, 2) : parts[0]!;
  const masks = tf.tile(tf.reshape(mask, [1, length]), [crops, 1]);
  const logits = scoringLogits(network, kind, branch)(given ?? toTensors(weights), x, masks);
  return tf.mean(tf.sigmoid(logits), 0);
}
