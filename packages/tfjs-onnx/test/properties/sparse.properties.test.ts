import { createRng } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expectAgreement } from '../agree.js';
import { extents, whole } from './windows.js';

const runs = { numRuns: 50, seed: 13 };

test('bincount and denseBincount', async () => {
  await fc.assert(
    fc.asyncProperty(
      extents(2, 9),
      fc.nat(12),
      fc.boolean(),
      fc.boolean(),
      async ([rows, columns], size, binary, weighted) => {
        const weights = { shape: weighted ? [rows!, columns!] : [0], draw: whole };
        const flat = { shape: [columns!], dtype: 'int32' as const, range: [0, 14] as [number, number] };
        const line = { ...weights, shape: weighted ? [columns!] : [0] };
        await expectAgreement(
          ([x, w, v, u]) => [
            tf.bincount(v as tf.Tensor1D, u as tf.Tensor1D, size),
            tf.denseBincount(v as tf.Tensor1D, u as tf.Tensor1D, size, binary),
            tf.denseBincount(x as tf.Tensor2D, w as tf.Tensor2D, size, binary),
            tf.denseBincount(x as tf.Tensor2D, tf.cast(w as tf.Tensor2D, 'int32'), size, binary),
          ],
          [{ ...flat, shape: [rows!, columns!] }, weights, flat, line],
        );
      },
    ),
    runs,
  );
});

test('searchSorted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom('left' as const, 'right' as const),
      fc.nat(),
      async (rows, length, count, side, seed) => {
        const rng = createRng(seed);
        const values = Array.from({ length: rows }, () =>
          Array.from({ length }, () => rng.int(12)).sort((a, b) => a - b),
        ).flat();
        for (const dtype of ['float32', 'int32'] as const) {
          await expectAgreement(
            ([sequence, sought]) => [tf.searchSorted(sequence!, sought!, side)],
            [
              { shape: [rows, length], dtype, values },
              { shape: [rows, count], dtype, draw: (random) => random.int(14) - 1 },
            ],
          );
        }
      },
    ),
    runs,
  );
});

test('sparseToDense, each place named once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.boolean(),
      async (shape, seed, single) => {
        const size = tf.util.sizeFromShape(shape);
        const rng = createRng(seed);
        const places = Array.from({ length: size }, (_, i) => i).filter(() => rng.int(2) === 0);
        const strides = tf.util.computeStrides(shape);
        await expectAgreement(
          ([indices, values, background]) => [
            tf.sparseToDense(indices!, values!, shape, background as tf.Scalar),
          ],
          [
            {
              shape: [places.length, shape.length],
              dtype: 'int32',
              values: places.flatMap((place) => tf.util.indexToLoc(place, shape.length, strides)),
            },
            { shape: single ? [] : [places.length] },
            { shape: [] },
          ],
        );
      },
    ),
    runs,
  );
});

test('sparseSegmentSum and sparseSegmentMean of constant segments', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: 1, maxLength: 9 }),
      async (shape, gaps) => {
        let last = 0;
        const ids = gaps.map((gap) => (last += gap));
        await expectAgreement(
          ([data, rows]) => {
            const segments = tf.tensor1d(ids, 'int32');
            const indices = rows as tf.Tensor1D;
            return [
              tf.sparse.sparseSegmentSum(data!, indices, segments),
              tf.sparse.sparseSegmentMean(data!, indices, segments),
            ];
          },
          [{ shape }, { shape: [ids.length], dtype: 'int32', range: [0, shape[0]!] }],
        );
      },
    ),
    runs,
  );
});

test('diag and broadcastArgs', async () => {
  await fc.assert(
    fc.asyncProperty(
      extents(2, 4),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      async (shape, full, flat) => {
        const short = full.map((extent, i) => (flat[i] ? 1 : extent)).slice(flat[3] ? 1 : 0);
        await expectAgreement(
          ([x, a, b]) => [tf.diag(x!), tf.broadcastArgs(a!, b!), tf.broadcastArgs(b!, a!)],
          [
            { shape },
            { shape: [full.length], dtype: 'int32', values: full },
            { shape: [short.length], dtype: 'int32', values: short },
          ],
        );
      },
    ),
    runs,
  );
});
