import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { type Case, row } from './case.js';

const image: Input = { shape: [2, 6, 7, 3] };
export const convolutions: Case[] = [
  ...(
    [
      [[3, 3], 1, 'same'],
      [[3, 2], 2, 'valid'],
      [[3, 3], [2, 3], 'same'],
      [[1, 1], 1, 'valid'],
      [[3, 3], 2, 1],
      [
        [2, 3],
        [1, 2],
        [
          [0, 0],
          [1, 0],
          [2, 1],
          [0, 0],
        ],
      ],
      [[8, 5], 1, 'same'],
    ] as const
  ).map(
    ([size, strides, pad]): Case => ({
      name: `conv2d ${size} stride ${strides} pad ${pad}`,
      fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, strides as number, pad as 'same')],
      inputs: [image, { shape: [...size, 3, 4] }],
      gradients: [0, 1],
    }),
  ),
  {
    name: 'conv2d dilated',
    fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', 2)],
    inputs: [image, { shape: [3, 3, 3, 2] }],
  },
  {
    name: 'conv1d',
    fn: ([t, w]) => [tf.conv1d(t as tf.Tensor3D, w as tf.Tensor3D, 1, 'same')],
    inputs: [{ shape: [2, 9, 4] }, { shape: [5, 4, 3] }],
    gradients: [0, 1],
  },
  {
    name: 'conv2dTranspose',
    fn: ([t, w]) => [tf.conv2dTranspose(t as tf.Tensor4D, w as tf.Tensor4D, [2, 6, 8, 3], 2, 'same')],
    inputs: [{ shape: [2, 3, 4, 4] }, { shape: [3, 3, 3, 4] }],
    gradients: [0, 1],
  },
  {
    name: 'fused conv2d',
    fn: ([t, w, b]) => [
      tf.fused.conv2d({
        x: t as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: b!,
        activation: 'relu',
      }),
    ],
    inputs: [image, { shape: [3, 3, 3, 4] }, row],
  },
];
