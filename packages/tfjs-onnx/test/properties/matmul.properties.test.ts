import type { Rng } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  broadcastPairs,
  floats,
  integers,
  moderate,
  palettes,
  seeds,
  smallInteger,
  specialFloat,
} from './arbitraries.js';
import { expectAllAgree } from './operations.js';

const extent = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** A product by definition: tfjs pairs the matrices of two batches wrongly unless one has the other's last axes. */
function product(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const rank = Math.max(a.rank, b.rank);
  const full = (x: tf.Tensor) => tf.reshape(x, [...Array(rank - x.rank).fill(1), ...x.shape]);
  return tf.sum(tf.mul(tf.expandDims(full(a), rank), tf.expandDims(full(b), rank - 2)), rank - 1);
}

const swapped = (x: tf.Tensor) => {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return tf.transpose(x, perm);
};

test('matMul of broadcast batches, transposed or not, of nothing too', async () => {
  await fc.assert(
    fc.asyncProperty(
      broadcastPairs(3),
      fc.tuple(extent, extent, extent),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(specialFloat, (rng: Rng) => 6 * rng.uniform() - 3),
      seeds,
      async ([left, right], [m, k, n], transposeA, transposeB, draw, draws) => {
        const a = [...left, ...(transposeA ? [k, m] : [m, k])];
        const b = [...right, ...(transposeB ? [n, k] : [k, n])];
        const instead = (x: tf.Tensor, y: tf.Tensor) =>
          product(transposeA ? swapped(x) : x, transposeB ? swapped(y) : y);
        const of = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
        const terms = (x: tf.Tensor, y: tf.Tensor) => instead(tf.abs(x), tf.abs(y));
        await expectAllAgree({ matMul: { of, instead, terms } }, [floats(a, draw), floats(b, draw)], draws);
        await expectAllAgree(
          { matMul: { of, instead } },
          [integers(a, smallInteger), integers(b, smallInteger)],
          draws,
        );
      },
    ),
    { numRuns: 50, seed: 1 },
  );
});

// Large enough for the blocks and the remainders of ONNX Runtime's kernels.
test.each([
  [33, 65, 17],
  [1, 300, 40],
  [70, 3, 1],
])('matMul of [%d, %d] and [%d columns], NaN and infinities included', async (m, k, n) => {
  const of = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y);
  const terms = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(tf.abs(x), tf.abs(y));
  const rarely = (rng: Rng) => (rng.int(200) === 0 ? specialFloat(rng) : 6 * rng.uniform() - 3);
  await expectAllAgree(
    { matMul: { of, terms } },
    [floats([m, k], rarely), floats([k, n], rarely)],
    [1, 2, 3],
  );
});

test('gradients of matMul, batches equal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(extent, { maxLength: 2 }),
      fc.tuple(extent, extent, extent),
      fc.boolean(),
      fc.boolean(),
      seeds,
      async (batch, [m, k, n], transposeA, transposeB, draws) => {
        const a = [...batch, ...(transposeA ? [k, m] : [m, k])];
        const b = [...batch, ...(transposeB ? [n, k] : [k, n])];
        await expectAllAgree(
          {
            matMul: {
              of: (x, y) => tf.matMul(x!, y!, transposeA, transposeB),
              by: [0, 1],
              absolute: 1e-4,
              absoluteOfGradient: 1e-4,
            },
          },
          [moderate(a), moderate(b)],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 2 },
  );
});

test('fused matMul with bias and every activation', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(extent, extent, extent),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      seeds,
      async ([m, k, n], transposeA, transposeB, whole, draws) => {
        const fused =
          (activation: string) => (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor, slope: tf.Tensor) =>
            tf.fused.matMul({
              a: a as tf.Tensor2D,
              b: b as tf.Tensor2D,
              transposeA,
              transposeB,
              bias,
              activation: activation as 'relu',
              leakyreluAlpha: 0.3,
              ...(activation === 'prelu' ? { preluActivationWeights: slope } : {}),
            });
        const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'];
        await expectAllAgree(
          Object.fromEntries(
            // A sum of up to five products of numbers up to 3, and the bias.
            activations.map((name) => [name, { of: fused(name), absolute: 1e-5 }]),
          ),
          [
            moderate(transposeA ? [k, m] : [m, k]),
            moderate(transposeB ? [n, k] : [k, n]),
            moderate(whole ? [m, n] : [n]),
            moderate([n]),
          ],
          draws,
        );
      },
    ),
    { numRuns: 20, seed: 3 },
  );
});

test.each(['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const)(
  'gradients of the parts of a fused matMul, %s',
  async (activation) => {
    await expectAllAgree(
      {
        fused: {
          of: (a, b, bias) =>
            tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: bias!, activation }),
          by: [0, 1, 2],
          absolute: 1e-5,
          absoluteOfGradient: 1e-5,
        },
      },
      [moderate([3, 4]), moderate([4, 5]), moderate([5])],
      [1, 2, 3],
    );
  },
);

test('NaN and infinities come through fused activations', async () => {
  const names = ['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;
  await expectAllAgree(
    Object.fromEntries(
      names.map((activation) => [
        activation,
        (a: tf.Tensor, b: tf.Tensor) =>
          tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, activation, leakyreluAlpha: 0.3 }),
      ]),
    ),
    [floats([17, 1], specialFloat), { shape: [1, 9], values: Array(9).fill(1) }],
    [1, 2, 3],
  );
});

test.each([
  'ij,jk->ik',
  'ij->ji',
  'ij->j',
  'ij->',
  'i,j->ij',
  'i,i->',
  'ij,ij->ij',
  'ij,j->i',
  'bij,bjk->bik',
  'bij,bkj->bik',
  'bij, jk -> bik',
  'abc,abd->cd',
  'ijk->kij',
  'bhqd,bhkd->bhqk',
  'bthd,bshd->bhts',
  'Aij,ijB->AB',
])('einsum %s', async (equation) => {
  const terms = equation.replace(/ /g, '').split('->')[0]!.split(',');
  const letters = [...new Set(terms.join(''))];
  await fc.assert(
    fc.asyncProperty(
      fc.array(extent, { minLength: letters.length, maxLength: letters.length }),
      palettes,
      seeds,
      async (extents, draw, draws) => {
        const inputs = terms.map((term) => [...term].map((letter) => extents[letters.indexOf(letter)]!));
        const einsum = (...x: tf.Tensor[]) => tf.einsum(equation, ...x);
        const magnitudes = (...x: tf.Tensor[]) => einsum(...x.map((t) => tf.abs(t)));
        const mild = draw.name === 'anyFloat' ? specialFloat : draw;
        await expectAllAgree(
          { einsum: { of: einsum, terms: magnitudes } },
          inputs.map((s) => floats(s, mild)),
          draws,
        );
        await expectAllAgree(
          { einsum },
          inputs.map((s) => integers(s, smallInteger)),
          draws,
        );
      },
    ),
    { numRuns: 6, seed: 4 },
  );
});

test('dot and outer product', async () => {
  await fc.assert(
    fc.asyncProperty(extent, extent, seeds, async (m, n, draws) => {
      await expectAllAgree(
        {
          dot: { of: (a) => tf.dot(a!, a!), by: [0], absoluteOfGradient: 1e-5 },
          outer: {
            of: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
            by: [0, 1],
            absoluteOfGradient: 1e-5,
          },
        },
        [moderate([m]), moderate([n])],
        draws,
      );
    }),
    { numRuns: 10, seed: 5 },
  );
});
