import { conv1d } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { Backbone, BackboneConfig, BackboneModel } from '../src/index.js';
import { elaborate } from './elaborate-backbone.js';
import { tiny } from './tiny-backbone.js';

type Change = (model: BackboneModel, config: BackboneConfig) => object;

/** A backbone whose networks are changed. */
const changed = (change: Change, backbone = tiny): Backbone => ({
  ...backbone,
  build(config) {
    const model = backbone.build(config);
    return { ...model, ...change(model, config) };
  },
});

/** Its logits are changed, inside the forward pass. */
const withLogits = (
  change: (logits: tf.Tensor, ...rest: Parameters<BackboneModel['forward']>) => tf.Tensor,
): Backbone =>
  changed((model) => ({
    forward: (...given: Parameters<BackboneModel['forward']>) => {
      const { logits } = model.forward(...given);
      return { logits: change(logits, ...given) };
    },
  }));

/** A loss is made of the output in another way. */
const withLoss = (
  change: (model: BackboneModel, ...given: Parameters<BackboneModel['lossTerms']>) => tf.Tensor,
) =>
  changed((model) => {
    const total = (...given: Parameters<BackboneModel['lossTerms']>) => change(model, ...given) as tf.Scalar;
    return { loss: total, lossTerms: (...given: Parameters<typeof total>) => ({ total: total(...given) }) };
  });

const withParameter = (spec: object, given: object = { shape: [2], data: new Float32Array(2) }) =>
  changed((model) => ({
    parameters: { ...model.parameters, spare: { shape: [2], learningRateScale: 1, ...spec } },
    init: (seed: number) => ({ ...model.init(seed), spare: given }),
  }));

const withOnline = (change: object) =>
  changed(({ online }) => ({ online: { ...online, ...change } }), elaborate);

let count = 0;
const sharedArrays = new Map<number, ReturnType<BackboneModel['init']>>();
const upsideDown = tf.customGrad(((x: tf.Tensor) => {
  return { value: tf.mul(x, 1), gradFunc: (dy: tf.Tensor) => tf.neg(dy) };
}) as Parameters<typeof tf.customGrad>[0]);

const training = (name: string) => `concat: ${name}`;

/** Backbones with one fault each: the check that must find it, and what it says. */
export const faults: [check: string, fault: string, backbone: Backbone, message: RegExp][] = [
  [
    'recipes are complete and in range',
    'no epochs',
    { ...tiny, defaults: { ...tiny.defaults, epochs: 0 } },
    /defaults\.epochs is 0/,
  ],
  [
    'recipes are complete and in range',
    'halves of an odd batch',
    { ...elaborate, defaults: { ...tiny.defaults, batchSize: 7 } },
    /batchSize is 7/,
  ],
  [
    'recipes are complete and in range',
    'a published option that does not exist',
    { ...tiny, official: { backboneOptions: { depth: 2 } } },
    /depth/,
  ],
  [
    'recipes are complete and in range',
    'multistep without steps',
    { ...tiny, defaults: { ...tiny.defaults, schedule: 'multistep', milestones: [] } },
    /no milestones/,
  ],
  [
    'an unknown option is refused',
    'options are not looked at',
    { ...tiny, build: ({ inputDim }) => tiny.build({ inputDim }) },
    /accepts an unknown option/,
  ],
  [
    'an unknown option is refused',
    'an error without a code',
    {
      ...tiny,
      build: () => {
        throw new Error('no such option');
      },
    },
    /throw a RobustaError BAD_OPTION/,
  ],
  [
    'options come back with defaults filled in, as JSON that builds the same network',
    'a Date',
    changed(({ options }) => ({ options: { ...options, made: new Date(0) } })),
    /do not survive JSON/,
  ],
  [
    'options come back with defaults filled in, as JSON that builds the same network',
    'a width among the options',
    changed(({ options, inputDim }) => ({ options: { ...options, inputDim } })),
    /hold inputDim/,
  ],
  [
    'options come back with defaults filled in, as JSON that builds the same network',
    'a default that is not told',
    changed(() => ({ options: { width: 5 } })),
    /build a network with/,
  ],
  [
    'fewer or no audio columns are accepted',
    'audio is left out',
    changed(({ inputDim }, { audioDim = 0 }) => ({ inputDim: inputDim - audioDim })),
    /it counts all columns/,
  ],
  [
    'init gives every parameter, of its shape and finite',
    'one too many',
    changed((model) => ({
      init: (seed: number) => ({ ...model.init(seed), spare: { shape: [], data: new Float32Array(1) } }),
    })),
    /name the same in both/,
  ],
  [
    'init gives every parameter, of its shape and finite',
    'another shape',
    withParameter({}, { shape: [3], data: new Float32Array(3) }),
    /spare shape \[3\]/,
  ],
  [
    'init gives every parameter, of its shape and finite',
    'NaN',
    withParameter({}, { shape: [2], data: Float32Array.of(0, Number.NaN) }),
    /spare: element 1 is NaN/,
  ],
  [
    'init depends on the seed alone, and on it',
    'chance',
    changed((model) => ({ init: () => model.init(count++) })),
    /other values of .* the second time/,
  ],
  [
    'init depends on the seed alone, and on it',
    'the same arrays again',
    changed((model) => ({
      init(seed: number) {
        if (!sharedArrays.has(seed)) sharedArrays.set(seed, model.init(seed));
        return sharedArrays.get(seed)!;
      },
    })),
    /give new arrays/,
  ],
  [
    'init depends on the seed alone, and on it',
    'one seed for all',
    changed((model) => ({ init: () => model.init(0) })),
    /init\(2\) gives the values of init\(1\)/,
  ],
  [
    'an empty state dict is refused, where published weights can be read',
    'fresh weights instead',
    changed((model) => ({ fromOfficial: () => model.init(0) })),
    /fromOfficial\(\{\}\) gives weights/,
  ],
  [
    'logits are [B, T] and finite, from one snippet on',
    'squeezed',
    withLogits((logits) => tf.squeeze(logits)),
    /never squeeze/,
  ],
  [
    'logits are [B, T] and finite, from one snippet on',
    'divided by the other snippets',
    withLogits((logits, _, x) => tf.div(logits, x.shape[1]! - 1)),
    /divisions and roots of 0/,
  ],
  [
    'neither padding nor the other bags of a batch change a score',
    'no mask',
    changed((model) => ({
      forward: (...[weights, x, mask, options]: Parameters<BackboneModel['forward']>) =>
        model.forward(weights, x, tf.onesLike(mask), options),
    })),
    /scores of a sequence of \d+ snippets, padded/,
  ],
  [
    'neither padding nor the other bags of a batch change a score',
    'normalized over the batch',
    withLogits((logits) => tf.sub(logits, tf.mean(logits))),
    /set to 0 with the mask/,
  ],
  [
    'dropout depends on the seed alone, and only in training',
    'in scoring as well',
    changed((model) => ({
      forward: (
        ...[weights, x, mask, { seed = tf.scalar(1, 'int32') }]: Parameters<BackboneModel['forward']>
      ) => model.forward(weights, x, mask, { training: true, seed }),
    })),
    /drop only where training is true/,
  ],
  [
    'dropout depends on the seed alone, and only in training',
    'chance',
    withLogits((logits, _, __, ___, options) => (options.training ? tf.mul(logits, Math.random()) : logits)),
    /two training passes of one seed differ/,
  ],
  [
    'dropout depends on the seed alone, and only in training',
    'one seed for all',
    changed((model) => ({
      forward: (...[weights, x, mask, { training: on }]: Parameters<BackboneModel['forward']>) =>
        model.forward(weights, x, mask, { training: on, seed: tf.scalar(1, 'int32') }),
    })),
    /pass the seed that forward is given on/,
  ],
  [
    'dropout depends on the seed alone, and only in training',
    'none without a seed',
    changed((model) => ({
      forward: (...[weights, x, mask, options]: Parameters<BackboneModel['forward']>) =>
        model.forward(weights, x, mask, options.seed ? options : { training: false }),
    })),
    /throw BAD_OPTION/,
  ],
  [
    'loss is the total of lossTerms, all of them finite numbers',
    'another loss',
    changed((model) => ({
      loss: (...given: Parameters<BackboneModel['loss']>) => tf.mul(model.loss(...given), 2),
    })),
    /make one of the other/,
  ],
  [
    'loss is the total of lossTerms, all of them finite numbers',
    'a logarithm of 0',
    withLoss((model, ...given) => tf.add(model.loss(...given), tf.log(tf.zeros([])))),
    /look for logarithms/,
  ],
  [
    'padding and bags without snippets do not change the loss',
    'a mean over all bags',
    withLoss((model, output, labels, mask) => {
      const counted = tf.step(tf.sum(mask, 1));
      return tf.mul(model.loss(output, labels, mask), tf.mean(counted));
    }),
    /loss with two bags without snippets/,
  ],
  [
    'padding and bags without snippets do not change the loss',
    'a mean over padding',
    withLoss((model, output, labels, mask) => {
      return tf.add(model.loss(output, labels, mask), tf.mean(tf.square(output.logits)));
    }),
    /loss with 5 snippets of padding/,
  ],
  [
    'loss and gradients stay finite where scores are 0 and 1',
    'logarithms of probabilities',
    withLoss((_, { logits }, labels) => {
      const p = tf.sigmoid(tf.max(logits, 1));
      return tf.neg(tf.mean(tf.log(tf.add(tf.mul(labels, p), tf.mul(tf.sub(1, labels), tf.sub(1, p))))));
    }),
    /extreme logits.*softplus/,
  ],
  [
    'gradients are finite for features of any size, bags of one snippet and of none',
    'the norm of nothing',
    withLogits((logits, weights, x) => {
      const [batch, length, dim] = x.shape as [number, number, number];
      const h = tf.matMul(tf.reshape(x, [batch * length, dim]), weights.hidden as tf.Tensor2D);
      return tf.add(logits, tf.reshape(tf.sqrt(tf.sum(tf.square(h), 1)), [batch, length]));
    }),
    /gradient of hidden for features of size 0.*safeNorm/,
  ],
  [
    'gradients are finite for features of any size, bags of one snippet and of none',
    'the norm of features, which a projection comes before',
    withLogits((logits, _, x) => tf.add(logits, tf.norm(x, 2, 2))),
    /gradient of the features for features of size 0/,
  ],
  [
    'every parameter that is trained gets a gradient',
    'a parameter that is not used',
    withParameter({}),
    /no gradient reaches spare/,
  ],
  [
    'a traced training pass gives the loss, gradients and buffers of an eager one',
    'numbers drawn in JavaScript',
    withLogits((logits) => tf.mul(logits, tf.randomUniform(logits.shape, 0.5, 1))),
    /traced.*randomness from the seed/,
  ],
  [
    'buffers are those that are declared, and finite after a pass without snippets',
    'no function',
    withParameter({ buffer: true }),
    /there is no function buffers/,
  ],
  [
    'buffers are those that are declared, and finite after a pass without snippets',
    'under another name',
    changed(() => ({ buffers: ({ logits }: { logits: tf.Tensor }) => ({ hidden: logits }) })),
    /buffers gives hidden; the parameters marked so are none/,
  ],
  [
    'buffers are those that are declared, and finite after a pass without snippets',
    'a mean of nothing',
    changed(
      (model) => ({
        forward(...given: Parameters<BackboneModel['forward']>) {
          const output = model.forward(...given);
          const share = tf.div(tf.sum(given[2]), tf.sum(given[2]));
          return { ...output, next: tf.mul(output.next!, share) };
        },
      }),
      elaborate,
    ),
    /divide by at least 1 snippet/,
  ],
  [
    'the online branch, where there is one, looks back over its receptive field and no further',
    'it sees the next snippet',
    withOnline({
      forward: (weights: Record<string, tf.Tensor>, x: tf.Tensor) =>
        tf.reshape(conv1d(x, weights.online!, { padLeft: 1, padRight: 1 }), [x.shape[0], x.shape[1]!]),
    }),
    /without those after them/,
  ],
  [
    'the online branch, where there is one, looks back over its receptive field and no further',
    'it sees more than it says',
    withOnline({ receptiveField: 2 }),
    /from the 2 snippets of receptiveField alone/,
  ],
  [
    training('training lowers the loss and finds anomalies'),
    'a gradient of the wrong sign',
    withLogits((logits) => upsideDown(logits)),
    /the loss goes from/,
  ],
  [
    training('training lowers the loss and finds anomalies'),
    'labels the wrong way round',
    withLoss((model, output, labels, mask) => model.loss(output, tf.sub(1, labels), mask)),
    /highest joint score of an anomalous video/,
  ],
  [
    training('training lowers the loss and finds anomalies'),
    'one score for all snippets',
    changed((model) => ({
      forward: (...given: Parameters<BackboneModel['forward']>) => {
        const { logits } = model.forward(...given);
        const highest = tf.max(tf.mul(logits, given[2]), 1, true);
        return { logits: tf.mul(highest, tf.onesLike(logits)) };
      },
    })),
    /inside an anomaly/,
  ],
  [
    training('the same training gives the same weights, byte by byte'),
    'something kept between calls',
    changed((model) => ({ init: (seed: number) => model.init(seed + count++) })),
    /is another after the same training/,
  ],
  [
    training('one detector scores any number of snippets'),
    'a decision in JavaScript',
    withLogits((logits, _, x) => (x.shape[1]! % 2 ? tf.mul(logits, 2) : logits)),
    /Detector\.score, \d+ snippets/,
  ],
  [
    training('a saved model scores the same, bit by bit'),
    'something that no file holds',
    changed((model) => {
      const built = count++;
      return {
        forward: (...given: Parameters<BackboneModel['forward']>) => {
          const { logits } = model.forward(...given);
          return { logits: tf.mul(logits, 1 + 0.01 * built) };
        },
      };
    }),
    /gives other joint scores when it is loaded/,
  ],
  [
    training('ONNX Runtime gives the scores of model.onnx, to 1e-5'),
    'another graph each time',
    withLogits((logits) => tf.mul(logits, 1 + 0.1 * count++)),
    /model\.onnx, \d+ snippets/,
  ],
];
