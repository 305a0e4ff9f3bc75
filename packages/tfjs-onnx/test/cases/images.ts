import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { type Case, unary } from './case.js';

const photo: Input = { shape: [2, 5, 5, 3] };
const single: Input = { shape: [1, 5, 6, 3] };
const wide: Input = { shape: [2, 4, 6, 3] };
const boxes: Input = {
  shape: [4, 4],
  values: [0, 0, 1, 1, 0.1, 0.2, 0.83, 0.64, -0.3, 0.2, 0.4, 1.3, 0.9, 0.8, 0.2, 0.1],
};
const owners: Input = { shape: [4], dtype: 'int32', values: [0, 1, 1, 0] };

const sizes: [number, number][] = [
  [10, 5],
  [3, 8],
  [5, 5],
  [1, 1],
];

export const images: Case[] = [
  ...sizes.flatMap((size) =>
    [false, true].flatMap((alignCorners) => [
      unary(
        `resizeBilinear to ${size}${alignCorners ? ', corners aligned' : ''}`,
        (t) => tf.image.resizeBilinear(t as tf.Tensor4D, size, alignCorners),
        photo,
      ),
      unary(
        `resizeNearestNeighbor to ${size}${alignCorners ? ', corners aligned' : ''}`,
        (t) => tf.image.resizeNearestNeighbor(t as tf.Tensor4D, size, alignCorners),
        // tfjs's cpu gradient reads the wrong elements of all images but the first.
        single,
      ),
    ]),
  ),
  // tfjs's own gradient of this is of the wrong shape where images are not square.
  unary(
    'resizeBilinear, half pixels',
    (t) => tf.image.resizeBilinear(t as tf.Tensor4D, [7, 3], false, true),
    wide,
    [],
  ),
  unary(
    'resizeNearestNeighbor, half pixels',
    (t) => tf.image.resizeNearestNeighbor(t as tf.Tensor4D, [7, 3], false, true),
    single,
  ),
  unary(
    'resizeBilinear of integers',
    (t) => tf.image.resizeBilinear(t as tf.Tensor4D, [7, 9]),
    {
      ...wide,
      dtype: 'int32',
      range: [0, 255],
    },
    [],
  ),
  unary(
    'resizeNearestNeighbor of integers',
    (t) => tf.image.resizeNearestNeighbor(t as tf.Tensor4D, [7, 9]),
    {
      ...wide,
      dtype: 'int32',
      range: [0, 255],
    },
    [],
  ),
  unary('flipLeftRight', (t) => tf.image.flipLeftRight(t as tf.Tensor4D), wide, []),
  unary(
    'rotateWithOffset',
    (t) => tf.image.rotateWithOffset(t as tf.Tensor4D, 0.6, [1, 2, 3], [0.3, 0.6]),
    wide,
    [],
  ),
  unary('rotateWithOffset, one fill', (t) => tf.image.rotateWithOffset(t as tf.Tensor4D, -2, 0.5), wide, []),
  ...(['bilinear', 'nearest'] as const).flatMap((method) =>
    [
      [3, 4],
      [1, 1],
    ].map(
      (size): Case => ({
        name: `cropAndResize to ${size}, ${method}`,
        fn: ([t, b, i]) => [
          tf.image.cropAndResize(
            t as tf.Tensor4D,
            b as tf.Tensor2D,
            i as tf.Tensor1D,
            size as [number, number],
            method,
            -3,
          ),
        ],
        inputs: [wide, boxes, owners],
      }),
    ),
  ),
  {
    name: 'cropAndResize of an image that does not exist',
    fn: ([t, b, i]) => [
      tf.image.cropAndResize(t as tf.Tensor4D, b as tf.Tensor2D, i as tf.Tensor1D, [2, 2], 'bilinear', -3),
    ],
    inputs: [wide, boxes, { ...owners, values: [0, 2, 1, 7] }],
  },
];
