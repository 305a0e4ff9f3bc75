import { RobustaError } from '@robusta/core';
import type { BackboneOutput } from '@robusta/detector';
import { safeNorm } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { ResolvedOptions } from './options.js';
import { type Selection, select } from './selection.js';

/** The smallest normal float32: a logarithm of it is the largest loss of a bag, about 87. */
const smallest = 1.1754944e-38;

/** What the terms are made of. `[bags, T]` or `[bags, crops, D]`, the first half of the bags normal. */
export interface BagScores {
  /** Mean over the crops of sigma(logit), 0 where there is no snippet. */
  scores: tf.Tensor;
  /** 1 for a snippet. */
  valid: tf.Tensor;
  selection: Selection;
  /** `[bags]`: score of the chosen snippets, and one minus it without loss of digits. */
  probability: tf.Tensor;
  complement: tf.Tensor;
  /** `[bags, crops]`: Euclidean norm of the mean of the chosen features. */
  magnitude: tf.Tensor;
}

/** Brings the crops of each bag together. */
export function bagScores(
  options: Pick<ResolvedOptions, 'topK' | 'padding'>,
  { logits, features, magnitudes, selection: factors }: BackboneOutput,
  bags: number,
  mask: tf.Tensor,
): BagScores {
  const [rows, length] = logits.shape as [number, number];
  const crops = rows / bags;
  const byBag = (rowValues: tf.Tensor) => tf.reshape(rowValues, [bags, crops, length]);
  const firstCrop = (rowValues: tf.Tensor) =>
    tf.reshape(tf.slice(byBag(rowValues), [0, 0, 0], [bags, 1, length]), [bags, length]);
  const valid = options.padding === 'exact' ? firstCrop(mask) : tf.onesLike(firstCrop(mask));
  const scoresOf = (rowLogits: tf.Tensor) => tf.mul(tf.mean(byBag(tf.sigmoid(rowLogits)), 1), valid);

  // One draw for each bag, whatever the number of its crops.
  const ranked = tf.mul(tf.mean(byBag(magnitudes!), 1), firstCrop(factors!));
  const selection = select(ranked, valid, options.topK);
  const { shares } = selection;
  const scores = scoresOf(logits);
  // The share of a snippet is the same in all crops of its bag: one product a row instead of passes over all features.
  const rowShares = tf.reshape(tf.tile(tf.expandDims(shares, 1), [1, crops, 1]), [rows, 1, length]);
  const means = tf.reshape(tf.matMul(rowShares, features!), [bags, crops, features!.shape[2]!]);
  return {
    scores,
    valid,
    selection,
    probability: tf.sum(tf.mul(scores, shares), 1),
    complement: tf.sum(tf.mul(scoresOf(tf.neg(logits)), shares), 1),
    magnitude: safeNorm(means),
  };
}

/**
 * The published loss: cross-entropy of the bags, feature magnitudes drawn to 0 in normal bags and to the margin in
 * anomalous ones, and sparse and smooth scores in anomalous bags.
 * @param labels - `[bags]`; the first half are normal bags, the second half anomalous ones
 * @param mask - `[bags · crops, T]`
 */
export function lossTerms(
  options: ResolvedOptions,
  output: BackboneOutput,
  labels: tf.Tensor,
  mask: tf.Tensor,
): { total: tf.Scalar } & Record<string, tf.Scalar> {
  const bags = labels.shape[0]!;
  const [rows, length] = mask.shape as [number, number];
  if (bags % 2 !== 0 || rows % bags !== 0) {
    throw new RobustaError(
      'BAD_INPUT',
      `rtfm: ${bags} bags of ${rows} crops: the loss needs as many normal bags as anomalous ones, and all crops of each`,
    );
  }
  const half = bags / 2;
  const { scores, valid, probability, complement, magnitude } = bagScores(options, output, bags, mask);
  const counted = tf.step(tf.sum(valid, 1));

  const log = (p: tf.Tensor) => tf.log(tf.maximum(p, tf.fill([bags], smallest)));
  const entropies = tf.neg(
    tf.add(tf.mul(labels, log(probability)), tf.mul(tf.sub(1, labels), log(complement))),
  );
  const bce = tf.div(tf.sum(tf.mul(entropies, counted)), tf.maximum(tf.sum(counted), 1)) as tf.Scalar;

  const halves = (values: tf.Tensor) => {
    const rest = values.shape.slice(1);
    const at = (start: number) => tf.slice(values, [start, ...rest.map(() => 0)], [half, ...rest]);
    return [at(0), at(half)] as const;
  };
  const [normal, anomalous] = halves(magnitude);
  const [countedNormal, countedAnomalous] = halves(counted);
  // Normal bag i goes with anomalous bag i, crop by crop.
  const distances = tf.square(tf.add(tf.abs(tf.sub(options.margin, anomalous)), normal));
  const pairs = tf.mul(countedNormal, countedAnomalous);
  const byPair = tf.mul(tf.mean(distances, 1), pairs);
  const magnitudeTerm = tf.mul(
    tf.div(tf.sum(byPair), tf.maximum(tf.sum(pairs), 1)),
    options.magnitudeWeight,
  ) as tf.Scalar;

  const anomalousScores = halves(scores)[1];
  const anomalousValid = halves(valid)[1];
  const { sparsity, smoothness } = options.perBag
    ? perBagTerms(anomalousScores, anomalousValid, countedAnomalous)
    : runningTerms(
        tf.reshape(anomalousScores, [1, half * length]),
        tf.reshape(anomalousValid, [1, half * length]),
      );
  const sparsityTerm = tf.mul(sparsity, options.sparsityWeight) as tf.Scalar;
  const smoothnessTerm = tf.mul(smoothness, options.smoothnessWeight) as tf.Scalar;
  const total = tf.addN([bce, magnitudeTerm, sparsityTerm, smoothnessTerm]) as tf.Scalar;
  return { total, bce, magnitude: magnitudeTerm, sparsity: sparsityTerm, smoothness: smoothnessTerm };
}

/** Norm of each row, and sum of the squared steps between its neighbouring snippets: `[B]`. */
function termsOfRows(scores: tf.Tensor, valid: tf.Tensor) {
  const [rows, length] = scores.shape as [number, number];
  const from = (values: tf.Tensor, start: number) => tf.slice(values, [0, start], [rows, length - 1]);
  const steps = tf.square(tf.sub(from(scores, 1), from(scores, 0)));
  const neighbours = tf.mul(from(valid, 1), from(valid, 0));
  return { norms: safeNorm(scores), steps: tf.sum(tf.mul(steps, neighbours), 1) };
}

/** As published: the anomalous half as one sequence. */
function runningTerms(scores: tf.Tensor, valid: tf.Tensor) {
  const { norms, steps } = termsOfRows(scores, valid);
  return { sparsity: tf.sum(norms), smoothness: tf.sum(steps) };
}

function perBagTerms(scores: tf.Tensor, valid: tf.Tensor, counted: tf.Tensor) {
  const { norms, steps } = termsOfRows(scores, valid);
  const mean = (values: tf.Tensor) => tf.div(tf.sum(tf.mul(values, counted)), tf.maximum(tf.sum(counted), 1));
  return { sparsity: mean(norms), smoothness: mean(steps) };
}
