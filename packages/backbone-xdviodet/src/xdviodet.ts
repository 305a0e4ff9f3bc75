import { parseOptions } from '@robusta/core';
import type { Backbone, BackboneConfig, PublishedModel, Weights } from '@robusta/detector';
import { z } from 'zod';
import { forward, online } from './forward.js';
import { lossTerms } from './loss.js';
import { fromOfficial, toOfficialLayout } from './official.js';
import { XdviodetOptionsSchema } from './options.js';
import { initialise, layersOf, parametersOf } from './parameters.js';

const ConfigSchema = XdviodetOptionsSchema.extend({
  inputDim: z.number().int().positive().max(65536).describe("D, the width of a snippet's features"),
  audioDim: z.number().int().min(0).max(65536).optional().describe('makes no difference to this backbone'),
});

function build(config: BackboneConfig): PublishedModel {
  const { inputDim, audioDim: _, ...options } = parseOptions(ConfigSchema, config, 'xdviodet');
  const layers = layersOf(inputDim);
  return {
    inputDim,
    options,
    parameters: parametersOf(layers),
    init: (seed) => initialise(layers, seed),
    forward: (weights, x, mask, forwardOptions) => forward(options, weights, x, mask, forwardOptions),
    online,
    loss: (output, labels, mask) => lossTerms(options, output, labels, mask).total,
    lossTerms: (output, labels, mask) => lossTerms(options, output, labels, mask),
    fromOfficial: (stateDict) => fromOfficial(layers, stateDict),
  };
}

/**
 * XDVioDet (HL-Net): Wu et al., "Not only Look, but also Listen", ECCV 2020, with the training recipe of its
 * published code as defaults. Options: {@link XdviodetOptionsSchema}.
 */
export const xdviodet: Backbone<PublishedModel> = {
  name: 'xdviodet',
  defaults: {
    epochs: 50,
    batchSize: 128,
    learningRate: 1e-4,
    weightDecay: 0,
    schedule: 'multistep',
    // The scheduler is stepped before the first epoch, so that milestone 10 acts after nine full epochs.
    milestones: [9],
  },
  official: { inputScaling: 'none', backboneOptions: { padding: 'official', clampLogs: true } },
  build,
};

/**
 * Weights as a state dict of the published code: its names and PyTorch layouts, without the entries that its
 * forward pass never reads.
 */
export function toOfficial(weights: Weights): Weights {
  return toOfficialLayout(layersOf(weights['conv1d1.weight']!.shape[0]!), weights);
}
