import { RobustaError } from '@robusta/core';
import { type BackboneOutput, type ForwardOptions, pointwise, type WeightMap } from '@robusta/detector';
import { conv1d, dropout, safeNorm, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { normalize, normalizeBatch, type Rows } from './batch-norm.js';
import type { ResolvedOptions } from './options.js';

/** Of the three convolutions in the pyramid. */
const dilations = [1, 2, 4] as const;

/** Prefix of the next running statistics among the outputs. */
export const nextPrefix = 'next.';

/**
 * The forward pass of RTFM (Tian et al., ICCV 2021): a pyramid of dilated convolutions and a temporal self-attention,
 * fused into features of the input's width, whose magnitude selects snippets and from which three layers give the logit.
 * A row of the batch is one crop.
 * @returns `logits` `[B, T]`, `features` `[B, T, D]`, their `magnitudes` `[B, T]`, `selection` `[B, T]` (factors of
 *   the magnitudes in the choice of snippets), the branches, and in training `next.*`, the running statistics
 */
export function forward(
  options: ResolvedOptions,
  weights: WeightMap,
  x: tf.Tensor,
  mask: tf.Tensor,
  { training, seed }: ForwardOptions,
): BackboneOutput {
  const [batch, length] = x.shape as [number, number, number];
  const dropping = training && options.dropout > 0;
  if (dropping && !seed) {
    throw new RobustaError('BAD_OPTION', 'rtfm: a training pass with dropout needs a seed tensor');
  }
  const drop = (h: tf.Tensor, stream: number) => (dropping ? dropout(h, options.dropout, seed!, stream) : h);

  // The published code has no padding: every row is a snippet.
  const valid = options.padding === 'exact' ? mask : tf.onesLike(mask);
  const keepValid = (h: tf.Tensor) => (options.padding === 'exact' ? tf.mul(h, tf.expandDims(mask, 2)) : h);
  const rows = rowsOf(valid);

  const layer = (h: tf.Tensor, name: string) => addBias(pointwise(h, weights[`${name}.weight`]!), name);
  const addBias = (h: tf.Tensor, name: string) => tf.add(h, weights[`${name}.bias`]!);
  // Half the products, but a larger rounding, which gradients show behind a ReLU.
  const method = training ? 'direct' : 'toom-cook';
  const next: Record<string, tf.Tensor> = {};
  const norm = (h: tf.Tensor, name: string) => {
    if (!training) return normalize(h, weights, name);
    const { result, runningMean, runningVar } = normalizeBatch(h, weights, name, rows);
    next[`${nextPrefix}${name}.running_mean`] = runningMean;
    next[`${nextPrefix}${name}.running_var`] = runningVar;
    return result;
  };

  const pyramid = dilations.map((dilation, i) => {
    const name = `Aggregate.conv_${i + 1}`;
    const same = { padLeft: dilation, padRight: dilation, dilation, method } as const;
    const h = addBias(conv1d(x, weights[`${name}.0.weight`]!, same), `${name}.0`);
    return keepValid(norm(tf.relu(h), `${name}.2`));
  });

  const query = tf.relu(pointwise(x, weights['Aggregate.conv_4.0.weight']!));
  const [theta, phi, g] = ['theta', 'phi', 'g'].map((name) => layer(query, `Aggregate.non_local.${name}`));
  // Plain products over the number of snippets, no soft-max; what is not a snippet has nothing to say.
  const counts = tf.reshape(tf.maximum(tf.sum(valid, 1), 1), [batch, 1, 1]);
  const relation = tf.div(tf.matMul(theta!, phi!, false, true), counts);
  const attended = layer(tf.matMul(relation, keepValid(g!)), 'Aggregate.non_local.W.0');
  const attention = keepValid(tf.add(norm(attended, 'Aggregate.non_local.W.1'), query));

  const joined = tf.concat([...pyramid, attention], 2);
  const fused = conv1d(joined, weights['Aggregate.conv_5.0.weight']!, { padLeft: 1, padRight: 1, method });
  const fusion = norm(tf.relu(fused), 'Aggregate.conv_5.2');
  const features = drop(keepValid(tf.add(fusion, x)), 0);

  let h = drop(tf.relu(layer(features, 'fc1')), 1);
  h = drop(tf.relu(layer(h, 'fc2')), 2);
  const logits = tf.reshape(layer(h, 'fc3'), [batch, length]);

  return {
    logits,
    features,
    // They choose snippets and nothing else.
    magnitudes: withoutGradient(() => safeNorm(features)),
    selection: withoutGradient(() => drop(tf.onesLike(mask), 3)),
    conv_1: pyramid[0]!,
    conv_2: pyramid[1]!,
    conv_3: pyramid[2]!,
    conv_4: query,
    non_local: attention,
    conv_5: fusion,
    ...next,
  };
}

function rowsOf(valid: tf.Tensor): Rows {
  const counted = tf.reshape(valid, [1, -1]) as tf.Tensor2D;
  return { counted, count: tf.maximum(tf.sum(counted, 1, true), 1) as tf.Tensor2D };
}
