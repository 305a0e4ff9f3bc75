import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { type Case, unary } from './case.js';

const image: Input = { shape: [2, 6, 7, 3] };
const volume: Input = { shape: [2, 4, 5, 6, 2] };
/** Few different values, so that many windows have more than one maximum. */
const ties: Input = { shape: [2, 6, 7, 3], values: Array.from({ length: 252 }, (_, i) => (i * 7) % 3) };

const windows = [
  [2, 2, 'valid'],
  [3, 1, 'same'],
  [[3, 2], [2, 1], 'same'],
  [3, 2, 1],
  [[2, 3], [2, 1], 1],
  [1, 2, 'valid'],
  [1, 1, 'same'],
  [
    2,
    2,
    [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
    ],
  ],
] as const;

type Window = readonly [number | readonly [number, number], number | readonly [number, number], unknown];
type Pool = (x: tf.Tensor4D, size: number, strides: number, pad: 'same') => tf.Tensor4D;

const slid = (name: string, pool: Pool, [size, strides, pad]: Window, input: Input): Case =>
  unary(
    `${name} ${size} stride ${strides} pad ${pad}`,
    (t) => pool(t as tf.Tensor4D, size as number, strides as number, pad as 'same'),
    input,
  );

const volumes: [number | [number, number, number], number | [number, number, number], 'same' | 'valid'][] = [
  [2, 2, 'valid'],
  [[1, 3, 3], [1, 2, 1], 'same'],
  [[2, 1, 1], [1, 3, 3], 'same'],
];

export const pooling: Case[] = [
  ...windows.flatMap((window) => [
    slid('maxPool', tf.maxPool, window, image),
    slid('avgPool', tf.avgPool, window, image),
  ]),
  slid('maxPool of equals,', tf.maxPool, [3, 2, 'same'], ties),
  ...volumes.flatMap(([size, strides, pad]) => [
    unary(
      `maxPool3d ${size} stride ${strides} pad ${pad}`,
      (t) => tf.maxPool3d(t as tf.Tensor5D, size, strides, pad),
      volume,
    ),
    unary(
      `avgPool3d ${size} stride ${strides} pad ${pad}`,
      (t) => tf.avgPool3d(t as tf.Tensor5D, size, strides, pad),
      volume,
    ),
  ]),
  unary('maxPool3d of equals', (t) => tf.maxPool3d(t as tf.Tensor5D, 3, 1, 'same'), {
    shape: [1, 4, 5, 6, 2],
    values: Array.from({ length: 240 }, (_, i) => (i * 7) % 3),
  }),
  unary(
    'maxPool rounding up',
    (t) => tf.maxPool(t as tf.Tensor4D, 2, 2, 0, 'ceil'),
    { shape: [1, 5, 5, 2] },
    [],
  ),
  unary('avgPool3d rounding up', (t) => tf.avgPool3d(t as tf.Tensor5D, 2, 2, 0, 'ceil'), {
    shape: [1, 3, 4, 5, 2],
  }),
  unary(
    'maxPool of integers',
    (t) => tf.maxPool(t as tf.Tensor4D, 2, 1, 'same'),
    { ...image, dtype: 'int32', range: [-9, 9] },
    [],
  ),
  unary('pool with dilations', (t) => tf.pool(t as tf.Tensor4D, 2, 'avg', 'same', 2, 1), image),
  unary(
    'average pooling of whole columns',
    (t) => tf.avgPool(t as tf.Tensor4D, [6, 2], [1, 2], 'valid'),
    image,
  ),
  unary('average pooling of whole rows', (t) => tf.avgPool(t as tf.Tensor4D, [2, 7], [2, 1], 'valid'), image),
  unary(
    'global average pooling of volumes',
    (t) => tf.avgPool3d(t as tf.Tensor5D, [4, 5, 6], 1, 'valid'),
    volume,
  ),
  unary('global average pooling', (t) => tf.avgPool(t as tf.Tensor4D, [6, 7], 1, 'valid'), image),
  {
    name: 'maxPool where nothing is finite',
    fn: ([t]) => [tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid')],
    inputs: [
      { shape: [1, 2, 4, 1], values: [-Infinity, -Infinity, 1, Infinity, -Infinity, -Infinity, 0, 3] },
    ],
    gradients: [0],
  },
  ...[true, false].map(
    (includeBatchInIndex): Case => ({
      name: `maxPoolWithArgmax, batch ${includeBatchInIndex ? 'counted' : 'not counted'}`,
      fn: ([t]) =>
        Object.values(
          tf.maxPoolWithArgmax(t as tf.Tensor4D, 3, 2, 'same', includeBatchInIndex),
        ) as tf.Tensor[],
      inputs: [image],
    }),
  ),
  {
    name: 'maxPoolWithArgmax where nothing is finite',
    fn: ([t]) => Object.values(tf.maxPoolWithArgmax(t as tf.Tensor4D, 2, 2, 'valid')) as tf.Tensor[],
    inputs: [
      { shape: [1, 2, 4, 1], values: [-Infinity, -Infinity, 1, Infinity, -Infinity, -Infinity, 0, 3] },
    ],
  },
  {
    name: 'maxPoolWithArgmax of a cut image',
    fn: ([t]) => Object.values(tf.maxPoolWithArgmax(t as tf.Tensor4D, [3, 1], 1, 0, true)) as tf.Tensor[],
    inputs: [image],
  },
  unary(
    'localResponseNormalization',
    (t) => tf.localResponseNormalization(t as tf.Tensor4D, 1, 1, 0.7, 0.5),
    image,
  ),
  unary(
    'localResponseNormalization, wide',
    (t) => tf.localResponseNormalization(t as tf.Tensor4D, 5, 2, 0.1, 0.75),
    {
      shape: [2, 2, 3, 4],
    },
  ),
  ...(['valid', 'same'] as const).map(
    (pad): Case => ({
      name: `dilation2d ${pad}`,
      fn: ([t, w]) => [tf.dilation2d(t as tf.Tensor4D, w as tf.Tensor3D, [2, 1], pad, 1)],
      inputs: [image, { shape: [3, 2, 3] }],
      gradients: [0, 1],
    }),
  ),
  {
    name: 'dilation2d, dilated',
    fn: ([t, w]) => [tf.dilation2d(t as tf.Tensor4D, w as tf.Tensor3D, 1, 'same', [2, 3])],
    inputs: [image, { shape: [2, 2, 3] }],
    gradients: [0, 1],
  },
];
