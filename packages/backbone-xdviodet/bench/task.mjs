import { toOfficial, xdviodet } from '@robusta/backbone-xdviodet';
import { createRng } from '@robusta/core';
import { toTensors } from '@robusta/detector';
import { benchArray, THREADS } from '@robusta/test-kit/bench';
import * as tf from '@tensorflow/tfjs';

/** Batch and length of the published training. */
export const published = { batch: 128, length: 200, dim: 1152 };
const learningRate = 1e-4;
const crops = 5;

/** Bags of full length with normal features, and every other bag positive. */
function batchOf({ batch, length, dim }) {
  const rng = createRng(1);
  return {
    features: benchArray([batch, length, dim], () => rng.normal()),
    mask: benchArray([batch, length], () => 1),
    labels: { shape: [batch], data: Float32Array.from({ length: batch }, (_, i) => i % 2) },
  };
}

export const nameOf = ({ batch, length, dim }) => `${batch} bags x ${length} snippets x ${dim}`;

/** What compileStep is to compile for one size, and the batch that it trains on. */
export function training(size, { dropout = 0.6 } = {}) {
  const model = xdviodet.build({ inputDim: size.dim, dropout });
  const initial = model.init(1);
  const params = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape, learningRateScale }]) => [
      name,
      { shape, data: initial[name].data, learningRateScale },
    ]),
  );
  const loss = (weights, [x, mask, labels], { seed }) =>
    model.loss(model.forward(weights, x, mask, { training: true, seed }), labels, mask);
  const { features, mask, labels } = batchOf(size);
  const batch = [features, mask, labels];
  return {
    definition: {
      loss,
      params,
      inputs: batch.map(({ shape }) => ({ shape, dtype: 'float32' })),
      optimizer: 'adam',
    },
    inputs: batch.map(({ data }) => data),
    learningRate,
  };
}

/** As the detector scores a video: weights inside, any length, the mean of the crops. */
export function scoring() {
  const { length, dim } = published;
  const model = xdviodet.build({ inputDim: dim });
  const weights = model.init(1);
  const fn = ([raw]) => {
    const x = tf.transpose(raw, [1, 0, 2]);
    const mask = tf.ones([crops, raw.shape[0]]);
    return [tf.mean(tf.sigmoid(model.forward(toTensors(weights), x, mask, { training: false }).logits), 0)];
  };
  const { data } = batchOf(published).features;
  const raw = new Float32Array(length * crops * dim);
  for (let crop = 0; crop < crops; crop++) {
    for (let t = 0; t < length; t++) {
      const from = (crop * length + t) * dim;
      raw.set(data.subarray(from, from + dim), (t * crops + crop) * dim);
    }
  }
  return {
    name: `scores of ${length} snippets, ${crops} crops x ${dim}`,
    fn,
    specs: [{ shape: ['T', crops, dim], dtype: 'float32' }],
    inputs: [raw],
  };
}

/** The same weights and batch for PyTorch, which takes the first bags for the crops of the video. */
export function peer(size) {
  const weights = xdviodet.build({ inputDim: size.dim }).init(1);
  return {
    script: new URL('peers/xdviodet_step.py', import.meta.url),
    arrays: { ...batchOf(size), ...toOfficial(weights) },
    task: { threads: THREADS, dropout: 0.6, learningRate },
  };
}
