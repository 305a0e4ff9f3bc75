import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { bool, type Case, integers, unary } from './case.js';

const counts: Input = { shape: [9], dtype: 'int32', values: [0, 3, 1, 3, 7, 3, 0, 9, 5] };
const table: Input = { shape: [2, 5], dtype: 'int32', values: [0, 3, 3, 1, 6, 4, 4, 4, 0, 2] };
const sorted: Input = { shape: [2, 5], values: [-1, 0, 0, 2, 3, 0, 1, 1, 1, 5] };
const sought: Input = { shape: [2, 4], values: [0, -7, 3, 9, 1, 2, 0, Number.NaN] };

export const sparse: Case[] = [
  {
    name: 'bincount',
    fn: ([i, w]) => [tf.bincount(i as tf.Tensor1D, w as tf.Tensor1D, 6)],
    inputs: [counts, { shape: [9] }],
  },
  {
    name: 'bincount without weights',
    fn: ([i]) => [tf.bincount(i as tf.Tensor1D, tf.tensor1d([], 'int32'), 4)],
    inputs: [counts],
  },
  {
    name: 'denseBincount of a vector',
    fn: ([i, w]) => [tf.denseBincount(i as tf.Tensor1D, w as tf.Tensor1D, 6)],
    inputs: [counts, { shape: [9] }],
  },
  ...[true, false].map(
    (binary): Case => ({
      name: `denseBincount of rows${binary ? ', yes or no' : ''}`,
      fn: ([i, w]) => [tf.denseBincount(i as tf.Tensor2D, w as tf.Tensor2D, 5, binary)],
      inputs: [table, { shape: [2, 5] }],
    }),
  ),
  ...(['left', 'right'] as const).flatMap((side): Case[] => [
    {
      name: `searchSorted ${side}`,
      fn: ([s, v]) => [tf.searchSorted(s!, v!, side)],
      inputs: [sorted, sought],
    },
    {
      name: `searchSorted ${side} of integers`,
      fn: ([s, v]) => [tf.searchSorted(s!, v!, side)],
      inputs: [
        { ...sorted, dtype: 'int32' },
        { ...sought, dtype: 'int32', values: [0, -7, 3, 9, 1, 2, 0, 6] },
      ],
    },
  ]),
  {
    name: 'lowerBound and upperBound',
    fn: ([s, v]) => [tf.lowerBound(s!, v!), tf.upperBound(s!, v!)],
    inputs: [
      { shape: [1], values: [0.5] },
      { shape: [3], values: [0, 0.5, 1] },
    ],
  },
  {
    name: 'sparseToDense',
    fn: ([i, v, d]) => [tf.sparseToDense(i!, v!, [3, 4], tf.reshape(d!, []) as tf.Scalar)],
    inputs: [{ shape: [3, 2], dtype: 'int32', values: [0, 1, 2, 3, 1, 0] }, { shape: [3] }, { shape: [1] }],
  },
  {
    name: 'sparseToDense of one value and of bools',
    fn: ([i, v, b]) => [
      tf.sparseToDense(i!, v!, [5]),
      tf.sparseToDense(i!, bool(b!), [5], tf.scalar(true, 'bool')),
    ],
    inputs: [
      { shape: [3], dtype: 'int32', values: [4, 0, 2] },
      { shape: [] },
      { shape: [3], dtype: 'int32', values: [0, 1, 0] },
    ],
  },
  {
    name: 'sparseSegmentSum and sparseSegmentMean',
    fn: ([t, i]) => {
      const ids = tf.tensor1d([0, 0, 2, 2, 2, 5], 'int32');
      return [
        tf.sparse.sparseSegmentSum(t!, i as tf.Tensor1D, ids),
        tf.sparse.sparseSegmentMean(t!, i as tf.Tensor1D, ids),
      ];
    },
    inputs: [{ shape: [4, 3, 2] }, { shape: [6], dtype: 'int32', values: [1, 0, 3, 3, 2, 0] }],
  },
  unary('diag', (t) => tf.diag(t), { shape: [2, 3] }, []),
  unary(
    'diag of integers and bools',
    (t) => tf.mul(tf.diag(t), tf.cast(tf.diag(bool(t)), 'int32')),
    integers,
    [],
  ),
  {
    name: 'broadcastArgs',
    fn: ([a, b]) => [tf.broadcastArgs(a!, b!), tf.broadcastArgs(b!, a!)],
    inputs: [
      { shape: [3], dtype: 'int32', values: [2, 1, 5] },
      { shape: [2], dtype: 'int32', values: [7, 1] },
    ],
  },
];
