import { parseOptions } from '@robusta/core';
import type { Backbone, BackboneConfig, BackboneOutput, PublishedModel, Weights } from '@robusta/detector';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { forward, nextPrefix } from './forward.js';
import { lossTerms } from './loss.js';
import { fromOfficial, toOfficialLayout } from './official.js';
import { RtfmOptionsSchema } from './options.js';
import { architectureOf, initialise, parametersOf } from './parameters.js';

const ConfigSchema = RtfmOptionsSchema.extend({
  inputDim: z.number().int().positive().max(65536).describe("D, the width of a snippet's features"),
  audioDim: z.number().int().min(0).max(65536).optional().describe('makes no difference to this backbone'),
});

function build(config: BackboneConfig): PublishedModel {
  const { inputDim, audioDim: _, ...options } = parseOptions(ConfigSchema, config, 'rtfm');
  const architecture = architectureOf(inputDim, options);
  return {
    inputDim,
    options,
    batches: { crops: 'together', halves: true, lengths: options.lengths },
    parameters: parametersOf(architecture),
    init: (seed) => initialise(architecture, seed),
    forward: (weights, x, mask, forwardOptions) => forward(options, weights, x, mask, forwardOptions),
    buffers: nextBuffers,
    loss: (output, labels, mask) => lossTerms(options, output, labels, mask).total,
    lossTerms: (output, labels, mask) => lossTerms(options, output, labels, mask),
    fromOfficial: (stateDict) => fromOfficial(architecture, stateDict),
  };
}

function nextBuffers(output: BackboneOutput): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(output)
      .filter(([name]) => name.startsWith(nextPrefix))
      .map(([name, value]) => [name.slice(nextPrefix.length), value]),
  );
}

/**
 * RTFM: Tian et al., "Weakly-supervised Video Anomaly Detection with Robust Temporal Feature Magnitude Learning", ICCV
 * 2021, with the training recipe of its published code as defaults. Options: {@link RtfmOptionsSchema}.
 */
export const rtfm: Backbone<PublishedModel> = {
  name: 'rtfm',
  defaults: {
    // The published 15,000 steps, on the 3,954 training videos of XD-Violence: 64 steps an epoch.
    epochs: 234,
    // Half of them normal.
    batchSize: 64,
    maxLength: 32,
    learningRate: 1e-3,
    weightDecay: 5e-3,
    schedule: 'constant',
    milestones: [],
  },
  official: { steps: 15_000, inputScaling: 'none', backboneOptions: { padding: 'official' } },
  build,
};

/**
 * Weights as a state dict of the published code: its names and PyTorch layouts, without `num_batches_tracked`, which
 * PyTorch can do without.
 */
export function toOfficial(weights: Weights): Weights {
  const [inputDim, branchWidth] = weights['Aggregate.conv_4.0.weight']!.shape as [number, number];
  const [fc1Width, fc2Width] = weights['fc2.weight']!.shape as [number, number];
  return toOfficialLayout(architectureOf(inputDim, { branchWidth, fc1Width, fc2Width }), weights);
}
