import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { bagLogits, crossEntropy, distanceAdjacency, meanOverBags, pointwise } from '../src/index.js';

test('pointwise: the same product for each snippet', () => {
  const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
  const result = pointwise(x, tf.tensor2d([1, 0, 1, 0, 1, 1], [2, 3]));
  expect(result.shape).toEqual([2, 2, 3]);
  expect([...result.dataSync()]).toEqual([1, 2, 3, 3, 4, 7, 5, 6, 11, 7, 8, 15]);
});

test('distance graph: exp(-|i - j| / e)', () => {
  const expected = Array.from({ length: 9 }, (_, n) =>
    Math.exp(-Math.abs(Math.floor(n / 3) - (n % 3)) / Math.E),
  );
  expectClose(distanceAdjacency(3).dataSync(), expected, { relative: 1e-7 });
});

test('bagLogits: the mean of the floor(L / 16) + 1 largest of L valid snippets', () => {
  const logits = tf.tensor2d(
    [Array.from({ length: 20 }, (_, t) => t), Array.from({ length: 20 }, (_, t) => (t < 15 ? t : 99))],
    [2, 20],
  );
  const mask = tf.tensor2d([new Array(20).fill(1), Array.from({ length: 20 }, (_, t) => (t < 15 ? 1 : 0))]);
  expect([...bagLogits(logits, mask).dataSync()]).toEqual([(19 + 18) / 2, 14]);
});

test('crossEntropy: that of the probability, also where the probability is 0 or 1 in float32', () => {
  const logits = [-200, -3, 0, 2, 200];
  const of = (label: number, options = {}) => [
    ...crossEntropy(tf.tensor1d(logits), tf.fill([5], label), options).dataSync(),
  ];
  const sigma = (z: number) => 1 / (1 + Math.exp(-z));
  expectClose(of(1), [200, -Math.log(sigma(-3)), Math.LN2, -Math.log(sigma(2)), 0], { absolute: 1e-5 });
  expectClose(of(0), [0, -Math.log(1 - sigma(-3)), Math.LN2, -Math.log(1 - sigma(2)), 200], {
    absolute: 1e-5,
  });
  expect(of(1, { clampLogs: true })[0]).toBe(100);
});

test('meanOverBags: bags without snippets do not count; of none it is 0', () => {
  const mask = tf.tensor2d([1, 1, 1, 0, 0, 0], [3, 2]);
  expect(meanOverBags(tf.tensor1d([2, 4, 1000]), mask).dataSync()[0]).toBe(3);
  expect(meanOverBags(tf.tensor1d([2, 4, 1000]), tf.zerosLike(mask)).dataSync()[0]).toBe(0);
});
