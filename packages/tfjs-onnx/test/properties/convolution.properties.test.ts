import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { floats, moderate, seeds, specialFloat } from './arbitraries.js';
import { expectAllAgree } from './operations.js';

// Whole numbers, paddings, dilations and layouts of conv2d: see windows.properties.test.ts.

const small = (max: number) => fc.integer({ min: 1, max });
const strides = fc.tuple(small(3), small(3));

test('conv2d of fractions, NaN and infinities', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.nat(2), small(6), small(6), small(3)),
      fc.tuple(small(3), small(3), small(4)),
      strides,
      fc.constantFrom('same' as const, 'valid' as const),
      seeds,
      async ([batch, height, width, channels], [rows, columns, out], step, pad, draws) => {
        fc.pre(pad === 'same' || (rows <= height && columns <= width));
        const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, step, pad);
        const filter = moderate([rows, columns, channels, out]);
        const terms = (x: tf.Tensor, w: tf.Tensor) => conv(tf.abs(x), tf.abs(w));
        const image = [batch, height, width, channels];
        await expectAllAgree({ conv: { of: conv, terms } }, [floats(image, specialFloat), filter], draws);
        await expectAllAgree(
          // Up to 72 products of numbers up to 3.
          { conv: { of: conv, by: [0, 1], terms, absoluteOfGradient: 1e-4 } },
          [moderate(image), filter],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 1 },
  );
});

test('conv1d', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.nat(2), small(9), small(3)),
      fc.tuple(small(4), small(4)),
      small(3),
      small(3),
      fc.constantFrom('same' as const, 'valid' as const),
      seeds,
      async ([batch, length, channels], [taps, out], stride, dilation, pad, draws) => {
        const by = dilation === 1 ? [0, 1] : [];
        const step = dilation === 1 ? stride : 1;
        fc.pre(pad === 'same' || dilation * (taps - 1) < length);
        await expectAllAgree(
          {
            conv1d: {
              of: (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, step, pad, 'NWC', dilation),
              by,
              absolute: 1e-5,
              absoluteOfGradient: 1e-4,
            },
          },
          [moderate([batch, length, channels]), moderate([taps, channels, out])],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 2 },
  );
});

test('conv2dTranspose', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(small(2), small(6), small(6), small(3)),
      fc.tuple(small(3), small(3), small(3)),
      strides,
      seeds,
      async ([batch, height, width, out], [rows, columns, channels], step, draws) => {
        const shape: [number, number, number, number] = [batch, height, width, out];
        const dy = [batch, Math.ceil(height / step[0]), Math.ceil(width / step[1]), channels];
        await expectAllAgree(
          {
            transposed: {
              of: (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, shape, step, 'same'),
              by: [0, 1],
              absolute: 1e-5,
              absoluteOfGradient: 1e-4,
            },
          },
          [moderate(dy), moderate([rows, columns, out, channels])],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 3 },
  );
});

test('fused conv2d with every activation', async () => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'];
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(small(2), small(5), small(5), small(3)),
      fc.tuple(small(3), small(3), small(4)),
      strides,
      seeds,
      async (image, [rows, columns, out], step, draws) => {
        const fused =
          (activation: string) => (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor, slope: tf.Tensor) =>
            tf.fused.conv2d({
              x: x as tf.Tensor4D,
              filter: w as tf.Tensor4D,
              strides: step,
              pad: 'same',
              bias,
              activation: activation as 'relu',
              leakyreluAlpha: 0.3,
              ...(activation === 'prelu' ? { preluActivationWeights: slope } : {}),
            });
        const operations = Object.fromEntries(
          activations.map((name) => [name, { of: fused(name), absolute: 2e-5 }]),
        );
        const filter = moderate([rows, columns, image[3], out]);
        await expectAllAgree(operations, [moderate(image), filter, moderate([out]), moderate([out])], draws);
        // One tap of ones: what is not finite must come through every activation.
        const ones = { shape: [1, 1, image[3], 1], values: Array<number>(image[3]).fill(1) };
        const one = moderate([1]);
        await expectAllAgree(operations, [floats(image, specialFloat), ones, one, one], draws);
      },
    ),
    { numRuns: 12, seed: 4 },
  );
});
