import * as tf from '@tensorflow/tfjs';
import { binary, bits, bool, type Case, cube, integers, row, unary, x } from './case.js';

export const shapes: Case[] = [
  unary('reshape with an unknown extent', (t) => tf.reshape(t, [-1, 6]), cube),
  unary('expandDims', (t) => tf.expandDims(t, -2), cube),
  unary('squeeze', (t) => tf.squeeze(t), { shape: [1, 3, 1, 4] }),
  unary('transpose', (t) => tf.transpose(t, [2, 0, 1]), cube),
  unary('transpose of rank 5', (t) => tf.transpose(t), { shape: [1, 2, 3, 1, 2] }),
  unary('clone', (t) => tf.add(tf.clone(t), 1), cube),
  binary('concat', (a, b) => tf.concat([a, b, a], -2), cube, { shape: [2, 5, 4] }),
  binary('concat with an empty part', (a, b) => tf.concat([a, b], 0), x, { shape: [0, 4] }, []),
  binary('stack', (a, b) => tf.stack([a, b], -1), x, x),
  { name: 'unstack', fn: ([t]) => tf.unstack(t!, 1), inputs: [cube], gradients: [0] },
  { name: 'split', fn: ([t]) => tf.split(t!, [1, -1], 1), inputs: [cube], gradients: [0] },
  { name: 'split evenly', fn: ([t]) => tf.split(t!, 2, -1), inputs: [cube], gradients: [0] },
  unary('slice', (t) => tf.slice(t, [0, 1, 2], [-1, 2, 1]), cube),
  unary('stridedSlice', (t) => tf.stridedSlice(t, [0, 2, 3], [2, 0, 0], [1, -1, -2]), cube, []),
  unary(
    'stridedSlice with masks',
    (t) => tf.stridedSlice(t, [0, 1], [1, 3], [1, 1], 1, 0, 0, 4, 1),
    cube,
    [],
  ),
  unary('reverse', (t) => tf.reverse(t, [0, -1]), cube),
  unary('tile', (t) => tf.tile(t, [2, 1, 3]), cube),
  unary('tile of extents of one', (t) => tf.tile(t, [4, 1]), { shape: [1, 4] }),
  unary('broadcastTo', (t) => tf.broadcastTo(t, [2, 3, 4]), row),
  unary(
    'pad',
    (t) =>
      tf.pad(
        t,
        [
          [0, 1],
          [2, 0],
          [1, 1],
        ],
        0.5,
      ),
    cube,
  ),
  unary(
    'pad integers',
    (t) =>
      tf.pad(
        t,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
    integers,
    [],
  ),
  unary(
    'pad bools',
    (t) =>
      tf.pad(
        bool(t),
        [
          [1, 0],
          [0, 2],
        ],
        1,
      ),
    bits,
    [],
  ),
  unary(
    'mirrorPad, reflect',
    (t) =>
      tf.mirrorPad(
        t,
        [
          [0, 0],
          [1, 2],
          [3, 0],
        ],
        'reflect',
      ),
    cube,
  ),
  unary(
    'mirrorPad, symmetric',
    (t) =>
      tf.mirrorPad(
        t,
        [
          [1, 0],
          [0, 2],
          [1, 4],
        ],
        'symmetric',
      ),
    cube,
    [],
  ),
  unary(
    'spaceToBatchND',
    (t) =>
      tf.spaceToBatchND(
        t,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    { shape: [2, 3, 5, 2] },
  ),
  unary(
    'batchToSpaceND',
    (t) =>
      tf.batchToSpaceND(
        t,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    { shape: [8, 2, 3, 2] },
  ),
  unary('depthToSpace', (t) => tf.depthToSpace(t as tf.Tensor4D, 2, 'NHWC'), { shape: [2, 3, 2, 8] }, []),
  unary('zerosLike and onesLike', (t) => tf.add(tf.mul(t, tf.onesLike(t)), tf.zerosLike(t)), cube),
  unary('fill', (t) => tf.add(t, tf.fill([3, 4], 2.5)), x),
  unary('range and linspace', (t) => tf.mul(tf.add(t, tf.range(4, 0, -1)), tf.linspace(0, 1, 4)), x),
];
