import { rtfm, toOfficial } from '@robusta/backbone-rtfm';
import { createRng } from '@robusta/core';
import { toTensors } from '@robusta/detector';
import { benchArray, scoringTask, THREADS } from '@robusta/test-kit/bench';
import * as tf from '@tensorflow/tfjs';

/** A video of five crops that is scored. */
const video = { crops: 5, length: 200, dim: 2048 };

const { learningRate, weightDecay } = rtfm.defaults;

/** Features as those of a network that ends in a ReLU. */
function featuresOf(...shape) {
  const rng = createRng(1);
  return benchArray(shape, () => Math.abs(rng.normal()));
}

const labelsOf = (bags) => Float32Array.from({ length: bags }, (_, i) => (i < bags / 2 ? 0 : 1));

export const nameOf = ({ bags, crops, length, dim }) => `${bags} bags x ${crops} crops x ${length} x ${dim}`;

/** What compileStep is to compile for one size, and the batch that it trains on: as many normal bags as anomalous. */
export function training({ bags, crops, length, dim }, { dropout = 0.7 } = {}) {
  const model = rtfm.build({ inputDim: dim, dropout });
  const initial = model.init(1);
  const parts = (buffer) =>
    Object.fromEntries(
      Object.entries(initial).filter(([name]) => Boolean(model.parameters[name].buffer) === buffer),
    );
  const spec = (...shape) => ({ shape, dtype: 'float32' });
  const loss = (weights, [x, mask, labels], { seed, buffers }) => {
    const output = model.forward({ ...weights, ...buffers }, x, mask, { training: true, seed });
    return { loss: model.loss(output, labels, mask), buffers: model.buffers(output) };
  };
  const rows = bags * crops;
  return {
    definition: {
      loss,
      params: parts(false),
      buffers: parts(true),
      inputs: [spec(rows, length, dim), spec(rows, length), spec(bags)],
      optimizer: { name: 'adam', weightDecay },
    },
    inputs: [featuresOf(rows, length, dim).data, new Float32Array(rows * length).fill(1), labelsOf(bags)],
    learningRate,
  };
}

/** A video of five crops, scored as the detector does. */
export function scoring() {
  const { crops, length, dim } = video;
  const model = rtfm.build({ inputDim: dim });
  return scoringTask(model, video, featuresOf(length, crops, dim).data, { tf, toTensors });
}

/** The same weights, batch and video for PyTorch. */
export function peer({ bags, crops, length, dim }) {
  return {
    script: new URL('peers/rtfm_step.py', import.meta.url),
    arrays: {
      features: featuresOf(bags * crops, length, dim),
      labels: { shape: [bags], data: labelsOf(bags) },
      video: featuresOf(video.length, video.crops, video.dim),
      ...toOfficial(rtfm.build({ inputDim: dim }).init(1)),
    },
    task: { threads: THREADS, dropout: 0.7, learningRate, weightDecay },
  };
}
