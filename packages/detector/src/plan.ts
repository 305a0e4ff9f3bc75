import { RobustaError } from '@robusta/core';
import type { BackboneModel, BatchLayout } from './backbone.js';
import { checkTrainingData } from './data.js';
import { type DataFingerprint, fingerprint } from './fingerprint.js';
import { createNetwork, type Network, widthsOf } from './network.js';
import type { ParsedTrainOptions } from './options.js';
import { batchSizeOf, orderOf } from './order.js';
import { backboneOptionsOf, type FullRecipe, recipeOf } from './recipe.js';
import { batchLength, plainLayout, type Sample, type Scalings, samplesOf } from './samples.js';
import { fitScaling } from './scaling.js';

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

function fitScalings({ data, inputClamp }: ParsedTrainOptions): Scalings {
  const scalings: Scalings = {};
  for (const modality of ['visual', 'audio'] as const) {
    const sequences = data.flatMap((video) => video[modality] ?? []);
    if (sequences.length > 0) scalings[modality] = fitScaling(sequences, inputClamp);
  }
  return scalings;
}

/**
 * Checks the data and settles everything that follows from data and options.
 * @throws what `trainDetector` throws before its first step
 */
export async function planTraining(options: ParsedTrainOptions): Promise<TrainingPlan> {
  const { backbone, data, fusion } = options;
  const shape = checkTrainingData(data, fusion);
  const model: BackboneModel = backbone.build({
    ...backboneOptionsOf(options),
    ...widthsOf(fusion, shape),
  });
  const layout = model.batches ?? plainLayout;
  const recipe = recipeOf(options, layout, shape.visual?.crops ?? 1);
  const scalings = recipe.inputScaling === 'none' ? {} : fitScalings(options);
  const samples = samplesOf(data, fusion, shape, layout);
  const batchSize = batchSizeOf(samples, recipe.batchSize, layout);
  const order = (epoch: number) => {
    const all = orderOf(samples, batchSize, layout, recipe.seed, epoch);
    return recipe.dropLast ? all.slice(0, all.length - (all.length % batchSize)) : all;
  };
  const stepsPerEpoch = Math.ceil(order(0).length / batchSize);
  const steps = recipe.steps ?? recipe.epochs * stepsPerEpoch;
  return {
    recipe,
    network: createNetwork(fusion, shape, model),
    scalings,
    fingerprint: fingerprint(data),
    layout,
    samples,
    batchSize,
    length: batchLength(data, recipe.maxLength, layout),
    stepsPerEpoch,
    epochs: Math.ceil(steps / stepsPerEpoch),
    steps,
    order,
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
