import type { Engine } from '@robusta/tfjs-onnx';
import type { BackboneModel } from '../backbone.js';
import { createNetwork } from '../network.js';
import { createTrainer, trainedWeights } from '../step.js';
import type { Weights } from '../weights.js';
import type { PassBatch } from './run-pass.js';

/** How {@link trainOnBatch} changes the weights. */
export interface BatchTraining {
  steps: number;
  learningRate: number;
  /** Default 0. */
  weightDecay?: number;
  /** Of dropout, the same in each step; default 0. */
  seed?: number;
  /** Default `onnx`. */
  engine?: Engine;
}

/**
 * Takes the training steps of `trainDetector` on one batch, over and over.
 * @param weights - where it starts
 * @returns the losses before each step, and the weights after each
 */
export async function trainOnBatch(
  model: BackboneModel,
  weights: Weights,
  batch: PassBatch & { labels: Float32Array },
  { steps, learningRate, weightDecay = 0, seed = 0, engine = 'onnx' }: BatchTraining,
): Promise<{ losses: number[]; weights: Weights[] }> {
  const { rows, length, labels } = batch;
  const shape = { visual: { dim: model.inputDim, crops: rows / labels.length } };
  const network = createNetwork('concat', shape, model);
  const prefixed = Object.entries(weights).map(([name, array]) => [`backbone.${name}`, array] as const);
  const sizes = { batchSize: labels.length, length, weightDecay };
  const trainer = await createTrainer(network, Object.fromEntries(prefixed), sizes, { engine });
  try {
    const losses: number[] = [];
    const after: Weights[] = [];
    for (let step = 0; step < steps; step++) {
      const { loss } = await trainer.run([labels, batch.mask, batch.x], { learningRate, seed });
      losses.push(loss);
      const own = Object.entries(trainedWeights(network, trainer));
      after.push(Object.fromEntries(own.map(([name, array]) => [name.slice('backbone.'.length), array])));
    }
    return { losses, weights: after };
  } finally {
    trainer.dispose();
  }
}
