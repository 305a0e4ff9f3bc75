import type { Modality } from '@robusta/core';
import { prefixMask, type TensorSpec, trace } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { modalities } from './data.js';
import { type Network, scoringForward } from './network.js';
import type { Scalings } from './samples.js';
import type { Scaling } from './scaling.js';
import { toTensors, type Weights } from './weights.js';

/** Raw features `[T, crops, D]` as the extractors give them, to standardized ones `[crops, T, D]`, zero where masked. */
function prepare(raw: tf.Tensor, mask: tf.Tensor, crops: number, scaling: Scaling | undefined): tf.Tensor {
  const [length, own, dim] = raw.shape as [number, number, number];
  let x = raw;
  if (scaling) {
    const scaled = tf.mul(tf.sub(raw, tf.tensor1d(scaling.mean)), tf.tensor1d(scaling.scale));
    x = tf.clipByValue(scaled, -scaling.limit, scaling.limit);
  }
  x = tf.mul(tf.transpose(x, [1, 0, 2]), tf.reshape(mask, [1, length, 1]));
  return own === crops ? x : tf.tile(tf.reshape(x, [1, length, dim]), [crops, 1, 1]);
}

/**
 * A graph that serves up to `length` snippets. Inputs: `visual` `[length, crops, D]` and `audio` `[length, 1, D]` as
 * the extractors give them, unscaled, and for each scored kind its number of valid snippets, int32 `[1]`
 * (`visual_length`, `audio_length`; `length` for joint features). Outputs: `[length]` scores, crops averaged
 * (`visual_score`, `audio_score`, `joint_score`); values past the valid snippets mean nothing.
 */
export function exportOnnx(
  network: Network,
  weights: Weights,
  scalings: Scalings,
  length: number,
): Uint8Array {
  const { fusion, shape } = network;
  const present = modalities.filter((modality) => shape[modality]);
  const kinds: (Modality | 'joint')[] = fusion === 'concat' ? ['joint'] : present;
  const specs: TensorSpec[] = [
    ...present.map((name): TensorSpec => {
      const { crops, dim } = shape[name]!;
      return { name, shape: [length, crops, dim], dtype: 'float32' };
    }),
    ...kinds.map((kind): TensorSpec => {
      return { name: kind === 'joint' ? 'length' : `${kind}_length`, shape: [1], dtype: 'int32' };
    }),
  ];
  const fn = (inputs: tf.Tensor[]): tf.Tensor[] => {
    const tensors = toTensors(weights);
    return kinds.map((kind, i) => {
      const crops = kind === 'audio' ? 1 : (shape.visual?.crops ?? 1);
      const mask = prefixMask(inputs[present.length + i]!, length);
      const parts = present
        .filter((modality) => kind === 'joint' || kind === modality)
        .map((modality) => prepare(inputs[present.indexOf(modality)]!, mask, crops, scalings[modality]));
      const x = parts.length > 1 ? tf.concat(parts, 2) : parts[0]!;
      const forward = scoringForward(network, kind, fusion === 'shared');
      return tf.mean(tf.sigmoid(forward(tensors, [x], tf.tile(mask, [crops, 1])).logits), 0);
    });
  };
  return trace(fn, specs, {
    name: 'robusta-detector',
    outputNames: kinds.map((kind) => `${kind}_score`),
    metadata: { format: 'robusta-detector', fusion, snippets: String(length) },
  }).toBytes();
}
