import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { type Case, row } from './case.js';

const image: Input = { shape: [2, 6, 7, 3] };
const volume: Input = { shape: [2, 4, 5, 6, 2] };

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
  // The width that tfjs computes for a number as padding is that of a square window.
  {
    name: 'conv2d of a filter that is not square, pad 1',
    fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, 1, 1)],
    inputs: [image, { shape: [2, 4, 3, 4] }],
    gradients: [0, 1],
  },
  {
    name: 'conv2d of a filter that is not square, pad 2',
    fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, [2, 1], 2)],
    inputs: [image, { shape: [4, 2, 3, 4] }],
    gradients: [0, 1],
  },
  {
    name: 'conv2d rounding up',
    fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, 2, 1, 'NHWC', 1, 'ceil')],
    inputs: [{ shape: [1, 5, 7, 3] }, { shape: [2, 2, 3, 4] }],
  },
  {
    name: 'conv2d of channels first',
    fn: ([t, w]) => [tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, 2, 'same', 'NCHW')],
    inputs: [{ shape: [2, 3, 6, 7] }, { shape: [3, 3, 3, 4] }],
    gradients: [0, 1],
  },
  ...[[4], [1], []].map(
    (shape): Case => ({
      name: `fused conv2d of channels first, bias [${shape}]`,
      fn: ([t, w, b]) => [
        tf.fused.conv2d({
          x: t as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 2,
          pad: 'same',
          dataFormat: 'NCHW',
          bias: b!,
          activation: 'relu',
        }),
      ],
      inputs: [{ shape: [2, 3, 6, 7] }, { shape: [3, 3, 3, 4] }, { shape }],
    }),
  ),
  ...(['NHWC', 'NCHW'] as const).map(
    (dataFormat): Case => ({
      name: `fused conv2d with prelu, ${dataFormat}`,
      fn: ([t, w, b, slope]) => [
        tf.fused.conv2d({
          x: t as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 1,
          pad: 'valid',
          dataFormat,
          bias: b!,
          activation: 'prelu',
          preluActivationWeights: slope!,
        }),
      ],
      inputs: [{ shape: [2, 4, 4, 4] }, { shape: [2, 2, 4, 5] }, { shape: [5] }, { shape: [5] }],
    }),
  ),
  {
    name: 'fused conv2d, bias of another shape and its gradient',
    fn: ([t, w, b]) => [
      tf.fused.conv2d({
        x: t as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: b!,
      }),
    ],
    inputs: [image, { shape: [3, 3, 3, 4] }, { shape: [1] }],
    gradients: [0, 1, 2],
  },
  ...(
    [
      [[2, 3, 3], 1, 'same'],
      [[2, 2, 1], [1, 2, 3], 'valid'],
      [[1, 1, 1], [2, 3, 3], 'same'],
    ] as const
  ).map(
    ([size, strides, pad]): Case => ({
      name: `conv3d ${size} stride ${strides} pad ${pad}`,
      fn: ([t, w]) => [
        tf.conv3d(t as tf.Tensor5D, w as tf.Tensor5D, strides as [number, number, number], pad),
      ],
      inputs: [volume, { shape: [...size, 2, 3] }],
      gradients: [0, 1],
    }),
  ),
  {
    name: 'conv3d dilated',
    fn: ([t, w]) => [tf.conv3d(t as tf.Tensor5D, w as tf.Tensor5D, 1, 'same', 'NDHWC', [1, 2, 2])],
    inputs: [volume, { shape: [2, 2, 3, 2, 3] }],
  },
  {
    name: 'conv3dTranspose',
    fn: ([t, w]) => [tf.conv3dTranspose(t as tf.Tensor5D, w as tf.Tensor5D, [2, 7, 9, 11, 4], 2, 'same')],
    inputs: [volume, { shape: [3, 3, 3, 4, 2] }],
  },
  ...(
    [
      [[3, 3], 1, 'same', 1],
      [[2, 3], 2, 'valid', 2],
      [[3, 3], 2, 1, 1],
    ] as const
  ).map(
    ([size, strides, pad, multiplier]): Case => ({
      name: `depthwiseConv2d ${size} stride ${strides} pad ${pad}, ${multiplier} per channel`,
      fn: ([t, w]) => [tf.depthwiseConv2d(t as tf.Tensor4D, w as tf.Tensor4D, strides, pad)],
      inputs: [image, { shape: [...size, 3, multiplier] }],
      gradients: [0, 1],
    }),
  ),
  {
    name: 'depthwiseConv2d dilated',
    fn: ([t, w]) => [tf.depthwiseConv2d(t as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', 2)],
    inputs: [image, { shape: [3, 2, 3, 2] }],
  },
  {
    name: 'separableConv2d',
    fn: ([t, d, p]) => [tf.separableConv2d(t as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 1, 'same')],
    inputs: [image, { shape: [3, 3, 3, 2] }, { shape: [1, 1, 6, 4] }],
    gradients: [0, 1, 2],
  },
  ...(['linear', 'relu', 'sigmoid'] as const).map(
    (activation): Case => ({
      name: `fused depthwiseConv2d, ${activation}`,
      fn: ([t, w, b]) => [
        tf.fused.depthwiseConv2d({
          x: t as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias: b!,
          activation,
        }),
      ],
      inputs: [image, { shape: [3, 3, 3, 2] }, { shape: [6] }],
      gradients: [0, 1, 2],
    }),
  ),
];
