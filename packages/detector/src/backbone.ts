import type * as tf from '@tensorflow/tfjs';
import type { ParameterSpec, WeightMap, Weights } from './weights.js';

/** How a forward pass is run. */
export interface ForwardOptions {
  /** Dropout is active. */
  training: boolean;
  /** int32 scalar that decides which units are dropped; needed where `training` is true and the backbone drops. */
  seed?: tf.Tensor;
}

/** What a forward pass gives. A backbone adds named tensors that its own loss needs. */
export interface BackboneOutput {
  /** Anomaly logits `[B, T]`; the score is their sigmoid. Values at masked snippets mean nothing. */
  logits: tf.Tensor;
  [name: string]: tf.Tensor;
}

/**
 * A detector network of one configuration: pure functions of weights and inputs.
 *
 * Every function that takes tensors may be run eagerly or traced, so it must use static shapes and masks:
 * no reading of values, no shapes that depend on data.
 */
export interface BackboneModel {
  /** D, the width of a snippet's features. */
  readonly inputDim: number;
  /** The options that {@link Backbone.build} was given, defaults filled in; JSON-safe, without `inputDim`. */
  readonly options: Record<string, unknown>;
  /** Every trainable parameter, in a fixed order. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Fresh parameters; the same seed gives the same bytes. */
  init(seed: number): Weights;
  /**
   * @param x - features `[B, T, D]`, zero where masked
   * @param mask - float32 `[B, T]`, 1 for a snippet and 0 for padding; the snippets of a sequence come first.
   *   A bag may be wholly masked (it fills up the last batch of an epoch).
   */
  forward(weights: WeightMap, x: tf.Tensor, mask: tf.Tensor, options: ForwardOptions): BackboneOutput;
  /**
   * The training loss: a mean over the bags that have at least one snippet.
   * @param labels - float32 `[B]`, 1 for anomalous
   */
  loss(output: BackboneOutput, labels: tf.Tensor, mask: tf.Tensor): tf.Scalar;
  /** The parts of {@link loss} under their names, for reports; `total` is the loss itself. */
  lossTerms(
    output: BackboneOutput,
    labels: tf.Tensor,
    mask: tf.Tensor,
  ): { total: tf.Scalar } & Record<string, tf.Scalar>;
  /**
   * Parameters from a state dict of the published code (its names, PyTorch layouts).
   * @throws BAD_MODEL listing what is missing, unexpected or of another shape
   */
  fromOfficial(stateDict: Record<string, OfficialArray>): Weights;
}

/** An entry of a published state dict, as the readers of `@robusta/tensor-io` return them. */
export interface OfficialArray {
  shape: readonly number[];
  data: ArrayLike<number> | ArrayLike<bigint>;
}

/** Training options that a backbone recommends: those of its publication. */
export interface BackboneDefaults {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  schedule: 'constant' | 'cosine' | 'multistep';
  /** Epochs, counted from 0, at whose start a `multistep` rate falls. */
  milestones: readonly number[];
}

/** What {@link Backbone.build} takes: the input width and the backbone's own options. */
export interface BackboneConfig {
  /** D, the width of a snippet's features. */
  inputDim: number;
  [option: string]: unknown;
}

/** A family of networks, as an adapter package exports it. */
export interface Backbone {
  /** Stored in model files; a model is loaded only with the backbone of this name. */
  readonly name: string;
  readonly defaults: BackboneDefaults;
  /** @throws BAD_OPTION for unknown or bad options */
  build(config: BackboneConfig): BackboneModel;
}
