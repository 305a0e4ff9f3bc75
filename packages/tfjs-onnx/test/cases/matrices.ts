import * as tf from '@tensorflow/tfjs';
import { binary, type Case, row } from './case.js';

export const matrices: Case[] = [
  binary('matMul', (a, b) => tf.matMul(a, b), { shape: [3, 4] }, { shape: [4, 5] }),
  binary('matMul, left transposed', (a, b) => tf.matMul(a, b, true), { shape: [4, 3] }, { shape: [4, 5] }),
  binary(
    'matMul, right transposed',
    (a, b) => tf.matMul(a, b, false, true),
    { shape: [3, 4] },
    { shape: [5, 4] },
  ),
  binary(
    'matMul, both transposed',
    (a, b) => tf.matMul(a, b, true, true),
    { shape: [4, 3] },
    { shape: [5, 4] },
  ),
  binary(
    'matMul of batches',
    (a, b) => tf.matMul(a, b, false, true),
    { shape: [2, 3, 3, 4] },
    { shape: [2, 3, 5, 4] },
  ),
  binary(
    'matMul, one matrix for all',
    (a, b) => tf.matMul(a, b),
    { shape: [2, 3, 4] },
    { shape: [1, 4, 5] },
    [],
  ),
  binary('dot', (a, b) => tf.dot(a, b), row, row),
  binary('outerProduct', (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D), { shape: [3] }, row),
  binary(
    'einsum',
    (a, b) => tf.einsum('bij, bkj -> bik', a, b),
    { shape: [2, 3, 4] },
    { shape: [2, 5, 4] },
    [],
  ),
  ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).map(
    (activation): Case => ({
      name: `fused matMul, ${activation}`,
      fn: ([a, b, bias, slope]) => [
        tf.fused.matMul({
          a: a as tf.Tensor2D,
          b: b as tf.Tensor2D,
          bias: bias!,
          activation,
          leakyreluAlpha: 0.3,
          ...(activation === 'prelu' ? { preluActivationWeights: slope! } : {}),
        }),
      ],
      inputs: [{ shape: [3, 4] }, { shape: [4, 5] }, { shape: [5] }, { shape: [5] }],
    }),
  ),
];
