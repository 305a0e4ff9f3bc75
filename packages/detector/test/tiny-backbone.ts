import { createRng, deriveSeed, parseOptions } from '@robusta/core';
import { conv1d, dropout, topKMean } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Backbone } from '../src/index.js';

const Config = z.strictObject({
  inputDim: z.number().int().positive(),
  audioDim: z.number().int().optional(),
  width: z.number().int().positive().default(8),
  dropout: z.number().min(0).lt(1).default(0.2),
});

/** The smallest honest backbone: a hidden layer, a convolution over time, the mean of the two largest logits. */
export const tiny: Backbone = {
  name: 'tiny',
  defaults: {
    epochs: 40,
    batchSize: 8,
    learningRate: 0.02,
    weightDecay: 0,
    schedule: 'constant',
    milestones: [20],
  },
  build(config) {
    const { inputDim, audioDim: _, ...options } = parseOptions(Config, config, 'tiny');
    const { width } = options;
    const shapes = { hidden: [inputDim, width], 'hidden.bias': [width], conv: [3, width, 1] };
    const lossTerms = ({ logits }: { logits: tf.Tensor }, labels: tf.Tensor, mask: tf.Tensor) => {
      const counted = tf.step(tf.sum(mask, 1));
      const bag = topKMean(logits, mask, tf.fill([labels.shape[0]!], 2, 'int32'));
      const entropy = tf.sub(tf.softplus(bag), tf.mul(labels, bag));
      const fit = tf.div(tf.sum(tf.mul(entropy, counted)), tf.sum(counted)) as tf.Scalar;
      return { total: fit, fit };
    };
    return {
      inputDim,
      options,
      parameters: Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [
          name,
          { shape, learningRateScale: name === 'conv' ? 0.5 : 1 },
        ]),
      ),
      init(seed) {
        const rng = createRng(deriveSeed(seed, 'tiny'));
        return Object.fromEntries(
          Object.entries(shapes).map(([name, shape]) => {
            const size = shape.reduce((product, length) => product * length, 1);
            return [name, { shape, data: Float32Array.from({ length: size }, () => rng.normal() * 0.3) }];
          }),
        );
      },
      forward(weights, x, mask, { training, seed }) {
        const [batch, length] = x.shape as [number, number, number];
        const flat = tf.matMul(tf.reshape(x, [-1, inputDim]), weights.hidden as tf.Tensor2D);
        let h: tf.Tensor = tf.relu(tf.add(tf.reshape(flat, [batch, length, width]), weights['hidden.bias']!));
        if (training) h = dropout(h, options.dropout, seed!, 0);
        h = tf.mul(h, tf.expandDims(mask, 2));
        return { logits: tf.reshape(conv1d(h, weights.conv!, { padLeft: 1, padRight: 1 }), [batch, length]) };
      },
      loss: (output, labels, mask) => lossTerms(output, labels, mask).total,
      lossTerms,
    };
  },
};
