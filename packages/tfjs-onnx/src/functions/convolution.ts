import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { toomCook } from './toom-cook.js';

/** Of a convolution along time. */
export interface Conv1dOptions {
  /** Zero steps before the sequence, default 0. */
  padLeft?: number;
  /** Zero steps after it, default 0. */
  padRight?: number;
  /** Distance of the steps that a filter sees, from 1, which is the default. */
  dilation?: number;
  /**
   * `toom-cook`, for three taps, takes half the multiplications at a larger rounding: faster between hundreds of
   * channels. Meant for scoring; in training a ReLU behind it decides otherwise now and then.
   */
  method?: 'direct' | 'toom-cook';
}

/**
 * One-dimensional convolution (cross-correlation, as in every network library) along time:
 * y[b, t, o] = Σ_j Σ_c x[b, t + j·dilation - padLeft, c] · w[j, c, o], zero outside. Written as matrix products, which
 * with their gradients run faster in ONNX Runtime than Conv does; tfjs has no gradient of a dilated convolution at all.
 * @param x - [B, T, C]
 * @param w - [k, C, O]; a PyTorch filter is [O, C, k]
 * @param options - `{ padLeft: k - 1 }` is causal, `{ padLeft: (k-1)/2, padRight: (k-1)/2 }` keeps the length for odd k;
 *   with a dilation both are that many times as much
 * @returns [B, T + padLeft + padRight - (k - 1)·dilation, O]
 */
export function conv1d(
  x: tf.Tensor,
  w: tf.Tensor,
  { padLeft = 0, padRight = 0, dilation = 1, method = 'direct' }: Conv1dOptions = {},
): tf.Tensor3D {
  const [batch, length, channels] = x.shape as [number, number, number];
  const [taps, filterChannels, outputs] = w.shape as [number, number, number];
  if (!Number.isInteger(dilation) || dilation < 1) {
    throw new RobustaError('BAD_OPTION', `conv1d: dilation must be an integer from 1, received ${dilation}`);
  }
  const reach = (taps - 1) * dilation;
  const steps = length + padLeft + padRight - reach;
  if (x.rank !== 3 || w.rank !== 3 || channels !== filterChannels || steps < 1) {
    throw new RobustaError(
      'BAD_INPUT',
      `conv1d: x [B, T, C] and w [k, C, O] with (k - 1)·dilation < T + padding are needed, received [${x.shape}] and [${w.shape}], dilation ${dilation}`,
    );
  }
  if (taps === 1 && padLeft === 0 && padRight === 0) {
    return product(x, tf.reshape(w, [channels, outputs])) as tf.Tensor3D;
  }
  if (method === 'toom-cook') {
    if (taps === 3) return toomCook(x, w, { padLeft, padRight, dilation }) as tf.Tensor3D;
    throw new RobustaError('BAD_OPTION', `conv1d: method toom-cook takes three taps, received ${taps}`);
  }
  // The k-fold array is made on the narrower side.
  if (outputs < channels) {
    const wide = tf.reshape(tf.transpose(w, [1, 0, 2]), [channels, taps * outputs]);
    return overlapAdd(product(x, wide), { taps, padLeft, dilation, steps, length }) as tf.Tensor3D;
  }
  const windows = unfold(x, { taps, padLeft, dilation, steps, length });
  return tf.reshape(product(windows, tf.reshape(w, [taps * channels, outputs])), [batch, steps, outputs]);
}

interface Windows {
  taps: number;
  padLeft: number;
  dilation: number;
  /** Length of the windowed side. */
  steps: number;
  /** Length of the sequence itself. */
  length: number;
}

/** [B, T, C]·[C, O] through two dimensions: tfjs's gradient of a broadcast product would keep the batch. */
function product(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const [batch, length, channels] = x.shape as [number, number, number];
  const flat = tf.matMul(tf.reshape(x, [batch * length, channels]), w as tf.Tensor2D);
  return tf.reshape(flat, [batch, length, w.shape[1]!]);
}

/**
 * Stretches of x along time, `steps` rows from each offset on, zeros outside. With `parts`, stretch j takes the j-th part
 * of the channels. The zeros are put on once, whatever the length, so that a graph for any length has no cases.
 */
function stretches(x: tf.Tensor, offsets: readonly number[], steps: number, parts = 1): tf.Tensor[] {
  const [batch, length, channels] = x.shape as [number, number, number];
  const before = Math.max(0, -Math.min(...offsets));
  const after = Math.max(0, Math.max(...offsets) + steps - length);
  const padded = tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
  ]);
  const width = channels / parts;
  return offsets.map((offset, j) =>
    tf.slice(padded, [0, before + offset, parts === 1 ? 0 : j * width], [batch, steps, width]),
  );
}

const total = (terms: readonly tf.Tensor[]) => terms.reduce((sum, term) => tf.add(sum, term));

const forwards = ({ taps, padLeft, dilation }: Windows) =>
  Array.from({ length: taps }, (_, j) => j * dilation - padLeft);
const backwards = (windows: Windows) => forwards(windows).map((offset) => -offset);

/** Windows of x side by side: [B, T, C] to [B, steps, taps·C]. Its adjoint moves parts of the channels back and adds. */
const unfold = (x: tf.Tensor, windows: Windows): tf.Tensor => {
  const { taps, steps, length } = windows;
  return tf.customGrad(((input: tf.Tensor) => ({
    value: tf.concat(stretches(input, forwards(windows), steps), 2),
    gradFunc: (dy: tf.Tensor) => total(stretches(dy, backwards(windows), length, taps)),
  })) as Parameters<typeof tf.customGrad>[0])(x);
};

/** Parts of the channels moved and added: [B, T, taps·O] to [B, steps, O]. */
const overlapAdd = (z: tf.Tensor, windows: Windows): tf.Tensor => {
  const { taps, steps, length } = windows;
  return tf.customGrad(((input: tf.Tensor) => ({
    value: total(stretches(input, forwards(windows), steps, taps)),
    gradFunc: (dy: tf.Tensor) => tf.concat(stretches(dy, backwards(windows), length), 2),
  })) as Parameters<typeof tf.customGrad>[0])(z);
};
