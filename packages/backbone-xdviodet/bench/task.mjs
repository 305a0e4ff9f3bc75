import { toOfficial, xdviodet } from '@robusta/backbone-xdviodet';
import { createRng } from '@robusta/core';
import { toTensors } from '@robusta/detector';
import { benchArray, cropsOf, scoringTask, THREADS, trainingTask } from '@robusta/test-kit/bench';
import * as tf from '@tensorflow/tfjs';

/** Batch and length of the published training. */
export const published = { batch: 128, length: 200, dim: 1152 };
const learningRate = 1e-4;

/** Bags of full length with normal features, and every other bag positive. */
function batchOf({ batch, length, dim }) {
  const rng = createRng(1);
  return {
    features: benchArray([batch, length, dim], () => rng.normal()),
    mask: benchArray([batch, length], () => 1),
    labels: { shape: [batch], data: Float32Array.from({ length: batch }, (_, i) => i % 2) },
  };
}

const build = (dim, options = {}) => xdviodet.build({ inputDim: dim, ...options });

export const nameOf = ({ batch, length, dim }) => `${batch} bags x ${length} snippets x ${dim}`;

/** What compileStep is to compile for one size, and the batch that it trains on. */
export const training = (size, { dropout = 0.6 } = {}) =>
  trainingTask(build(size.dim, { dropout }), batchOf(size), { optimizer: 'adam', learningRate });

/** The first bags of the batch as the crops of one video. */
export function scoring() {
  const video = { ...published, crops: 5 };
  const features = cropsOf(batchOf(published).features, video);
  return scoringTask(build(published.dim), video, features, { tf, toTensors });
}

/** The same weights and batch for PyTorch, which takes the first bags for the crops of the video. */
export function peer(size) {
  const weights = build(size.dim).init(1);
  return {
    script: new URL('peers/xdviodet_step.py', import.meta.url),
    arrays: { ...batchOf(size), ...toOfficial(weights) },
    task: { threads: THREADS, dropout: 0.6, learningRate },
  };
}
