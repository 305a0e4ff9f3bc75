import { toTensors } from '@robusta/detector';
import { noise } from '@robusta/detector/testing';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { xdviodet } from '../src/index.js';

const dim = 6;
const model = xdviodet.build({ inputDim: dim });
const weights = model.init(5);
const { receptiveField, forward } = model.online!;

const features = (length: number, seed: number) => noise(seed, length * dim);
const online = (x: Float32Array) =>
  tf.tidy(() => {
    const length = x.length / dim;
    const input = tf.tensor3d(x, [1, length, dim]);
    return forward(toTensors(weights), input, tf.ones([1, length])).dataSync();
  });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('logits are those of the whole network, of one bag or several of different lengths', () => {
  const lengths = [7, 3, 1];
  const x = tf.tensor3d(features(3 * 7, 1), [3, 7, dim]);
  const mask = tf.tensor2d(lengths.map((valid) => Array.from({ length: 7 }, (_, t) => (t < valid ? 1 : 0))));
  const masked = tf.mul(x, tf.expandDims(mask, 2));
  const whole = model.forward(toTensors(weights), masked, mask, { training: false }).online!;
  const alone = forward(toTensors(weights), masked, mask);
  expectClose(tf.mul(alone, mask).dataSync(), tf.mul(whole, mask).dataSync(), { absolute: 1e-6 });
});

test('a logit is that of the last of its five snippets alone, or of fewer at the start', () => {
  expect(receptiveField).toBe(5);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), (length, seed) => {
      const x = features(length, seed);
      const all = online(x);
      const last = Array.from(all, (_, t) => {
        const from = Math.max(0, t + 1 - receptiveField);
        return online(x.subarray(from * dim, (t + 1) * dim)).at(-1)!;
      });
      expectClose(all, last, { absolute: 1e-6 });
    }),
    { numRuns: 20, seed: 1 },
  );
});

test('the fifth snippet back still matters, the sixth does not', () => {
  const x = features(8, 3);
  const changed = (t: number) => {
    const other = x.slice();
    other.fill(9, t * dim, (t + 1) * dim);
    return online(other)[7];
  };
  expect(changed(3)).not.toBe(online(x)[7]);
  expect(changed(2)).toBe(online(x)[7]);
});
