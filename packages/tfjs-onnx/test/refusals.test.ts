import * as tf from '@tensorflow/tfjs';
import { type TensorFunction, type TensorSpec, trace } from '../src/index.js';

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
const integer = (...shape: number[]): TensorSpec => ({ shape, dtype: 'int32' });
const image = float(1, 5, 6, 2);

const gradient =
  (fn: (x: tf.Tensor4D) => tf.Tensor): TensorFunction =>
  ([x]) =>
    tf.grads((t: tf.Tensor) => tf.sum(fn(t as tf.Tensor4D)))([x!]);

const refused: [string, TensorFunction, TensorSpec[]][] = [
  [
    'window is larger than the input',
    ([x]) => [tf.maxPool(x as tf.Tensor4D, 7, 1, 'valid')],
    [float(1, 4, 9, 2)],
  ],
  ['padding as wide as the window', ([x]) => [tf.avgPool(x as tf.Tensor4D, 1, 2, 1)], [image]],
  [
    'nothing but padding',
    ([x, w]) => [tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 3)],
    [float(1, 3, 1, 2), float(5, 1, 2, 2)],
  ],
  ['tfjs forgets dimRoundingMode in this gradient', gradient((x) => tf.avgPool(x, 2, 2, 0, 'ceil')), [image]],
  [
    'NHWC data only',
    ([x, w]) => [tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NCHW')],
    [float(1, 2, 2, 2), float(2, 2, 2, 1)],
  ],
  [
    'only float32 is convolved',
    ([x, w]) => [tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same')],
    [integer(1, 2, 2, 2, 1), float(1, 1, 1, 1, 1)],
  ],
  [
    'only float32 is dilated',
    ([x, w]) => [tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, 1, 'same')],
    [integer(1, 3, 3, 1), float(2, 2, 1)],
  ],
  [
    'only float32 is normalized',
    ([x]) => [tf.localResponseNormalization(x as tf.Tensor4D)],
    [integer(1, 3, 3, 1)],
  ],
  [
    'an image without pixels',
    ([x]) => [tf.image.resizeBilinear(x as tf.Tensor4D, [2, 2])],
    [float(1, 0, 3, 1)],
  ],
  [
    'make them a constant',
    ([x, ids]) => [tf.sparse.sparseSegmentSum(x!, ids as tf.Tensor1D, ids as tf.Tensor1D)],
    [float(3, 2), integer(3)],
  ],
];

test.each(refused)('%s', (reason, fn, specs) => {
  expect(() => trace(fn, specs)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_OP', message: expect.stringContaining(reason) }),
  );
});
