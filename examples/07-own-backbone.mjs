/*
 * Shows: a network of your own, here one linear layer, in the place of a backbone. Training, projection of the sound,
 * scoring, saving and ONNX export come with it. A larger one with all checks: examples/custom-backbone.
 * Prints, for an anomalous video that it has not seen (snippets 4 to 6), the snippets that score above one half:
 *
 *   visual ....###...
 *   audio  ....###...
 *   as ONNX: more than 1 kB: true
 */
import { trainDetector } from '@robusta/detector';
import { toyVideos } from '@robusta/detector/testing';
import { topKMean } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';

// The logit of a video is the mean of its two largest; a bag without snippets only fills up a batch.
function lossTerms({ logits }, labels, mask) {
  const bag = topKMean(logits, mask, tf.fill(labels.shape, 2, 'int32'));
  const counts = tf.step(tf.sum(mask, 1));
  const losses = tf.mul(tf.sub(tf.softplus(bag), tf.mul(labels, bag)), counts);
  return { total: /** @type {tf.Scalar} */ (tf.div(tf.sum(losses), tf.sum(counts))) };
}

const own = (shape) => ({ shape, learningRateScale: 1 });
/** @type {import('@robusta/detector').Backbone} */
const linear = {
  name: 'linear',
  defaults: { epochs: 40, batchSize: 16, learningRate: 0.05, weightDecay: 0, schedule: 'constant' },
  build: ({ inputDim }) => ({
    inputDim,
    options: {},
    parameters: { w: own([inputDim, 1]), b: own([1]) },
    init: () => ({
      w: { shape: [inputDim, 1], data: new Float32Array(inputDim) },
      b: { shape: [1], data: new Float32Array(1) },
    }),
    // Features [B, T, D] to a logit for each snippet, [B, T].
    forward({ w, b }, x, mask) {
      const products = tf.matMul(tf.reshape(x, [-1, inputDim]), /** @type {tf.Tensor2D} */ (w));
      return { logits: tf.add(tf.reshape(products, mask.shape), b) };
    },
    lossTerms,
    loss: (output, labels, mask) => lossTerms(output, labels, mask).total,
  }),
};

const videos = toyVideos(34, { visualDim: 16, audioDim: 8 });
const detector = await trainDetector({
  backbone: linear,
  data: videos.slice(0, 32),
  fusion: 'shared',
  seed: 1,
});
const { visual, audio } = await detector.score(videos[33]);
for (const [modality, scores] of Object.entries({ visual, audio })) {
  console.log(modality.padEnd(6), [...scores].map((score) => (score > 0.5 ? '#' : '.')).join(''));
}
console.log('as ONNX: more than 1 kB:', (await detector.toOnnx()).length > 1000);
detector.dispose();
