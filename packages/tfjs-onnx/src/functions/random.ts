import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { randomUniforms, randomWords } from '../random/hash.js';
import { withoutGradient } from './gradient.js';

/** What the kernels compute, and the type of the result. The tracing backend has its own lowerings of them. */
const kernels = {
  RobustaRandomWords: { draw: randomWords, dtype: 'int32' },
  RobustaRandomUniform: { draw: randomUniforms, dtype: 'float32' },
} as const;

/** Registers a kernel with the backend in force, whichever it is. */
function ensureKernel(kernelName: keyof typeof kernels): void {
  tf.backend();
  const backendName = tf.getBackend();
  if (tf.getKernel(kernelName, backendName)) return;
  const { draw, dtype } = kernels[kernelName];
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { shape, stream } = attrs as unknown as { shape: number[]; stream: number };
      const own = backend as tf.KernelBackend;
      const [seed] = own.readSync(inputs.seed!.dataId as object) as Int32Array;
      const values = draw(tf.util.sizeFromShape(shape), seed!, stream);
      return { dataId: own.write(values, shape, dtype), shape, dtype };
    },
  });
}

function drawn(
  kernelName: keyof typeof kernels,
  shape: readonly number[],
  seed: tf.Tensor,
  stream: number,
): tf.Tensor {
  if (seed.dtype !== 'int32' || seed.size !== 1) {
    throw new RobustaError('BAD_INPUT', `a seed is an int32 scalar, received ${seed.dtype} [${seed.shape}]`);
  }
  if (!Number.isInteger(stream)) {
    throw new RobustaError('BAD_OPTION', `a stream is an integer, received ${stream}`);
  }
  ensureKernel(kernelName);
  return withoutGradient(
    () => tf.engine().runKernel(kernelName, { seed }, { shape: [...shape], stream }) as tf.Tensor,
  );
}

/**
 * Uniform random numbers, strictly between 0 and 1, with about 23 random bits each. A pure function of its
 * arguments: the same values traced and eager, on every engine. Zero gradient.
 * @param shape - shape of the result, float32. Only the flat index counts: reshaped draws are equal.
 * @param seed - int32 scalar; make it an input of a traced function, and another number for each step
 * @param stream - an integer that tells apart the draws of one seed: another for each place in the model
 */
export function randomUniform(shape: readonly number[], seed: tf.Tensor, stream: number): tf.Tensor {
  return drawn('RobustaRandomUniform', shape, seed, stream);
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
  const threshold = Math.max(Math.round(rate * 2 ** 32) - 1, 0) - 2 ** 31;
  const factors = withoutGradient(() => {
    const kept = tf.greater(
      drawn('RobustaRandomWords', x.shape, seed, stream),
      tf.scalar(Math.min(threshold, 2 ** 31 - 1), 'int32'),
    );
    // Measured in ONNX Runtime: a cast and a product take two thirds of the time of a where.
    return tf.mul(tf.cast(kept, 'float32'), tf.scalar(1 / (1 - rate)));
  });
  return tf.mul(x, factors) as T;
}
