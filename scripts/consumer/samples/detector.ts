import { type Backbone, type BackboneOutput, trainDetector } from '@robusta/detector';
import { toyVideos } from '@robusta/detector/testing';
import * as tf from '@tensorflow/tfjs';

/** Multiple-instance loss: the highest logit of a video is the video's. */
function bagLoss({ logits }: BackboneOutput, labels: tf.Tensor, mask: tf.Tensor): tf.Scalar {
  const bag = tf.max(tf.add(logits, tf.mul(tf.sub(mask, 1), 100)), 1);
  return tf.mean(tf.sub(tf.softplus(bag), tf.mul(labels, bag)));
}

const linear: Backbone = {
  name: 'linear',
  defaults: {
    epochs: 60,
    batchSize: 16,
    learningRate: 0.05,
    weightDecay: 0,
    schedule: 'cosine',
    milestones: [],
  },
  build: ({ inputDim }) => ({
    inputDim,
    options: {},
    parameters: { w: { shape: [inputDim, 1], learningRateScale: 1 } },
    init: () => ({ w: { shape: [inputDim, 1], data: new Float32Array(inputDim) } }),
    forward: ({ w }, x, mask) => ({
      logits: tf.reshape(tf.matMul(tf.reshape(x, [-1, inputDim]), w! as tf.Tensor2D), mask.shape),
    }),
    loss: bagLoss,
    lossTerms: (output, labels, mask) => ({ total: bagLoss(output, labels, mask) }),
  }),
};

export async function run() {
  const data = toyVideos(12);
  const detector = await trainDetector({ backbone: linear, data, fusion: 'shared', seed: 1 });
  const { visual } = await detector.score({ visual: data[1]!.visual });
  detector.dispose();
  return { higherInside: Math.min(...visual!.subarray(4, 7)) > Math.max(...visual!.subarray(0, 4)) };
}

export const expected = { higherInside: true };
