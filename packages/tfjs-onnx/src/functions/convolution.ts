import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';

/** Zero steps before and after the sequence. */
export interface Padding {
  padLeft?: number;
  padRight?: number;
}

/**
 * One-dimensional convolution (cross-correlation, as in every network library) along time:
 * y[b, t, o] = Σ_j Σ_c x[b, t + j - padLeft, c] · w[j, c, o], zero outside. Written as one matrix product, which with
 * its gradients runs faster in ONNX Runtime than Conv does.
 * @param x - [B, T, C]
 * @param w - [k, C, O]; a PyTorch filter is [O, C, k]
 * @param padding - `{ padLeft: k - 1 }` is causal, `{ padLeft: (k-1)/2, padRight: (k-1)/2 }` keeps the length for odd k
 * @returns [B, T + padLeft + padRight - k + 1, O]
 */
export function conv1d(x: tf.Tensor, w: tf.Tensor, { padLeft = 0, padRight = 0 }: Padding = {}): tf.Tensor3D {
  const [batch, length, channels] = x.shape as [number, number, number];
  const [taps, filterChannels, outputs] = w.shape as [number, number, number];
  const steps = length + padLeft + padRight - taps + 1;
  if (x.rank !== 3 || w.rank !== 3 || channels !== filterChannels || steps < 1) {
    throw new RobustaError(
      'BAD_INPUT',
      `conv1d: x [B, T, C] and w [k, C, O] with k ≤ T + padding are needed, received [${x.shape}] and [${w.shape}]`,
    );
  }
  if (taps === 1 && padLeft === 0 && padRight === 0) {
    return product(x, tf.reshape(w, [channels, outputs])) as tf.Tensor3D;
  }
  // The k-fold array is made on the narrower side.
  if (outputs < channels) {
    const wide = tf.reshape(tf.transpose(w, [1, 0, 2]), [channels, taps * outputs]);
    return overlapAdd(product(x, wide), { taps, padLeft, steps, length }) as tf.Tensor3D;
  }
  const windows = unfold(x, { taps, padLeft, steps, length });
  return tf.reshape(product(windows, tf.reshape(w, [taps * channels, outputs])), [batch, steps, outputs]);
}

interface Windows {
  taps: number;
  padLeft: number;
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

/** Rows begin … of x, moved so that `steps` rows result, zeros elsewhere. */
function shifted(x: tf.Tensor, offset: number, steps: number): tf.Tensor {
  const [batch, length, channels] = x.shape as [number, number, number];
  const begin = Math.min(Math.max(0, offset), length);
  const end = Math.max(begin, Math.min(length, steps + offset));
  if (begin === end) return tf.zeros([batch, steps, channels]);
  const before = Math.max(0, -offset);
  const part = tf.slice(x, [0, begin, 0], [batch, end - begin, channels]);
  return tf.pad(part, [
    [0, 0],
    [before, steps - before - (end - begin)],
    [0, 0],
  ]);
}

/** Windows of x side by side: [B, T, C] to [B, steps, taps·C]. */
const unfold = (x: tf.Tensor, windows: Windows): tf.Tensor => {
  const { taps, padLeft, steps } = windows;
  return tf.customGrad(((input: tf.Tensor) => ({
    value: tf.concat(
      Array.from({ length: taps }, (_, j) => shifted(input, j - padLeft, steps)),
      2,
    ),
    gradFunc: (dy: tf.Tensor) => overlapAddBack(dy, windows),
  })) as Parameters<typeof tf.customGrad>[0])(x);
};

/** The adjoint of unfold: parts of the channels moved back and added, [B, steps, taps·C] to [B, T, C]. */
function overlapAddBack(dy: tf.Tensor, { taps, padLeft, length }: Windows): tf.Tensor {
  const channels = dy.shape[2]! / taps;
  const parts = Array.from({ length: taps }, (_, j) =>
    shifted(tf.slice(dy, [0, 0, j * channels], [-1, -1, channels]), padLeft - j, length),
  );
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** Parts of the channels moved and added: [B, T, taps·O] to [B, steps, O]. */
const overlapAdd = (z: tf.Tensor, windows: Windows): tf.Tensor => {
  const { taps, padLeft, steps, length } = windows;
  const outputs = z.shape[2]! / taps;
  return tf.customGrad(((input: tf.Tensor) => ({
    value: Array.from({ length: taps }, (_, j) =>
      shifted(tf.slice(input, [0, 0, j * outputs], [-1, -1, outputs]), j - padLeft, steps),
    ).reduce((sum, part) => tf.add(sum, part)),
    gradFunc: (dy: tf.Tensor) =>
      tf.concat(
        Array.from({ length: taps }, (_, j) => shifted(dy, padLeft - j, length)),
        2,
      ),
  })) as Parameters<typeof tf.customGrad>[0])(z);
};
