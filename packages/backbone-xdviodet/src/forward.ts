import { RobustaError } from '@robusta/core';
import type { BackboneOutput, ForwardOptions, WeightMap } from '@robusta/detector';
import { conv1d, dropout, stopGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { distanceAdjacency, scoreAdjacency, similarityAdjacency } from './adjacency.js';
import type { ResolvedOptions } from './options.js';

/** `x·weight`, `[B, T, C]` by `[C, O]`. */
function project(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const product = tf.matMul(tf.reshape(x, [batch * length, width]), weight as tf.Tensor2D);
  return tf.reshape(product, [batch, length, weight.shape[1]!]);
}

/**
 * The forward pass of HL-Net (Wu et al., ECCV 2020): two pointwise layers, a causal online branch, and three
 * graph branches (similar inputs, near in time, similar online scores) whose joined features give the offline
 * logit.
 * @returns logits `[B, T]` of both branches, the three graphs, and the layers before their activation
 */
export function forward(
  options: ResolvedOptions,
  weights: WeightMap,
  x: tf.Tensor,
  mask: tf.Tensor,
  { training, seed }: ForwardOptions,
): BackboneOutput {
  const [batch, length] = x.shape as [number, number, number];
  const weight = (name: string) => weights[`${name}.weight`]!;
  const pointwise = (h: tf.Tensor, name: string) =>
    tf.add(project(h, weight(name)), weights[`${name}.bias`]!);
  const conv = (h: tf.Tensor, name: string, padLeft: number) =>
    tf.add(conv1d(h, weight(name), { padLeft, padRight: 4 - padLeft }), weights[`${name}.bias`]!);

  const dropping = training && options.dropout > 0;
  if (dropping && !seed) {
    throw new RobustaError('BAD_OPTION', 'xdviodet: a training pass with dropout needs a seed tensor');
  }
  let stream = 0;
  const drop = (h: tf.Tensor) => (dropping ? dropout(h, options.dropout, seed!, stream++) : h);
  // The published code lets the biases of padded snippets reach their neighbours through kernels and graphs.
  const rows = tf.expandDims(mask, 2);
  const keepValid = (h: tf.Tensor) => (options.padding === 'exact' ? tf.mul(h, rows) : h);

  const conv1d2 = pointwise(drop(tf.relu(pointwise(x, 'conv1d1'))), 'conv1d2');
  const h = keepValid(drop(tf.relu(conv1d2)));

  const approximator = tf.relu(pointwise(tf.relu(pointwise(h, 'approximator.0')), 'approximator.2'));
  const online = tf.reshape(conv(approximator, 'conv1d_approximator', 4), [batch, length]);

  const graphs = {
    similarity: similarityAdjacency(options.graphGradient === 'stop' ? stopGradient(x) : x, mask),
    distance: distanceAdjacency(length),
    score: scoreAdjacency(online, mask),
  };
  const layers: Record<string, tf.Tensor> = {};
  const branches = Object.values(graphs).map((graph, index) => {
    const [first, second] = [`gc${2 * index + 1}`, `gc${2 * index + 2}`] as const;
    const spread = (z: tf.Tensor, name: string) => tf.matMul(graph, project(z, weight(name)));
    layers[first] = tf.add(spread(h, first), conv(h, `${first}.residual`, 2));
    const u = keepValid(drop(tf.relu(layers[first])));
    layers[second] = tf.add(spread(u, second), u);
    return drop(tf.relu(layers[second]));
  });
  const offline = tf.reshape(pointwise(tf.concat(branches, 2), 'classifier'), [batch, length]);

  return {
    logits: options.branch === 'offline' ? offline : online,
    offline,
    online,
    ...graphs,
    conv1d2,
    approximator,
    ...layers,
  };
}
