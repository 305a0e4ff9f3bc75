import { parseOptions } from '@robusta/core';
import type { Backbone, BackboneConfig, PublishedModel, Weights } from '@robusta/detector';
import { z } from 'zod';
import { forward } from './forward.js';
import { lossTerms } from './loss.js';
import { fromOfficial, toOfficialLayout } from './official.js';
import { HypervdOptionsSchema, resolve } from './options.js';
import { branches, initialise, layerOf, parametersOf, specsOf } from './parameters.js';

const ConfigSchema = HypervdOptionsSchema.extend({
  inputDim: z.number().int().positive().max(65536).describe("D, the width of a snippet's features"),
  audioDim: z
    .number()
    .int()
    .min(0)
    .max(65536)
    .default(0)
    .describe('last columns of the input that pass by the convolutions: the audio of joined features'),
}).refine(({ inputDim, audioDim }) => audioDim < inputDim, {
  path: ['audioDim'],
  message: 'must leave at least one visual column of inputDim',
});

function build(config: BackboneConfig): PublishedModel {
  const { inputDim, audioDim, ...given } = parseOptions(ConfigSchema, config, 'hypervd');
  const options = resolve(given);
  const parameters = parametersOf(inputDim, audioDim);
  return {
    inputDim,
    options,
    parameters: specsOf(parameters),
    init: (seed) => initialise(parameters, seed),
    forward: (weights, x, mask, forwardOptions) =>
      forward({ ...options, audioDim }, weights, x, mask, forwardOptions),
    loss: (output, labels, mask) => lossTerms(options, output, labels, mask).total,
    lossTerms: (output, labels, mask) => lossTerms(options, output, labels, mask),
    fromOfficial: (stateDict) => fromOfficial(parameters, stateDict),
  };
}

/**
 * HyperVD: Peng et al., "Learning Weakly Supervised Audio-Visual Violence Detection in Hyperbolic Space", 2023, with
 * the training recipe of its published code as defaults. Options: {@link HypervdOptionsSchema}.
 */
export const hypervd: Backbone<PublishedModel> = {
  name: 'hypervd',
  defaults: {
    epochs: 50,
    batchSize: 128,
    learningRate: 5e-4,
    weightDecay: 0,
    schedule: 'cosine',
    milestones: [],
    cosinePeriod: 60,
  },
  official: {
    dropLast: true,
    seed: 9,
    inputScaling: 'none',
    backboneOptions: { padding: 'official', clampLogs: true },
  },
  build,
};

/**
 * Weights as a state dict of the published code: its names and PyTorch layouts, without the entries that its
 * forward pass never reads.
 */
export function toOfficial(weights: Weights): Weights {
  const visualDim = weights['conv1d1.weight']!.shape[0]!;
  const points = weights[`${layerOf(branches[0])}.weight.weight`]!.shape[0]!;
  const audioDim = points - 1 - weights['conv1d2.bias']!.shape[0]!;
  return toOfficialLayout(parametersOf(visualDim + audioDim, audioDim), weights);
}
