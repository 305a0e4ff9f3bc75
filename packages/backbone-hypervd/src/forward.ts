import { RobustaError } from '@robusta/core';
import {
  type BackboneOutput,
  distanceAdjacency,
  type ForwardOptions,
  pointwise,
  type WeightMap,
} from '@robusta/detector';
import { dropout } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { similarityAdjacency } from './adjacency.js';
import { aggregate, expMapOrigin, signature, toHyperboloid } from './lorentz.js';
import type { Settings } from './options.js';
import { branches, layerOf } from './parameters.js';

/** Slope of the leaky ReLU below 0. */
const leak = 0.01;

/** Numbers the dropouts of one pass. */
function dropoutOf(rate: number, { training, seed }: ForwardOptions): (h: tf.Tensor) => tf.Tensor {
  if (!training || rate === 0) return (h) => h;
  if (!seed) {
    throw new RobustaError('BAD_OPTION', 'hypervd: a training pass with dropout needs a seed tensor');
  }
  let stream = 0;
  return (h) => dropout(h, rate, seed, stream++);
}

/**
 * The forward pass of HyperVD (Peng et al., 2023): two pointwise layers on the visual columns, the audio joined
 * to their outcome, both lifted to hyperbolic space, and there two graph branches, of similar snippets and of
 * snippets near in time.
 * @param given - graphs to use instead of the computed ones
 * @returns logits `[B, T]`, the graphs, and the layers on the way
 */
export function forward(
  options: Settings,
  weights: WeightMap,
  x: tf.Tensor,
  mask: tf.Tensor,
  forwardOptions: ForwardOptions,
  given: { similarity?: tf.Tensor } = {},
): BackboneOutput {
  const [batch, length, inputDim] = x.shape as [number, number, number];
  const drop = dropoutOf(options.dropout, forwardOptions);
  const activate = (h: tf.Tensor) => drop(tf.leakyRelu(h, leak));
  const linear = (h: tf.Tensor, name: string) =>
    tf.add(pointwise(h, weights[`${name}.weight`]!), weights[`${name}.bias`]!);

  const { audioDim } = options;
  const [visual, audio] = audioDim > 0 ? tf.split(x, [inputDim - audioDim, audioDim], 2) : [x];
  const conv1d2 = linear(activate(linear(visual!, 'conv1d1')), 'conv1d2');
  const features = activate(conv1d2);
  const points = expMapOrigin(audio ? tf.concat([features, audio], 2) : features);

  const similarity = given.similarity ?? similarityAdjacency(points, mask, options.exactDiagonal);
  const graphs = { similarity, distance: distanceAdjacency(length) };
  // In the published code padded snippets, which are not 0 after the biases, are neighbours in time of valid ones.
  const rows = tf.expandDims(mask, 2);
  const keepValid = (h: tf.Tensor) => (options.padding === 'exact' ? tf.mul(h, rows) : h);

  const layers: Record<string, tf.Tensor> = {};
  const joined = Object.values(graphs).map((graph, index) => {
    const branch = branches[index]!;
    const name = layerOf(branch);
    const lifted = toHyperboloid(linear(drop(points), `${name}.weight`), weights[`${name}.scale`]!);
    const centroid = aggregate(graph, keepValid(lifted));
    layers[`${branch}.linear`] = lifted;
    layers[`${branch}.agg`] = centroid;
    return activate(centroid);
  });

  const classifier = weights['HyperCLS.cls']!;
  const signs = tf.expandDims(signature(classifier.shape[0]!), 1);
  // 2 + 2·<O, c>: only column 0 of both branches' columns together counts as time, as published.
  const product = pointwise(tf.concat(joined, 2), tf.mul(classifier, tf.mul(signs, 2)));
  const logits = tf.reshape(tf.add(product, tf.add(weights['HyperCLS.bias']!, 2)), [batch, length]);
  return { logits, ...graphs, conv1d2, points, ...layers };
}
