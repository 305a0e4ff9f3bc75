import { createRng, deriveSeed, parseOptions, RobustaError } from '@robusta/core';
import {
  type Backbone,
  type BackboneOutput,
  crossEntropy,
  meanOverBags,
  pointwise,
  type Weights,
} from '@robusta/detector';
import { conv1d, dropout, topKMean } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

const Config = z.strictObject({
  inputDim: z.number().int().positive(),
  audioDim: z.number().int().min(0).optional().describe('makes no difference to this backbone'),
  width: z.number().int().positive().default(32).describe('of the hidden layer'),
  window: z.number().int().positive().default(3).describe('snippets that a hidden unit sees, an odd number'),
  dropout: z.number().min(0).lt(1).default(0.3).describe('share of hidden units dropped in training'),
  topK: z.number().int().positive().default(2).describe('snippets that stand for a bag'),
});

/** Two layers over a window of snippets; the mean of the k largest logits of a bag is held against its label. */
export const temporalMlp: Backbone = {
  name: 'temporal-mlp',
  defaults: { epochs: 40, batchSize: 16, learningRate: 0.01, weightDecay: 0, schedule: 'constant' },

  build(config) {
    const { inputDim, audioDim: _, ...options } = parseOptions(Config, config, 'temporal-mlp');
    const { width, window } = options;
    const shapes = {
      hidden: [window, inputDim, width],
      'hidden.bias': [width],
      score: [width, 1],
      'score.bias': [1],
    };

    const lossTerms = ({ logits }: BackboneOutput, labels: tf.Tensor, mask: tf.Tensor) => {
      const bags = topKMean(logits, mask, tf.fill([labels.shape[0]!], options.topK, 'int32'));
      // Bags without snippets fill up a batch and do not count.
      return { total: meanOverBags(crossEntropy(bags, labels), mask) };
    };

    return {
      inputDim,
      options,
      parameters: Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, { shape, learningRateScale: 1 }]),
      ),

      init(seed) {
        const weights: Weights = {};
        for (const [name, shape] of Object.entries(shapes)) {
          const rng = createRng(deriveSeed(seed, name));
          const fanIn = name === 'hidden' ? window * inputDim : width;
          const limit = name.endsWith('bias') ? 0 : Math.sqrt(3 / fanIn);
          const size = shape.reduce((product, length) => product * length, 1);
          const data = Float32Array.from({ length: size }, () => (2 * rng.uniform() - 1) * limit);
          weights[name] = { shape, data };
        }
        return weights;
      },

      // Padding is 0, and no bias comes before the layer over time: a second such layer would need the mask.
      forward(weights, x, _mask, { training, seed }) {
        const [batch, length] = x.shape as [number, number, number];
        const side = Math.floor(window / 2);
        const sums = conv1d(x, weights.hidden!, { padLeft: window - 1 - side, padRight: side });
        let h: tf.Tensor = tf.relu(tf.add(sums, weights['hidden.bias']!));
        if (training && options.dropout > 0) {
          if (!seed)
            throw new RobustaError('BAD_OPTION', 'temporal-mlp: a training pass needs a seed tensor');
          h = dropout(h, options.dropout, seed, 0);
        }
        const scores = tf.add(pointwise(h, weights.score!), weights['score.bias']!);
        return { logits: tf.reshape(scores, [batch, length]) };
      },

      loss: (output, labels, mask) => lossTerms(output, labels, mask).total,
      lossTerms,
    };
  },
};
