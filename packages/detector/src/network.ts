import { createRng, deriveSeed, type Modality } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import type { BackboneModel, BackboneOutput, ForwardOptions } from './backbone.js';
import { pointwise } from './blocks.js';
import type { FeatureShape, Fusion } from './data.js';
import type { ParameterSpec, WeightMap, Weights } from './weights.js';

const backbonePrefix = 'backbone.';

/** A backbone together with what leads the features into it. */
export interface Network {
  fusion: Fusion;
  shape: FeatureShape;
  model: BackboneModel;
  /** Of backbone (`backbone.*`) and projection (`projection.*`), in a fixed order. */
  parameters: Record<string, ParameterSpec>;
}

/** The widths that a backbone is built for: of the joined features, or of the visual ones. */
export function widthsOf(
  fusion: Fusion,
  { visual, audio }: FeatureShape,
): { inputDim: number; audioDim?: number } {
  if (fusion !== 'concat') return { inputDim: visual!.dim };
  const inputDim = (visual?.dim ?? 0) + (audio?.dim ?? 0);
  return visual && audio ? { inputDim, audioDim: audio.dim } : { inputDim };
}

export function createNetwork(fusion: Fusion, shape: FeatureShape, model: BackboneModel): Network {
  const parameters: Record<string, ParameterSpec> = {};
  for (const [name, spec] of Object.entries(model.parameters)) parameters[backbonePrefix + name] = spec;
  if (fusion === 'shared' && shape.audio) {
    const dim = model.inputDim;
    parameters['projection.weight'] = { shape: [shape.audio.dim, dim], learningRateScale: 1 };
    parameters['projection.bias'] = { shape: [dim], learningRateScale: 1 };
  }
  return { fusion, shape, model, parameters };
}

/** Fresh parameters; the projection is Xavier-uniform with a zero bias. */
export function initialWeights({ model, parameters }: Network, seed: number): Weights {
  const weights = ownWeights(model.init(deriveSeed(seed, 'backbone')));
  const projection = parameters['projection.weight'];
  if (projection) {
    const [inputs, outputs] = projection.shape as [number, number];
    const limit = Math.sqrt(6 / (inputs + outputs));
    const rng = createRng(deriveSeed(seed, 'projection'));
    const data = Float32Array.from({ length: inputs * outputs }, () => (2 * rng.uniform() - 1) * limit);
    weights['projection.weight'] = { shape: projection.shape, data };
    weights['projection.bias'] = { shape: [outputs], data: new Float32Array(outputs) };
  }
  return weights;
}

/** Parameters of a backbone under the names that they have in a network. */
export function ownWeights(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, array]) => [backbonePrefix + name, array]));
}

/** The backbone's own parameters, under its names. */
function backboneWeights(weights: WeightMap): WeightMap {
  const own: WeightMap = {};
  for (const [name, tensor] of Object.entries(weights)) {
    if (name.startsWith(backbonePrefix)) own[name.slice(backbonePrefix.length)] = tensor;
  }
  return own;
}

/** The next content of the buffers, under the names that they have in the network. */
export function nextBuffers({ model }: Network, output: BackboneOutput): WeightMap {
  return Object.fromEntries(
    Object.entries(model.buffers?.(output) ?? {}).map(([name, value]) => [backbonePrefix + name, value]),
  );
}

/** Audio features `[B, T, dA]` at the visual width: times the matrix of the projection, or with zeros behind them. */
function widened({ fusion, model }: Network, audio: tf.Tensor, weights: WeightMap): tf.Tensor {
  if (fusion !== 'padding') return pointwise(audio, weights['projection.weight']!);
  return tf.pad(audio, [
    [0, 0],
    [0, 0],
    [0, model.inputDim - audio.shape[2]!],
  ]);
}

export type Forward = (weights: WeightMap, inputs: tf.Tensor[], mask: tf.Tensor) => BackboneOutput;

/**
 * The training pass.
 *
 * `concat` takes the joined features `[B, T, D]`. `shared` takes the visual features `[B, T, dV]` (zero for an audio
 * sample), the audio features `[B, T, dA]` (zero for a visual sample) and `[B]`, 1 for an audio sample: an
 * all-zero row of one adds nothing to the other, so a batch may mix modalities in any proportion without a
 * shape that depends on it. Padding is masked after the projection, whose bias would fill it.
 */
export function trainingForward(network: Network, options: ForwardOptions): Forward {
  const { fusion, shape, model } = network;
  return (weights, inputs, mask) => {
    let x = inputs[0]!;
    if (fusion !== 'concat' && shape.audio) {
      x = tf.add(x, widened(network, inputs[1]!, weights));
      if (fusion === 'shared') {
        const isAudio = tf.reshape(inputs[2]!, [-1, 1, 1]);
        const bias = tf.mul(isAudio, weights['projection.bias']!);
        x = tf.mul(tf.add(x, bias), tf.expandDims(mask, 2));
      }
    }
    return model.forward(backboneWeights(weights), x, mask, options);
  };
}

/**
 * The scoring pass of one kind of sequence, to logits `[B, T]`; its only input has the width of that kind.
 * @param branch - `online`: that of the backbone's causal branch, which it must have
 */
export function scoringLogits(network: Network, kind: Modality | 'joint', branch: Branch = 'offline') {
  const { fusion, model } = network;
  return (weights: WeightMap, input: tf.Tensor, mask: tf.Tensor): tf.Tensor => {
    let x = input;
    if (kind === 'audio' && fusion !== 'concat') {
      x = widened(network, x, weights);
      if (fusion === 'shared') {
        x = tf.mul(tf.add(x, weights['projection.bias']!), tf.expandDims(mask, 2));
      }
    }
    const own = backboneWeights(weights);
    if (branch === 'online') return model.online!.forward(own, x, mask);
    return model.forward(own, x, mask, { training: false }).logits;
  };
}

/** Whose logits are the score: those of the whole sequence, or of the backbone's causal branch. */
export type Branch = 'offline' | 'online';
