import type { WeightMap } from '@robusta/detector';
import { withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

const epsilon = 1e-5;
/** Share of a batch in the running statistics. */
const momentum = 0.1;

/** Rows that statistics are made of. */
export interface Rows {
  /** `[1, B·T]`, 1 for a row that counts, else 0. */
  counted: tf.Tensor2D;
  /** How many count, `[1, 1]`, at least 1. */
  count: tf.Tensor2D;
}

/** `(x - mean) / deviation · scale + shift` by columns, with the running statistics. */
export function normalize(h: tf.Tensor, weights: WeightMap, name: string): tf.Tensor {
  const deviation = tf.sqrt(tf.add(weights[`${name}.running_var`]!, epsilon));
  const scale = tf.div(weights[`${name}.weight`]!, deviation);
  const shift = tf.sub(weights[`${name}.bias`]!, tf.mul(weights[`${name}.running_mean`]!, scale));
  return tf.add(tf.mul(h, scale), shift);
}

/**
 * The same with the statistics of the counted rows, through which the gradient flows.
 * @returns the result and the next running statistics: a tenth of those of the batch, its variance unbiased
 */
export function normalizeBatch(
  h: tf.Tensor,
  weights: WeightMap,
  name: string,
  { counted, count }: Rows,
): { result: tf.Tensor; runningMean: tf.Tensor; runningVar: tf.Tensor } {
  const width = h.shape[2]!;
  const flat = tf.reshape(h, [-1, width]) as tf.Tensor2D;
  // Constants to the tape: what flows through them is part of the gradient below.
  const mean = withoutGradient(() => tf.div(tf.matMul(counted, flat), count));
  const variance = withoutGradient(() => tf.div(tf.matMul(counted, tf.square(tf.sub(flat, mean))), count));
  const inverse = withoutGradient(() => tf.rsqrt(tf.add(variance, epsilon)));
  const scale = weights[`${name}.weight`]!;
  const operation = tf.customGrad(((
    input: tf.Tensor2D,
    gamma: tf.Tensor,
    beta: tf.Tensor,
    save: (tensors: tf.Tensor[]) => void,
  ) => {
    const gain = tf.mul(inverse, gamma);
    // What is not saved is gone when the gradient is computed.
    save([input, mean, inverse, gain, tf.reshape(counted, [-1, 1]), count]);
    return { value: tf.add(tf.mul(input, gain), tf.sub(beta, tf.mul(mean, gain))), gradFunc: gradients };
  }) as unknown as Parameters<typeof tf.customGrad>[0]);
  const result = tf.reshape(operation(flat, scale, weights[`${name}.bias`]!), h.shape);
  const running = (part: string, own: tf.Tensor) =>
    withoutGradient(() =>
      tf.add(tf.mul(weights[`${name}.${part}`]!, 1 - momentum), tf.mul(tf.reshape(own, [width]), momentum)),
    );
  const unbiased = withoutGradient(() => tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1))));
  return {
    result,
    runningMean: running('running_mean', mean),
    runningVar: running('running_var', unbiased),
  };
}

/** By input, scale and shift: the statistics of the counted rows move with each of these rows. */
function gradients(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [input, mean, inverse, gain, counted, count] = saved as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const centred = tf.mul(tf.sub(input, mean), inverse);
  const shift = tf.sum(dy, 0);
  const scale = tf.sum(tf.mul(dy, centred), 0);
  const throughStatistics = tf.mul(tf.add(tf.mul(centred, scale), shift), tf.div(counted, count));
  return [tf.mul(tf.sub(dy, throughStatistics), gain), scale, shift];
}
