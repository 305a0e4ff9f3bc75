import { RobustaError } from '@robusta/core';
import type { BackboneModel, BatchLayout } from './backbone.js';
import type { DataFingerprint } from './fingerprint.js';
import { createNetwork, type Network, widthsOf } from './network.js';
import type { ParsedTrainOptions } from './options.js';
import { batchesPerEpoch, batchSizeOf, orderOf } from './order.js';
import { backboneOptionsOf, type FullRecipe, recipeOf } from './recipe.js';
import { batchLength, plainLayout, type Sample, samplesOf } from './samples.js';
import type { Scalings } from './scaling.js';
import { survey } from './survey.js';

/** Everything that is settled about a training before its first step. */
export interface TrainingPlan {
  recipe: FullRecipe;
  network: Network;
  scalings: Scalings;
  fingerprint: DataFingerprint;
  layout: BatchLayout;
  samples: readonly Sample[];
  /** Bags of a batch. */
  batchSize: number;
  /** Snippets of a batch. */
  length: number;
  stepsPerEpoch: number;
  epochs: number;
  steps: number;
  /** Samples of an epoch in the order of its batches; an incomplete last batch is there only if it is used. */
  order(epoch: number): Sample[];
}

/**
 * Checks the data and settles everything that follows from data and options.
 * @throws what `trainDetector` throws before its first step
 */
export async function planTraining(options: ParsedTrainOptions): Promise<TrainingPlan> {
  const { backbone, data, fusion } = options;
  const { shape, scalings, fingerprint } = await survey(data, fusion, options);
  const model: BackboneModel = backbone.build({
    ...backboneOptionsOf(options),
    ...widthsOf(fusion, shape),
  });
  const layout = model.batches ?? plainLayout;
  const recipe = recipeOf(options, layout, shape.visual?.crops ?? 1);
  const samples = samplesOf(data, fusion, shape, layout);
  const batchSize = batchSizeOf(samples, recipe.batchSize, layout);
  const stepsPerEpoch = batchesPerEpoch(samples, batchSize, layout, recipe.dropLast);
  const steps = recipe.steps ?? recipe.epochs * stepsPerEpoch;
  return {
    recipe,
    network: createNetwork(fusion, shape, model),
    scalings: recipe.inputScaling === 'none' ? {} : scalings,
    fingerprint,
    layout,
    samples,
    batchSize,
    length: batchLength(data, recipe.maxLength, layout),
    stepsPerEpoch,
    epochs: Math.ceil(steps / stepsPerEpoch),
    steps,
    order: (epoch) => orderOf(samples, batchSize, layout, recipe.seed, epoch, recipe.dropLast),
  };
}

/** @throws BAD_OPTION for options that only make sense together */
export function checkTogether({ select, patience, validation }: ParsedTrainOptions): void {
  if (validation) return;
  const alone = select === 'best' ? 'select "best"' : patience === undefined ? undefined : 'patience';
  if (!alone) return;
  throw new RobustaError('BAD_OPTION', `trainDetector: ${alone} needs validation`, {
    hint: 'give validation: { videos }, or leave it out',
  });
}
