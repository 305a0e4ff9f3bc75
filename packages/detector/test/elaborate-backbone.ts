import { createRng, deriveSeed } from '@robusta/core';
import { conv1d, topKMean, withoutGradient } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { Backbone, BackboneOutput, WeightMap } from '../src/index.js';
import { tiny } from './tiny-backbone.js';

const momentum = 0.1;

/** {@link tiny} with all that a backbone may have: a buffer, an online branch, halves of bags with all their crops. */
export const elaborate: Backbone = {
  ...tiny,
  name: 'elaborate',
  official: { epochs: 3, backboneOptions: { dropout: 0 } },
  build(config) {
    const model = tiny.build(config);
    const { inputDim } = model;
    const centred = (weights: WeightMap, x: tf.Tensor, mask: tf.Tensor) =>
      tf.mul(tf.sub(x, weights.running!), tf.expandDims(mask, 2));
    const lossTerms = ({ logits }: BackboneOutput, labels: tf.Tensor, mask: tf.Tensor) => {
      const bags = labels.shape[0]!;
      const [rows, length] = mask.shape as [number, number];
      const byBag = (values: tf.Tensor) => tf.mean(tf.reshape(values, [bags, rows / bags, length]), 1);
      const counted = tf.step(tf.sum(byBag(mask), 1));
      const bag = topKMean(byBag(logits), byBag(mask), tf.fill([bags], 2, 'int32'));
      const entropies = tf.sub(tf.softplus(bag), tf.mul(labels, bag));
      const fit = tf.div(tf.sum(tf.mul(entropies, counted)), tf.maximum(tf.sum(counted), 1)) as tf.Scalar;
      return { total: fit, fit };
    };
    return {
      ...model,
      batches: { crops: 'together', halves: true, lengths: 'sample' },
      parameters: {
        ...model.parameters,
        online: { shape: [3, inputDim, 1], learningRateScale: 1 },
        running: { shape: [inputDim], learningRateScale: 1, buffer: true },
      },
      init(seed) {
        const rng = createRng(deriveSeed(seed, 'online'));
        const online = Float32Array.from({ length: 3 * inputDim }, () => 0.1 * rng.normal());
        return {
          ...model.init(seed),
          online: { shape: [3, inputDim, 1], data: online },
          running: { shape: [inputDim], data: new Float32Array(inputDim) },
        };
      },
      forward(weights, x, mask, options) {
        const [rows, length] = x.shape as [number, number, number];
        const { logits } = model.forward(weights, centred(weights, x, mask), mask, options);
        const online = this.online!.forward(weights, x, mask);
        const next = withoutGradient(() => {
          const counted = tf.reshape(mask, [1, rows * length]) as tf.Tensor2D;
          const sums = tf.matMul(counted, tf.reshape(x, [rows * length, inputDim]) as tf.Tensor2D);
          const batch = tf.div(tf.reshape(sums, [inputDim]), tf.maximum(tf.sum(counted), 1));
          return tf.add(tf.mul(weights.running!, 1 - momentum), tf.mul(batch, momentum));
        });
        return { logits: tf.add(logits, tf.mul(online, 0.1)), next };
      },
      online: {
        receptiveField: 3,
        forward(weights, x, mask) {
          const h = conv1d(centred(weights, x, mask), weights.online!, { padLeft: 2, padRight: 0 });
          return tf.reshape(h, x.shape.slice(0, 2) as [number, number]);
        },
      },
      buffers: ({ next }) => ({ running: next! }),
      loss: (output, labels, mask) => lossTerms(output, labels, mask).total,
      lossTerms,
    };
  },
};
