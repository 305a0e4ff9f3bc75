import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { compile, type TensorFunction, type TensorSpec } from '../src/index.js';
import { valuesOf } from './agree.js';

const f32 = (...shape: (number | string)[]): TensorSpec => ({ shape, dtype: 'float32' });
const images = f32(2, 'T', 6, 4);

const functions: Record<string, [TensorFunction, TensorSpec[]]> = {
  'conv1d, padded': [
    ([x, w]) => [tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, 'same')],
    [f32(2, 'T', 4), f32(3, 4, 5)],
  ],
  'conv2d, not padded': [
    ([x, w]) => [tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid')],
    [images, f32(3, 3, 4, 5)],
  ],
  depthwiseConv2d: [
    ([x, w]) => [tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')],
    [images, f32(3, 3, 4, 2)],
  ],
  conv3d: [
    ([x, w]) => [tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same')],
    [f32(2, 'T', 3, 3, 2), f32(3, 3, 3, 2, 2)],
  ],
  maxPool: [([x]) => [tf.maxPool(x as tf.Tensor4D, 3, 1, 'same')], [images]],
  avgPool: [([x]) => [tf.avgPool(x as tf.Tensor4D, 3, 1, 'valid')], [images]],
  localResponseNormalization: [([x]) => [tf.localResponseNormalization(x as tf.Tensor4D, 2)], [images]],
  'strides, any batch': [
    ([x]) => [tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'), tf.avgPool(x as tf.Tensor4D, 3, 2, 'same')],
    [f32('B', 7, 6, 4)],
  ],
  'dilation2d, any batch': [
    ([x, w]) => [tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, 1, 'same')],
    [f32('B', 7, 6, 4), f32(3, 3, 4)],
  ],
  'resizeBilinear, any batch': [
    ([x]) => [tf.image.resizeBilinear(x as tf.Tensor4D, [9, 7])],
    [f32('B', 6, 6, 4)],
  ],
};

test.each(Object.entries(functions))(
  '%s serves any batch or length, with gradients',
  async (_, [fn, specs]) => {
    const graded: TensorFunction = (inputs) => [
      ...fn(inputs),
      ...tf.grads((...xs: tf.Tensor[]) =>
        fn(xs).reduce<tf.Tensor>((sum, y) => tf.add(sum, tf.sum(y)), tf.scalar(0)),
      )(inputs),
    ];
    using traced = await compile(graded, specs);
    using eager = await compile(graded, specs, { engine: 'cpu' });
    for (const [B, T] of [
      [2, 6],
      [3, 11],
    ] as const) {
      const shapes = specs.map(({ shape }) => shape.map((n) => (n === 'B' ? B : n === 'T' ? T : Number(n))));
      const inputs = valuesOf(shapes.map((shape) => ({ shape })));
      const [actual, expected] = [await traced.run(inputs), await eager.run(inputs)];
      // Gradients by weights are sums of hundreds of numbers of size one.
      for (const [i, output] of expected.entries()) {
        expectClose(actual[i]!, output, { relative: 1e-5, absolute: 1e-4, label: `output ${i}` });
      }
    }
  },
);
