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

/** How the batches of a training are made up. */
export interface BatchLayout {
  /**
   * `apart`: each visual crop of a video is a bag of its own. `together`: a bag has all crops of its video, in
   * neighbouring rows, so that features and mask have B·crops rows; audio is repeated for each.
   */
  crops: 'apart' | 'together';
  /**
   * The first half of the bags of a batch are normal, the second half anomalous. An epoch visits each sample of the
   * larger class once, less an incomplete last batch; the smaller class starts over as often as needed.
   */
  halves: boolean;
  /**
   * `sample`: shorter sequences are padded with zeros, longer ones sampled evenly; `segments`: each sequence is averaged
   * into exactly as many segments as the length of the batch, rows of a shorter one repeated.
   */
  lengths: 'sample' | 'segments';
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
  /** The options that {@link Backbone.build} was given, defaults filled in; JSON-safe, without the widths. */
  readonly options: Record<string, unknown>;
  /** How it is trained; without it each crop is a bag, all shuffled together, long sequences sampled evenly. */
  readonly batches?: BatchLayout;
  /** Every trainable parameter and every buffer, in a fixed order. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Fresh parameters; the same seed gives the same bytes. */
  init(seed: number): Weights;
  /**
   * @param x - features `[B, T, D]`, zero where masked
   * @param mask - float32 `[B, T]`, 1 for a snippet and 0 for padding; the snippets of a sequence come first.
   *   A bag may be wholly masked (it fills up the last batch of an epoch).
   */
  forward(weights: WeightMap, x: tf.Tensor, mask: tf.Tensor, options: ForwardOptions): BackboneOutput;
  /** A branch that needs no future, where the backbone has one. Without it a stream is scored on a sliding window. */
  readonly online?: OnlineBranch;
  /**
   * The next content of each parameter that is a buffer, by name, from the output of a training pass. Needed where there
   * are buffers.
   */
  buffers?(output: BackboneOutput): Record<string, tf.Tensor>;
  /**
   * The training loss: a mean over the bags that have at least one snippet.
   * @param labels - float32 `[B]`, 1 for anomalous. With crops `together`, output and mask have B·crops rows.
   */
  loss(output: BackboneOutput, labels: tf.Tensor, mask: tf.Tensor): tf.Scalar;
  /** The parts of {@link loss} under their names, for reports; `total` is the loss itself. */
  lossTerms(
    output: BackboneOutput,
    labels: tf.Tensor,
    mask: tf.Tensor,
  ): { total: tf.Scalar } & Record<string, tf.Scalar>;
}

/** A network whose authors published weights. */
export interface PublishedModel extends BackboneModel {
  /**
   * Parameters from a state dict of the published code (its names, PyTorch layouts).
   * @throws BAD_MODEL listing what is missing, unexpected or of another shape
   */
  fromOfficial(stateDict: Record<string, OfficialArray>): Weights;
}

/** Logits of a snippet from itself and a few before it. */
export interface OnlineBranch {
  /** Snippets that a logit depends on: its own and those just before it. At the start of a recording there are fewer. */
  readonly receptiveField: number;
  /**
   * Logits `[B, T]` without dropout; arguments as for {@link BackboneModel.forward}. From `receptiveField` on, a logit is
   * that of the last snippet of a sequence of just those snippets.
   */
  forward(weights: WeightMap, x: tf.Tensor, mask: tf.Tensor): tf.Tensor;
}

/** An entry of a published state dict, as the readers of `@robusta/tensor-io` return them. */
export interface OfficialArray {
  shape: readonly number[];
  data: ArrayLike<number> | ArrayLike<bigint>;
}

/** How often and how fast parameters are changed. */
export interface Recipe {
  epochs: number;
  /** Ends the training in the middle of an epoch, or repeats epochs until then. */
  steps?: number;
  /** Bags a step; with `halves` half of them normal. */
  batchSize: number;
  /** Leaves out the last batch of an epoch where it is incomplete; halves never have one. */
  dropLast?: boolean;
  /** Snippets of a training sequence, default 200; with `segments` the number of segments. */
  maxLength?: number;
  learningRate: number;
  /** L2 term added to the gradient. */
  weightDecay: number;
  schedule: 'constant' | 'cosine' | 'multistep';
  /** Epochs, counted from 0, at whose start a `multistep` rate falls. */
  milestones?: readonly number[];
  /** Epochs over which a `cosine` rate falls to 0; default all. */
  cosinePeriod?: number;
  /** How features are scaled before all else; default `standardize`. */
  inputScaling?: 'standardize' | 'none';
  seed?: number;
}

/** What {@link Backbone.build} takes: the widths and the backbone's own options. */
export interface BackboneConfig {
  /** D, the width of a snippet's features. */
  inputDim: number;
  /** How many of the last columns are the audio part of joined features; absent or 0 for features of one modality. */
  audioDim?: number;
  [option: string]: unknown;
}

/** A family of networks, as an adapter package exports it. */
export interface Backbone<Model extends BackboneModel = BackboneModel> {
  /** Stored in model files; a model is loaded only with the backbone of this name. */
  readonly name: string;
  /** The recipe that is used unless another is asked for. */
  readonly defaults: Recipe;
  /** What the published code does otherwise than {@link defaults}, and with which options of the backbone. */
  readonly official?: Partial<Recipe> & { backboneOptions?: Record<string, unknown> };
  /** @throws BAD_OPTION for unknown or bad options */
  build(config: BackboneConfig): Model;
}
