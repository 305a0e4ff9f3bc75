import { RobustaError } from '@robusta/core';
import {
  type BackboneOutput,
  distanceAdjacency,
  type ForwardOptions,
  type OnlineBranch,
  pointwise as project,
  type WeightMap,
} from '@robusta/detector';
import { conv1d, dropout, stopGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { scoreAdjacency, similarityAdjacency } from './adjacency.js';
import type { ResolvedOptions } from './options.js';

/** Width of the convolutions along time. */
const kernel = 5;

/** The linear layers, under their names. */
function layersIn(weights: WeightMap) {
  const weight = (name: string) => weights[`${name}.weight`]!;
  const bias = (name: string) => weights[`${name}.bias`]!;
  return {
    weight,
    pointwise: (h: tf.Tensor, name: string) => tf.add(project(h, weight(name)), bias(name)),
    /** Kernel 5 along time, the length kept. */
    conv: (h: tf.Tensor, name: string, padLeft: number) =>
      tf.add(conv1d(h, weight(name), { padLeft, padRight: kernel - 1 - padLeft }), bias(name)),
  };
}

/** The causal branch on the common layers: two pointwise layers, and a kernel of 5 that ends with its snippet. */
function approximate({ pointwise, conv }: ReturnType<typeof layersIn>, h: tf.Tensor) {
  const [batch, length] = h.shape as [number, number, number];
  const approximator = tf.relu(pointwise(tf.relu(pointwise(h, 'approximator.0')), 'approximator.2'));
  const logits = conv(approximator, 'conv1d_approximator', kernel - 1);
  return { approximator, online: tf.reshape(logits, [batch, length]) };
}

/** The causal branch alone, without dropout: none of the graphs, which grow with the square of the length. */
export const online: OnlineBranch = {
  receptiveField: kernel,
  forward(weights, x) {
    const layers = layersIn(weights);
    const h = tf.relu(layers.pointwise(tf.relu(layers.pointwise(x, 'conv1d1')), 'conv1d2'));
    return approximate(layers, h).online;
  },
};

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
  const linear = layersIn(weights);
  const { weight, pointwise, conv } = linear;

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

  const { approximator, online: onlineLogits } = approximate(linear, h);

  const graphs = {
    similarity: similarityAdjacency(options.graphGradient === 'stop' ? stopGradient(x) : x, mask),
    distance: distanceAdjacency(length),
    score: scoreAdjacency(onlineLogits, mask),
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
    logits: options.branch === 'offline' ? offline : onlineLogits,
    offline,
    online: onlineLogits,
    ...graphs,
    conv1d2,
    approximator,
    ...layers,
  };
}
