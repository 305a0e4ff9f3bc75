import { hypervd } from '@robusta/backbone-hypervd';
import { createRng } from '@robusta/core';
import { toTensors } from '@robusta/detector';
import * as tf from '@tensorflow/tfjs';

/** Threads of both sides of every comparison. */
export const THREADS = 2;

/** Columns of the input that are audio. */
const AUDIO = 128;

/**
 * Bags of full length with normal features, and every other bag positive. Small ones: far from the origin rounding
 * decides which snippets are similar, and no two implementations agree.
 */
function batchOf({ batch, length, dim }) {
  const rng = createRng(1);
  const pool = Float32Array.from({ length: 1 << 16 }, () => 0.1 * rng.normal());
  const features = new Float32Array(batch * length * dim);
  for (let i = 0; i < features.length; i++) features[i] = pool[(i * 31 + (i >> 16) * 977) & 65535];
  const labels = Float32Array.from({ length: batch }, (_, i) => i % 2);
  return { features, mask: new Float32Array(batch * length).fill(1), labels };
}

/** What compileStep is to compile for one size, and the batch that it trains on. */
export function taskOf({ batch, length, dim }, { dropout = 0.6 } = {}) {
  const model = hypervd.build({ inputDim: dim, audioDim: AUDIO, dropout });
  const initial = model.init(1);
  const params = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape, learningRateScale }]) => [
      name,
      { shape, data: initial[name].data, learningRateScale },
    ]),
  );
  const spec = (...shape) => ({ shape, dtype: 'float32' });
  const loss = (weights, [x, mask, labels], { seed }) =>
    model.loss(model.forward(weights, x, mask, { training: true, seed }), labels, mask);
  const { features, mask, labels } = batchOf({ batch, length, dim });
  return {
    definition: {
      loss,
      params,
      inputs: [spec(batch, length, dim), spec(batch, length), spec(batch)],
      optimizer: 'adam',
    },
    inputs: [features, mask, labels],
    initial,
  };
}

/** Scores of the first five bags, as of one video in five crops, their mean: a function of features and mask. */
export function scoringOf({ batch, length, dim }) {
  const model = hypervd.build({ inputDim: dim, audioDim: AUDIO });
  const weights = model.init(1);
  const crops = 5;
  const fn = ([x, mask]) => [
    tf.mean(tf.sigmoid(model.forward(toTensors(weights), x, mask, { training: false }).logits), 0),
  ];
  const specs = [
    { shape: [crops, length, dim], dtype: 'float32' },
    { shape: [crops, length], dtype: 'float32' },
  ];
  const { features, mask } = batchOf({ batch, length, dim });
  return { fn, specs, inputs: [features.slice(0, crops * length * dim), mask.slice(0, crops * length)] };
}

export const nameOf = ({ batch, length, dim }) => `${batch} bags x ${length} snippets x ${dim}`;

/** Median of the milliseconds of `count` calls, after some that are not counted. */
export async function medianOf(count, warmUp, call) {
  const times = [];
  for (let i = 0; i < warmUp + count; i++) {
    const start = performance.now();
    await call();
    if (i >= warmUp) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[count >> 1];
}
