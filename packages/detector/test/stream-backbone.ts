import { conv1d } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { Backbone } from '../src/index.js';
import { tiny } from './tiny-backbone.js';

/** How often networks have been run, by whatever engine: a compiled one is run only while it is compiled. */
export const passes = { count: 0 };

/** Every score depends on every snippet that it is scored with, so that no mistake about a window stays hidden. */
export const wide: Backbone = {
  ...tiny,
  name: 'wide',
  build(config) {
    const model = tiny.build(config);
    return {
      ...model,
      forward(weights, x, mask, options) {
        passes.count++;
        const output = model.forward(weights, x, mask, options);
        const valid = tf.mul(output.logits, mask);
        const mean = tf.div(tf.sum(valid, 1, true), tf.maximum(tf.sum(mask, 1, true), 1));
        return { ...output, logits: tf.add(output.logits, mean) };
      },
    };
  },
};

/** With a branch that sees a snippet and the two before it. */
export const causal: Backbone = {
  ...wide,
  name: 'causal',
  build(config) {
    const model = wide.build(config);
    return {
      ...model,
      online: {
        receptiveField: 3,
        forward(weights, x, mask) {
          passes.count++;
          const [batch, length, dim] = x.shape as [number, number, number];
          const rows = tf.matMul(tf.reshape(x, [-1, dim]), weights.hidden as tf.Tensor2D);
          const hidden = tf.relu(tf.add(tf.reshape(rows, [batch, length, -1]), weights['hidden.bias']!));
          const h = tf.mul(hidden, tf.expandDims(mask, 2));
          return tf.reshape(conv1d(h, weights.conv!, { padLeft: 2, padRight: 0 }), [batch, length]);
        },
      },
    };
  },
};

/** Of which one graph cannot serve all lengths: it takes in numbers made in JavaScript, as many as there are snippets. */
export const positioned: Backbone = {
  ...wide,
  name: 'positioned',
  build(config) {
    const model = wide.build(config);
    return {
      ...model,
      forward(weights, x, mask, options) {
        const length = x.shape[1]!;
        const positions = Float32Array.from({ length }, (_, t) => Math.sin(t));
        const rows = tf.mul(tf.tensor(positions, [1, length, 1]), tf.expandDims(mask, 2));
        return model.forward(weights, tf.add(x, rows), mask, options);
      },
    };
  },
};
