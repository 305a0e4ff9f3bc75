import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  bits,
  bool,
  floats,
  integers,
  palettes,
  seeds,
  shapes,
  smallInteger,
  specialFloat,
} from './arbitraries.js';
import { each, expectAllAgree, type Operations } from './operations.js';

/** A shape with axes to reduce: none named, or some, counted from either end. */
const reductions = fc
  .tuple(
    shapes(),
    fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    fc.boolean(),
    fc.boolean(),
    fc.nat(4),
  )
  .map(([shape, chosen, fromEnd, keepDims, form]) => {
    const axes = shape.map((_, i) => i).filter((i) => chosen[i]);
    const rank = shape.length;
    const axis = form === 0 || axes.length === 0 ? undefined : fromEnd ? axes.map((a) => a - rank) : axes;
    return { shape, axis, keepDims, positive: axis && axes };
  });

/** A shape with one axis, counted from either end. */
const along = (minExtent = 0) =>
  fc
    .tuple(shapes(1), fc.nat(4), fc.boolean())
    .map(([shape, at, fromEnd]) => {
      const axis = at % shape.length;
      return { shape, axis: fromEnd ? axis - shape.length : axis, front: axis };
    })
    .filter(({ shape, front }) => shape[front]! >= minExtent);

const magnitude = (axis: number[] | undefined, keepDims: boolean) => (x: tf.Tensor) =>
  tf.sum(tf.abs(x), axis, keepDims);

test('reductions of floats of every kind, gradients included', async () => {
  await fc.assert(
    fc.asyncProperty(
      reductions,
      palettes,
      seeds,
      async ({ shape, axis, keepDims, positive }, draw, draws) => {
        const terms = magnitude(axis, keepDims);
        const operations: Operations = {
          sum: { of: (x) => tf.sum(x!, axis, keepDims), by: [0], terms },
          mean: { of: (x) => tf.mean(x!, axis, keepDims), by: [0], terms },
          max: { of: (x) => tf.max(x!, axis, keepDims) },
          min: { of: (x) => tf.min(x!, axis, keepDims) },
          prod: {
            of: (x) => tf.prod(tf.clipByValue(x!, -3, 3), axis, keepDims),
            // tfjs fails on negative axes.
            instead: (x) => tf.prod(tf.clipByValue(x!, -3, 3), positive, keepDims),
          },
          'any is NaN': (x) => tf.any(tf.isNaN(x!), axis, keepDims),
        };
        await expectAllAgree(operations, [floats(shape, draw)], draws);
      },
    ),
    { numRuns: 40, seed: 1 },
  );
});

test('gradients of max, min, prod and what is built on them', async () => {
  await fc.assert(
    fc.asyncProperty(reductions, seeds, async ({ shape, axis, keepDims, positive }, draws) => {
      fc.pre(shape.every((extent) => extent > 0));
      const operations: Operations = each(
        {
          max: (x) => tf.max(x!, axis, keepDims),
          min: (x) => tf.min(x!, axis, keepDims),
          prod: (x) => tf.prod(x!, positive, keepDims),
          logSumExp: (x) => tf.logSumExp(x!, axis, keepDims),
          norm: (x) => tf.norm(x!, 'euclidean', axis?.slice(0, 1), keepDims),
          variance: (x) => tf.moments(x!, axis, keepDims).variance,
        },
        { by: [0], absolute: 1e-5, absoluteOfGradient: 1e-5 },
      );
      await expectAllAgree(operations, [{ shape, range: [-2, 2] }], draws);
    }),
    { numRuns: 25, seed: 2 },
  );
});

test('reductions of integers and bools', async () => {
  await fc.assert(
    fc.asyncProperty(reductions, seeds, async ({ shape, axis, keepDims, positive }, draws) => {
      await expectAllAgree(
        {
          sum: (x) => tf.sum(x!, axis, keepDims),
          max: (x) => tf.max(x!, axis, keepDims),
          min: (x) => tf.min(x!, axis, keepDims),
        },
        [integers(shape)],
        draws,
      );
      await expectAllAgree(
        {
          mean: { of: (x) => tf.mean(x!, axis, keepDims), terms: (x) => tf.mean(tf.abs(x!), axis, keepDims) },
          prod: {
            of: (x) => tf.prod(tf.clipByValue(x!, -2, 2), axis, keepDims),
            instead: (x) => tf.prod(tf.clipByValue(x!, -2, 2), positive, keepDims),
          },
        },
        [integers(shape, smallInteger)],
        draws,
      );
      await expectAllAgree(
        {
          all: {
            of: (x) => tf.all(bool(x!), axis, keepDims),
            // Of nothing, tfjs says false.
            instead: (x) => tf.logicalNot(tf.any(tf.logicalNot(bool(x!)), axis, keepDims)),
          },
          any: (x) => tf.any(bool(x!), axis, keepDims),
          sum: (x) => tf.sum(bool(x!), axis, keepDims),
          mean: (x) => tf.mean(bool(x!), axis, keepDims),
        },
        [bits(shape)],
        draws,
      );
    }),
    { numRuns: 25, seed: 3 },
  );
});

test('argMax and argMin, ties and NaN included', async () => {
  await fc.assert(
    fc.asyncProperty(along(), seeds, async ({ shape, axis }, draws) => {
      const operations: Operations = {
        argMax: (x) => tf.argMax(x!, axis),
        argMin: (x) => tf.argMin(x!, axis),
      };
      await expectAllAgree(operations, [floats(shape)], draws);
      await expectAllAgree(operations, [floats(shape, specialFloat)], draws);
      await expectAllAgree(operations, [integers(shape)], draws);
      await expectAllAgree({ argMax: (x) => tf.argMax(bool(x!), axis) }, [bits(shape)], draws);
    }),
    { numRuns: 25, seed: 4 },
  );
});

/** Running sums or products along an axis, by definition. */
const running =
  (
    front: number,
    exclusive: boolean,
    reverse: boolean,
    start: number,
    combine: (a: number, b: number) => number,
  ) =>
  (x: tf.Tensor): tf.Tensor => {
    const stride = tf.util.sizeFromShape(x.shape.slice(front + 1));
    const extent = x.shape[front]!;
    const data = x.dataSync();
    const result = data.slice();
    for (let i = 0; i < data.length; i++) {
      const at = Math.floor(i / stride) % extent;
      const first = i - at * stride;
      const [begin, end] = reverse ? [at + Number(exclusive), extent] : [0, at + Number(!exclusive)];
      let value = start;
      for (let j = begin; j < end; j++) value = combine(value, data[first + j * stride]!);
      result[i] = value;
    }
    return tf.tensor(result, x.shape, x.dtype);
  };

test('cumsum and cumprod along any axis', async () => {
  await fc.assert(
    fc.asyncProperty(
      along(),
      fc.boolean(),
      fc.boolean(),
      seeds,
      async ({ shape, axis, front }, exclusive, reverse, draws) => {
        // tfjs's are right along the last axis only.
        const sums = running(front, exclusive, reverse, 0, (a, b) => a + b);
        const products = running(front, exclusive, reverse, 1, (a, b) => a * b);
        const cumsum = {
          of: (x: tf.Tensor) => tf.cumsum(x, axis, exclusive, reverse),
          instead: sums,
          terms: (x: tf.Tensor) => sums(tf.abs(x)),
        };
        const cumprod = { of: (x: tf.Tensor) => tf.cumprod(x, axis, exclusive, reverse), instead: products };
        await expectAllAgree({ cumsum, cumprod }, [floats(shape, specialFloat)], draws);
        await expectAllAgree({ cumsum }, [integers(shape)], draws);
        await expectAllAgree({ cumprod }, [integers(shape, smallInteger)], draws);
      },
    ),
    { numRuns: 25, seed: 5 },
  );
});

test('the gradient of cumsum along the last axis', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1),
      fc.boolean(),
      fc.boolean(),
      seeds,
      async (shape, exclusive, reverse, draws) => {
        await expectAllAgree(
          {
            cumsum: {
              of: (x) => tf.cumsum(x!, shape.length - 1, exclusive, reverse),
              by: [0],
              absolute: 1e-5,
            },
          },
          [{ shape, range: [-3, 3] }],
          draws,
        );
      },
    ),
    { numRuns: 10, seed: 6 },
  );
});

test('softmax and log-softmax, rows of infinities included', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(1), palettes, seeds, async (shape, draw, draws) => {
      const operations: Operations = {
        softmax: { of: (x) => tf.softmax(x!), by: [0], absoluteOfGradient: 1e-6 },
        logSoftmax: { of: (x) => tf.logSoftmax(x!), by: [0], absolute: 1e-6, absoluteOfGradient: 1e-6 },
      };
      await expectAllAgree(operations, [floats(shape, draw)], draws);
    }),
    { numRuns: 40, seed: 7 },
  );
});

test.each([67, 1030])('reductions of rows of %d', async (size) => {
  const operations: Operations = {
    sum: { of: (x) => tf.sum(x!, 1), terms: (x) => tf.sum(tf.abs(x!), 1) },
    max: (x) => tf.max(x!, 1),
    min: (x) => tf.min(x!, 1),
    maxOfColumns: (x) => tf.max(x!, 0),
    minOfColumns: (x) => tf.min(x!, 0),
    argMax: (x) => tf.argMax(x!, 1),
    argMin: (x) => tf.argMin(x!, 1),
    softmax: (x) => tf.softmax(x!),
  };
  await expectAllAgree(operations, [floats([5, size])], [1, 2, 3]);
  await expectAllAgree(operations, [{ shape: [5, size], range: [-30, 30] }], [1, 2, 3]);
});
