import * as tf from '@tensorflow/tfjs';
import type { Input } from '../agree.js';
import { type Case, edges } from './case.js';

const rows: Input = { shape: [3, 2], dtype: 'int32', values: [0, 3, 2, 2, 1, 0] };

export const indexing: Case[] = [
  {
    name: 'gather',
    fn: ([t, i]) => [tf.gather(t!, i as tf.Tensor2D, 1)],
    inputs: [{ shape: [2, 4, 3] }, rows],
    gradients: [0],
  },
  {
    name: 'gather along -1',
    fn: ([t, i]) => [tf.gather(t!, i as tf.Tensor2D, -1)],
    inputs: [{ shape: [2, 4] }, rows],
  },
  {
    name: 'gather by batch',
    fn: ([t, i]) => [tf.gather(t!, i as tf.Tensor2D, 1, 1)],
    inputs: [{ shape: [3, 4] }, rows],
    gradients: [0],
  },
  {
    name: 'gather by batch, axis behind',
    fn: ([t, i]) => [tf.gather(t!, i as tf.Tensor2D, 2, 1)],
    inputs: [{ shape: [3, 5, 4, 2] }, rows],
  },
  { name: 'gatherND', fn: ([t, i]) => [tf.gatherND(t!, i!)], inputs: [{ shape: [4, 4, 2] }, rows] },
  {
    name: 'scatterND adds what meets',
    fn: ([i, u]) => [tf.scatterND(i!, u!, [4, 3])],
    inputs: [{ shape: [4, 1], dtype: 'int32', values: [0, 2, 2, 3] }, { shape: [4, 3] }],
  },
  {
    name: 'tensorScatterUpdate',
    fn: ([t, i, u]) => [tf.tensorScatterUpdate(t!, i!, u!)],
    inputs: [{ shape: [4, 3] }, { shape: [2, 1], dtype: 'int32', values: [2, 0] }, { shape: [2, 3] }],
  },
  {
    name: 'unsortedSegmentSum',
    fn: ([t, i]) => [tf.unsortedSegmentSum(t!, i as tf.Tensor1D, 3)],
    inputs: [{ shape: [5, 2] }, { shape: [5], dtype: 'int32', values: [0, 2, -1, 2, 7] }],
  },
  {
    name: 'its gradient',
    fn: ([t, i]) => [tf.unsortedSegmentSum(t!, i as tf.Tensor1D, 3)],
    inputs: [{ shape: [5, 2] }, { shape: [5], dtype: 'int32', values: [0, 2, 1, 2, 0] }],
    gradients: [0],
  },
  { name: 'oneHot', fn: ([i]) => [tf.oneHot(i!, 4), tf.oneHot(i!, 3, 2, -1, 'float32')], inputs: [rows] },
  { name: 'topk', fn: ([t]) => Object.values(tf.topk(t!, 3)) as tf.Tensor[], inputs: [{ shape: [3, 7] }] },
  {
    name: 'topk takes the first of equals',
    fn: ([t]) => [tf.topk(t!, 3).indices],
    inputs: [edges([1, 2, 2, 0, 2, 2])],
  },
];
