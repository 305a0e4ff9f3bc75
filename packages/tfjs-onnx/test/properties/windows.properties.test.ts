import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { compile } from '../../src/index.js';
import { expectAgreementOrRefusal, extents, paddings, roundings, sizes, steps, whole } from './windows.js';

const runs = { numRuns: 30, seed: 11 };

const channels = fc.integer({ min: 1, max: 3 });

/** A window over images: extents, filter, strides and dilations, padding, rounding. */
const layouts = (maxDilation: number) =>
  fc
    .record({
      image: extents(2),
      batch: fc.nat(2),
      channels,
      size: sizes(2),
      step: steps(2, 3, maxDilation),
      pad: paddings,
    })
    .chain((layout) => roundings(layout.pad).map((rounding) => ({ ...layout, rounding })));

const ones = (values: number[]) => values.every((value) => value === 1);

test('conv2d', async () => {
  await fc.assert(
    fc.asyncProperty(
      layouts(3),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('NHWC' as const, 'NCHW' as const),
      async (
        { image, batch, channels: depth, size, step: [strides, dilations], pad, rounding },
        out,
        format,
      ) => {
        const shape = format === 'NHWC' ? [batch, ...image, depth] : [batch, depth, ...image];
        const explicit = Array.isArray(pad) && format === 'NCHW' ? [pad[0], pad[3], pad[1], pad[2]] : pad;
        await expectAgreementOrRefusal(
          ([x, w]) => [
            tf.conv2d(
              x as tf.Tensor4D,
              w as tf.Tensor4D,
              strides as [number, number],
              explicit as 'same',
              format,
              dilations as [number, number],
              rounding,
            ),
          ],
          [
            { shape, draw: whole },
            { shape: [...size, depth, out], draw: whole },
          ],
          ones(dilations) ? [0, 1] : [],
        );
      },
    ),
    runs,
  );
});

test('depthwiseConv2d, plain and fused', async () => {
  await fc.assert(
    fc.asyncProperty(
      layouts(3),
      fc.integer({ min: 1, max: 3 }),
      async (
        { image, batch, channels: depth, size, step: [strides, dilations], pad, rounding },
        multiplier,
      ) => {
        const [s, d] = [strides, dilations] as [number, number][];
        await expectAgreementOrRefusal(
          ([x, w, b]) => [
            tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, s!, pad as 'same', 'NHWC', d, rounding),
            tf.fused.depthwiseConv2d({
              x: x as tf.Tensor4D,
              filter: w as tf.Tensor4D,
              strides: s!,
              pad: pad as 'same',
              dilations: d!,
              ...(rounding ? { dimRoundingMode: rounding } : {}),
              bias: b!,
              activation: 'relu',
            }),
          ],
          [
            { shape: [batch, ...image, depth], draw: whole },
            { shape: [...size, depth, multiplier], draw: whole },
            { shape: [depth * multiplier], draw: whole },
          ],
          ones(dilations) ? [0, 1, 2] : [],
        );
      },
    ),
    runs,
  );
});

test('conv3d', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        volume: extents(3, 5),
        batch: fc.nat(2),
        depth: channels,
        out: channels,
        size: sizes(3, 3),
        step: steps(3, 3, 2),
        pad: fc.constantFrom('same', 'valid', 1),
      }),
      async ({ volume, batch, depth, out, size, step: [strides, dilations], pad }) => {
        await expectAgreementOrRefusal(
          ([x, w]) => [
            tf.conv3d(
              x as tf.Tensor5D,
              w as tf.Tensor5D,
              strides as [number, number, number],
              pad as 'same',
              'NDHWC',
              dilations as [number, number, number],
            ),
          ],
          [
            { shape: [batch, ...volume, depth], draw: whole },
            { shape: [...size, depth, out], draw: whole },
          ],
          ones(dilations) ? [0, 1] : [],
        );
      },
    ),
    runs,
  );
});

test('maxPool, avgPool and maxPoolWithArgmax, with many equals', async () => {
  await fc.assert(
    fc.asyncProperty(
      layouts(1),
      fc.boolean(),
      async ({ image, batch, channels: depth, size, step: [strides], pad, rounding }, counted) => {
        const [window, s] = [size, strides] as [number, number][];
        const x = { shape: [batch, ...image, depth], draw: whole };
        for (const pool of [tf.maxPool, tf.avgPool]) {
          await expectAgreementOrRefusal(
            ([t]) => [pool(t as tf.Tensor4D, window!, s!, pad as 'same', rounding)],
            [x],
            [0],
          );
        }
        await expectAgreementOrRefusal(
          ([t]) =>
            Object.values(
              tf.maxPoolWithArgmax(t as tf.Tensor4D, window!, s!, pad as 'same', counted),
            ) as tf.Tensor[],
          [x],
          [],
        );
      },
    ),
    runs,
  );
});

test('maxPool3d and avgPool3d, with many equals', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        volume: extents(3, 5),
        batch: fc.nat(2),
        depth: channels,
        size: sizes(3, 3),
        step: steps(3, 3, 1),
        pad: fc.constantFrom('same', 'valid', 1),
      }),
      async ({ volume, batch, depth, size, step: [strides], pad }) => {
        const [window, s] = [size, strides] as [number, number, number][];
        const x = { shape: [batch, ...volume, depth], draw: whole };
        await expectAgreementOrRefusal(
          ([t]) => [tf.avgPool3d(t as tf.Tensor5D, window!, s!, pad as 'same')],
          [x],
          [0],
        );
        // tfjs's cpu backend misplaces the gradient of other windows.
        const square = size[1] === size[2];
        await expectAgreementOrRefusal(
          ([t]) => [tf.maxPool3d(t as tf.Tensor5D, window!, s!, pad as 'same')],
          [x],
          square ? [0] : [],
        );
      },
    ),
    runs,
  );
});

test('the gradient of maxPool3d for windows of any height and width', async () => {
  // Width and depth change places, which makes the window one that tfjs is right for; only equals are taken otherwise.
  const turned = (x: tf.Tensor) => tf.transpose(x, [0, 3, 2, 1, 4]) as tf.Tensor5D;
  const gradient = (pool: (x: tf.Tensor) => tf.Tensor) => (inputs: tf.Tensor[]) => [
    tf.grads((x: tf.Tensor) => tf.sum(tf.square(pool(x))))([inputs[0]!])[0]!,
  ];
  const spec = { shape: [1, 4, 5, 6, 2], dtype: 'float32' } as const;
  const x = Float32Array.from({ length: 240 }, (_, i) => Math.sin(i * i));
  using plain = await compile(
    gradient((t) => tf.maxPool3d(t as tf.Tensor5D, [2, 2, 3], [2, 1, 2], 'same')),
    [spec],
  );
  using around = await compile(
    gradient((t) => turned(tf.maxPool3d(turned(t), [3, 2, 2], [2, 1, 2], 'same'))),
    [spec],
    { engine: 'cpu' },
  );
  expect(await plain.run([x])).toEqual(await around.run([x]));
});

test('dilation2d', async () => {
  await fc.assert(
    fc.asyncProperty(
      layouts(3),
      fc.constantFrom('same' as const, 'valid' as const),
      async ({ image, batch, channels: depth, size, step: [strides, dilations] }, pad) => {
        await expectAgreementOrRefusal(
          ([x, w]) => [
            tf.dilation2d(
              x as tf.Tensor4D,
              w as tf.Tensor3D,
              strides as [number, number],
              pad,
              dilations as [number, number],
            ),
          ],
          [
            { shape: [batch, ...image, depth], draw: whole },
            { shape: [...size, depth], draw: whole },
          ],
          // Where all places of the filter miss the image, tfjs's cpu backend sends the gradient to some pixel.
          dilations.every((dilation, i) => dilation <= image[i]!) ? [0, 1] : [],
        );
      },
    ),
    runs,
  );
});
