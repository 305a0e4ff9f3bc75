import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expectAgreement } from '../agree.js';
import { whole } from './windows.js';

const runs = { numRuns: 40, seed: 12 };

const images = fc.record({
  extents: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 2 }),
  batch: fc.nat(2),
  channels: fc.nat(3),
});
const target = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));

test('resizeBilinear', async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      target,
      fc.constantFrom([false, false], [true, false], [false, true]),
      async ({ extents: [height, width], batch, channels }, size, [alignCorners, halfPixelCenters]) => {
        await expectAgreement(
          ([x]) => [tf.image.resizeBilinear(x as tf.Tensor4D, size, alignCorners, halfPixelCenters)],
          [{ shape: [batch, height!, width!, channels] }],
          // tfjs's cpu gradient has height and width swapped.
          { gradients: height === width ? [0] : [] },
        );
      },
    ),
    runs,
  );
});

test('resizeNearestNeighbor', async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      target,
      fc.constantFrom([false, false], [true, false], [false, true]),
      async ({ extents: [height, width], batch, channels }, size, [alignCorners, halfPixelCenters]) => {
        await expectAgreement(
          ([x]) => [tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, alignCorners, halfPixelCenters)],
          [{ shape: [batch, height!, width!, channels] }],
          // tfjs's cpu gradient is wrong for all images but the first, and hangs where corners of one pixel are aligned.
          { gradients: batch < 2 && !(alignCorners && (height === 1 || width === 1)) ? [0] : [] },
        );
      },
    ),
    runs,
  );
});

test('the gradients of resizing treat all images of a batch alike, of any height and width', async () => {
  for (const resize of [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor]) {
    await fc.assert(
      fc.asyncProperty(
        images,
        target,
        fc.boolean(),
        async ({ extents: [height, width], batch, channels }, size, align) => {
          // For a linear function f, the gradient of <f(x), y> by x is such that <gradient, x> = <f(x), y>.
          await expectAgreement(
            ([x, y]) => {
              const product = (t: tf.Tensor) =>
                tf.sum(tf.mul(resize(t as tf.Tensor4D, size, align), y!), [1, 2, 3]);
              if (tf.getBackend() !== 'robusta-trace') return [product(x!)];
              const gradient = tf.grads((t: tf.Tensor) => tf.sum(product(t)))([x!])[0]!;
              return [tf.sum(tf.mul(gradient, x!), [1, 2, 3])];
            },
            [
              { shape: [batch, height!, width!, channels], draw: whole },
              { shape: [batch, ...size, channels], draw: whole },
            ],
            { absolute: 1e-4 },
          );
        },
      ),
      runs,
    );
  }
});

test('cropAndResize', async () => {
  await fc.assert(
    fc.asyncProperty(images, target, fc.integer({ min: 0, max: 4 }), async (image, size, count) => {
      const {
        extents: [height, width],
        channels,
      } = image;
      const batch = Math.max(1, image.batch);
      await expectAgreement(
        ([x, boxes, owner]) => [
          tf.image.cropAndResize(
            x as tf.Tensor4D,
            boxes as tf.Tensor2D,
            owner as tf.Tensor1D,
            size,
            'bilinear',
            0.5,
          ),
        ],
        [
          { shape: [batch, height!, width!, channels] },
          { shape: [count, 4], range: [-0.2, 1.2] },
          { shape: [count], dtype: 'int32', range: [0, batch + 1] },
        ],
        // Places are computed in float32 here and in float64 there.
        { relative: 1e-4, absolute: 1e-5 },
      );
    }),
    runs,
  );
});

test('rotateWithOffset and flipLeftRight', async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      async ({ extents: [height, width], batch, channels }, angle, center) => {
        await expectAgreement(
          ([x]) => [
            tf.image.rotateWithOffset(x as tf.Tensor4D, angle, [1, 2, 3], center),
            tf.image.flipLeftRight(x as tf.Tensor4D),
          ],
          [{ shape: [batch, height!, width!, channels] }],
        );
      },
    ),
    runs,
  );
});

test('localResponseNormalization', async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      fc.nat(4),
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(fc.constant(0.5), fc.double({ min: 0.1, max: 2, noNaN: true })),
      async ({ extents: [height, width], batch, channels }, radius, bias, alpha, beta) => {
        await expectAgreement(
          ([x]) => [tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta)],
          [{ shape: [batch, height!, width!, channels * 2] }],
          { gradients: [0] },
        );
      },
    ),
    runs,
  );
});
