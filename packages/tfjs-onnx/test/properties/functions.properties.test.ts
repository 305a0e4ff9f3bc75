import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  conv1d,
  dropout,
  greaterMask,
  logSigmoid,
  prefixMask,
  randomUniform,
  safeNorm,
  stopGradient,
  topKMean,
  withoutGradient,
} from '../../src/index.js';
import {
  anyFloat,
  broadcastPairs,
  floats,
  integers,
  moderate,
  palettes,
  seeds,
  shapes,
  specialFloat,
} from './arbitraries.js';
import { byElement, expectAllAgree } from './operations.js';

const small = (max: number) => fc.integer({ min: 1, max });
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const seedInput = integers([], (rng) => rng.int(2 ** 32) - 2 ** 31);

test('stopGradient, withoutGradient, greaterMask', async () => {
  await fc.assert(
    fc.asyncProperty(broadcastPairs(4), seeds, async ([a, b], draws) => {
      await expectAllAgree(
        { greaterMask: { of: (x, y) => greaterMask(x!, y!), instead: byElement((x, y) => Number(x > y)) } },
        [floats(a), floats(b)],
        draws,
      );
      fc.pre(sizeOf(a) > 0);
      await expectAllAgree(
        {
          stopGradient: (x) => stopGradient(x!),
          'gradient of (x - c)·c², c held at x': {
            of: (x) =>
              tf.grad((t: tf.Tensor) => tf.mul(tf.sub(t, stopGradient(t)), stopGradient(tf.square(t))))(x!),
            instead: (x) => tf.square(x!),
          },
          withoutGradient: {
            of: (x) =>
              tf.mul(
                x!,
                withoutGradient(() => tf.cast(tf.lessEqual(x!, tf.mean(x!)), 'float32')),
              ),
            by: [0],
          },
          greaterMask: { of: (x) => tf.mul(x!, greaterMask(x!, 0.25)), by: [0] },
        },
        [{ shape: [...a], range: [-3, 3] }],
        draws,
      );
    }),
    { numRuns: 15, seed: 1 },
  );
});

/** log(1 / (1 + e^-x)) in double precision. */
const exactLogSigmoid = (x: number) => (x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x)));

test('logSigmoid is exact for every float, and has a gradient', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(), palettes, seeds, async (shape, draw, draws) => {
      await expectAllAgree(
        {
          logSigmoid: { of: (x) => logSigmoid(x!), instead: byElement(exactLogSigmoid) },
          gradient: {
            of: (x) => tf.grad((t: tf.Tensor) => logSigmoid(tf.mul(t, 1)))(x!),
            // 1 / (1 + e^x)
            instead: byElement((x) => 1 / (1 + Math.exp(x))),
          },
        },
        [floats(shape, draw)],
        draws,
      );
    }),
    { numRuns: 15, seed: 2 },
  );
});

test('safeNorm along any axis', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1),
      fc.nat(4),
      fc.boolean(),
      fc.boolean(),
      seeds,
      async (shape, at, fromEnd, keep, draws) => {
        fc.pre(sizeOf(shape) > 0);
        const axis = (at % shape.length) - (fromEnd ? shape.length : 0);
        await expectAllAgree(
          {
            safeNorm: { of: (x) => safeNorm(x!, axis, keep), by: [0], absoluteOfGradient: 1e-6 },
            'of zeros': { of: (x) => safeNorm(tf.mul(x!, 0), axis, keep), by: [0] },
          },
          [moderate(shape)],
          draws,
        );
        await expectAllAgree(
          { safeNorm: (x) => safeNorm(x!, axis, keep) },
          [floats(shape, specialFloat)],
          draws,
        );
      },
    ),
    { numRuns: 20, seed: 3 },
  );
});

test('prefixMask and topKMean', async () => {
  await fc.assert(
    fc.asyncProperty(small(4), small(9), fc.nat(8), seeds, async (rows, length, most, draws) => {
      const lengths = integers([rows], (rng) => rng.int(length + 3) - 1);
      const largestK = Math.min(length, most + 1);
      await expectAllAgree(
        {
          prefixMask: {
            of: (_x, n) => prefixMask(n!, length),
            instead: (_x, n) =>
              byElement((t, limit) => Number(t < limit))(tf.range(0, length), tf.reshape(n!, [rows, 1])),
          },
          'by lengths': { of: (x, n, k) => topKMean(x!, n!, k!, { largestK }), by: [0] },
          'by mask': {
            of: (x, _n, k) =>
              topKMean(x!, tf.cast(tf.greater(x!, tf.zerosLike(x!)), 'int32'), k!, { largestK }),
          },
        },
        [moderate([rows, length]), lengths, integers([rows], (rng) => rng.int(largestK + 1))],
        draws,
      );
    }),
    { numRuns: 20, seed: 4 },
  );
});

test('conv1d is tf.conv1d of the padded sequence', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(small(3), small(8), small(4)),
      fc.tuple(small(5), small(5)),
      fc.tuple(fc.nat(4), fc.nat(4), small(3)),
      seeds,
      async ([batch, length, channels], [taps, out], [padLeft, padRight, dilation], draws) => {
        fc.pre((taps - 1) * dilation < length + padLeft + padRight);
        await expectAllAgree(
          {
            conv1d: {
              of: (x, w) => conv1d(x!, w!, { padLeft, padRight, dilation }),
              instead: (x, w) => {
                const padded = tf.pad(x!, [
                  [0, 0],
                  [padLeft, padRight],
                  [0, 0],
                ]);
                return tf.conv1d(padded as tf.Tensor3D, w as tf.Tensor3D, 1, 'valid', 'NWC', dilation);
              },
              // tfjs has no gradient of a dilated convolution; that of ours has a test of its own.
              by: dilation === 1 ? [0, 1] : [],
              // Up to 24 products of numbers up to 3, in another order.
              absolute: 2e-5,
              absoluteOfGradient: 1e-4,
            },
          },
          [moderate([batch, length, channels]), moderate([taps, channels, out])],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 5 },
  );
});

test('conv1d by toom-cook is the direct one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(small(3), small(20), small(4), small(4)),
      fc.tuple(fc.nat(9), fc.nat(9), small(6)),
      seeds,
      async ([batch, length, channels, outputs], [padLeft, padRight, dilation], draws) => {
        fc.pre(2 * dilation < length + padLeft + padRight);
        const options = { padLeft, padRight, dilation };
        await expectAllAgree(
          {
            conv1d: {
              of: (x, w) => conv1d(x!, w!, { ...options, method: 'toom-cook' }),
              instead: (x, w) => conv1d(x!, w!, options),
              by: [0, 1],
              // Sums of up to 12 products of numbers up to 3, from terms that are some times as large.
              absolute: 1e-4,
              absoluteOfGradient: 5e-4,
            },
          },
          [moderate([batch, length, channels]), moderate([3, channels, outputs])],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 8 },
  );
});

test('dropout and randomUniform draw the same bits, for every shape, stream and seed', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.constantFrom(0, 0.1, 0.5, 0.9),
      seeds,
      async (shape, stream, rate, draws) => {
        await expectAllAgree(
          {
            randomUniform: {
              of: (_x, seed) => randomUniform(shape, seed!, stream),
              relative: 0,
              absolute: 0,
            },
            dropout: { of: (x, seed) => dropout(x!, rate, seed!, stream), by: [0], relative: 0, absolute: 0 },
          },
          [floats(shape, anyFloat), seedInput],
          draws,
        );
      },
    ),
    { numRuns: 20, seed: 6 },
  );
});
