import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { randomWords } from '../random/hash.js';
import { withoutGradient } from './gradient.js';

const KERNEL = 'RobustaRandomWords';

/** Registers the kernel with a backend that computes; the tracing backend has its own. */
function ensureKernel(): void {
  tf.backend();
  const backendName = tf.getBackend();
  if (tf.getKernel(KERNEL, backendName)) return;
  tf.registerKernel({
    kernelName: KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { shape, stream } = attrs as unknown as { shape: number[]; stream: number };
      const own = backend as tf.KernelBackend;
      const [seed] = own.readSync(inputs.seed!.dataId as object) as Int32Array;
      const words = randomWords(tf.util.sizeFromShape(shape), seed!, stream);
      return { dataId: own.write(words, shape, 'int32'), shape, dtype: 'int32' };
    },
  });
}

function words(shape: readonly number[], seed: tf.Tensor, stream: number): tf.Tensor {
  if (seed.dtype !== 'int32' || seed.size !== 1) {
    throw new RobustaError('BAD_INPUT', `a seed is an int32 scalar, received ${seed.dtype} [${seed.shape}]`);
  }
  if (!Number.isInteger(stream)) {
    throw new RobustaError('BAD_OPTION', `a stream is an integer, received ${stream}`);
  }
  ensureKernel();
  const attributes = { shape: [...shape], stream };
  return tf.engine().runKernel(KERNEL, { seed }, attributes) as tf.Tensor;
}

/** Words in [-2^31, 2^31) become numbers strictly between 0 and 1: a little less than 2^-32 a step. */
const WORD_SCALE = Math.fround(2 ** -32 * (1 - 2 ** -22));

/**
 * Uniform random numbers, strictly between 0 and 1, with about 23 random bits each. A pure function of its
 * arguments: the same values traced and eager, on every engine. Zero gradient.
 * @param shape - shape of the result, float32. Only the flat index counts: reshaped draws are equal.
 * @param seed - int32 scalar; make it an input of a traced function, and another number for each step
 * @param stream - an integer that tells apart the draws of one seed: another for each place in the model
 */
export function randomUniform(shape: readonly number[], seed: tf.Tensor, stream: number): tf.Tensor {
  return withoutGradient(() =>
    tf.add(tf.mul(tf.cast(words(shape, seed, stream), 'float32'), tf.scalar(WORD_SCALE)), tf.scalar(0.5)),
  );
}

/**
 * Inverted dropout: entries are set to 0 with probability `rate`, the others divided by 1 - rate.
 * @param x - any shape, float32
 * @param rate - in [0, 1); exact to 2^-32
 * @param seed - int32 scalar, as for {@link randomUniform}
 * @param stream - another for each dropout of a model
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, seed: tf.Tensor, stream: number): T {
  if (!(rate >= 0 && rate < 1))
    throw new RobustaError('BAD_OPTION', `dropout: rate must be in [0, 1), received ${rate}`);
  if (rate === 0) return x;
  const threshold = Math.min(Math.round(rate * 2 ** 32) - 2 ** 31, 2 ** 31 - 1);
  const factors = withoutGradient(() => {
    const kept = tf.greaterEqual(words(x.shape, seed, stream), tf.scalar(threshold, 'int32'));
    return tf.where(kept, tf.fill(x.shape, 1 / (1 - rate)), tf.zeros(x.shape));
  });
  return tf.mul(x, factors) as T;
}
