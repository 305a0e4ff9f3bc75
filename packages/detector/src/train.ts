import { parseOptions, throwIfAborted } from '@robusta/core';
import type { TrainingStep } from '@robusta/tfjs-onnx';
import { BatchQueue } from './batch-queue.js';
import { CheckpointFile } from './checkpoint.js';
import { Detector } from './detector.js';
import { initialWeights } from './network.js';
import { engineOf, type ParsedTrainOptions, type TrainOptions, TrainOptionsSchema } from './options.js';
import { checkTogether, planTraining, type TrainingPlan } from './plan.js';
import { createTrainer } from './step.js';
import { TrainingRun } from './training-run.js';
import { checkValidation, Validator } from './validation.js';

/**
 * Trains a detector on clean videos with one label a video (weak supervision, Eq. 1 and 2 of the paper).
 *
 * `concat` joins visual and audio features of each snippet; zero rows (after scaling, so the mean) stand for a
 * modality that a video lacks. `shared` trains one network on each modality alone: a sample is one modality of one
 * video, audio led through a linear projection to the visual width that is trained with it; `padding` has zeros in
 * place of the projection. The same seed gives the same weights, byte by byte, on one engine and machine, also
 * where the training was interrupted and went on from a checkpoint.
 * @throws BAD_OPTION; EMPTY_INPUT, NO_POSITIVE, NO_NEGATIVE, MISSING_MODALITY, FEATURE_MISMATCH, LENGTH_MISMATCH,
 *   NON_FINITE, NON_BINARY_LABEL, BAD_INPUT naming the video; NON_FINITE when the loss is no number any more (a
 *   checkpoint is then the last good one); BAD_MODEL for a checkpoint that is damaged or of another training;
 *   FILE_UNWRITABLE, DISK_FULL; ENGINE_UNAVAILABLE; ABORTED, after a checkpoint was written
 */
export async function trainDetector(trainOptions: TrainOptions): Promise<Detector> {
  const options = parseOptions(TrainOptionsSchema, trainOptions, 'trainDetector');
  const { backbone, validation, signal, inputClamp } = options;
  throwIfAborted(signal);
  checkTogether(options);
  const plan = await planTraining(options);
  const { recipe, network, scalings, batchSize, length } = plan;
  if (validation) await checkValidation(validation.videos, network, signal);
  const engine = engineOf(options);
  const checkpoint =
    options.checkpoint &&
    new CheckpointFile(options.checkpoint.directory, identityOf(options, plan), network.parameters);
  const saved = options.checkpoint?.resume ? await checkpoint?.read() : undefined;

  const batches = new BatchQueue(plan, options);
  let trainer: TrainingStep | undefined;
  let validator: Validator | undefined;
  try {
    // The first batch is made while the step is compiled.
    batches.prepare(saved?.progress.step ?? 0);
    trainer = await createTrainer(
      network,
      initialWeights(network, recipe.seed),
      { batchSize, length, weightDecay: recipe.weightDecay },
      engine,
    );
    validator = validation && new Validator(network, scalings, validation, engine);
    if (saved) checkpoint?.restore(trainer, saved);
    const run = new TrainingRun(plan, options, batches, trainer, validator, checkpoint, saved);
    const { weights, steps, selected } = await run.finish();
    return new Detector({
      backbone,
      network,
      weights,
      scalings,
      inputClamp,
      engine,
      training: {
        ...recipeFields(options, plan),
        engine: options.engine,
        samples: plan.samples.length,
        data: plan.fingerprint,
        stepsTaken: steps,
        ...(validation
          ? { validation: { metric: validation.metric, videos: validation.videos.length } }
          : {}),
        ...(selected ? { selected } : {}),
      },
    });
  } finally {
    await batches.dispose();
    trainer?.dispose();
    validator?.dispose();
  }
}

function recipeFields(
  { preset, inputClamp, milestoneFactor, warmupSteps, select, patience }: ParsedTrainOptions,
  { recipe }: TrainingPlan,
) {
  return {
    ...(preset ? { preset } : {}),
    ...recipe,
    milestones: [...recipe.milestones],
    milestoneFactor,
    warmupSteps,
    inputClamp,
    select,
    ...(patience === undefined ? {} : { patience }),
  };
}

/** What a checkpoint must agree with; how often it is written or measured is not part of it unless it decides the end. */
function identityOf(options: ParsedTrainOptions, plan: TrainingPlan) {
  const { backbone, fusion, engine, validation } = options;
  const { shape, model } = plan.network;
  const identity = {
    backbone: { name: backbone.name, options: model.options },
    fusion,
    features: shape,
    ...recipeFields(options, plan),
    engine,
    data: plan.fingerprint.sha256,
    ...(validation
      ? {
          validation: {
            metric: validation.metric,
            everyEpochs: validation.everyEpochs,
            videos: validation.videos.map(({ id }) => id),
          },
        }
      : {}),
  };
  return JSON.parse(JSON.stringify(identity));
}
