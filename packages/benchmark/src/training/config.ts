import { parseOptions, RobustaError } from '@robusta/core';
import { TrainOptionsSchema, VALIDATION_METRICS } from '@robusta/detector';
import { z } from 'zod';
import { BACKBONES, TRAINING_DEFAULTS } from '../run/backbones.js';

const Path = z.string().min(1);

const FoldersSchema = z.strictObject({
  visual: Path.optional().describe('folder of visual features, `<video>__<crop>.npy`'),
  audio: Path.optional().describe('folder of audio features, `<video>__vggish.npy`'),
  list: Path.optional().describe('file that names the videos to take'),
});

const ValidationSchema = FoldersSchema.extend({
  annotations: Path.optional().describe('annotations.txt: frames are compared, not videos'),
  holdout: z.number().gt(0).lt(1).optional().describe('share of the training videos, chosen by the seed'),
  test: z.boolean().default(false).describe('the test videos of the workspace'),
  metric: z.enum(VALIDATION_METRICS).default('averagePrecision').describe('higher is better'),
  everyEpochs: z.number().int().min(1).default(1).describe('epochs from one validation to the next'),
});

/** Checks a {@link TrainingConfig}. */
export const TrainingConfigSchema = TrainOptionsSchema.pick({
  backboneOptions: true,
  epochs: true,
  steps: true,
  batchSize: true,
  dropLast: true,
  learningRate: true,
  weightDecay: true,
  schedule: true,
  milestones: true,
  cosinePeriod: true,
  warmupSteps: true,
  maxLength: true,
  inputScaling: true,
  seed: true,
  select: true,
  patience: true,
  cacheBytes: true,
  engine: true,
  threads: true,
}).extend({
  workspace: Path.optional().describe('workspace of a benchmark run, in place of feature folders'),
  ...FoldersSchema.shape,
  validation: ValidationSchema.optional().describe('what the detector is measured on while it is trained'),
  backbone: z.enum(BACKBONES).default('xdviodet').describe('the network that is trained'),
  fusion: TrainOptionsSchema.shape.fusion.default('shared'),
  preset: z
    .enum(['paper', 'official', 'small'])
    .optional()
    .describe(
      'small: that of the benchmark, for some dozens of videos; the others as in `@robusta/detector`',
    ),
  out: Path.describe('folder for the model, with the checkpoint in it'),
  restart: z.boolean().default(false).describe('begin anew in spite of a checkpoint'),
  checkpointSeconds: z.number().min(0).default(60).describe('time between two checkpoints'),
  log: Path.optional().describe('file of one JSON object for each epoch'),
});

/** What a training run is; see the README for each field. */
export type TrainingConfig = z.input<typeof TrainingConfigSchema>;

/** A {@link TrainingConfig} with its defaults filled in. */
export type CheckedTraining = z.output<typeof TrainingConfigSchema>;

/** @throws BAD_OPTION naming every offending field */
export function parseTraining(config: unknown): CheckedTraining {
  const checked = parseOptions(TrainingConfigSchema, config, 'runTraining');
  const { workspace, visual, audio, list, validation } = checked;
  const folders = visual ?? audio;
  if ((workspace === undefined) === (folders === undefined)) {
    refuse('give a workspace, or folders of visual or audio features');
  }
  if (workspace !== undefined && list !== undefined) refuse('list goes with folders of features');
  if (validation) {
    const { holdout, test, visual: seen, audio: heard } = validation;
    const ways = [holdout !== undefined, test, seen !== undefined || heard !== undefined];
    if (ways.filter(Boolean).length !== 1) {
      refuse('validation: give one of holdout, test, or folders of features');
    }
    if (test && workspace === undefined) refuse('validation.test goes with a workspace');
    if (!ways[2] && (validation.list ?? validation.annotations) !== undefined) {
      refuse('validation: list and annotations go with folders of features');
    }
  }
  return checked;
}

function refuse(problem: string): never {
  throw new RobustaError('BAD_OPTION', `runTraining: ${problem}`);
}

/** The recipe that `trainDetector` is given: of a preset that it does not know, its values. */
export function recipeOf(config: CheckedTraining) {
  const { preset, backbone, backboneOptions, epochs, steps, batchSize, dropLast, learningRate } = config;
  const { weightDecay, schedule, milestones, cosinePeriod, warmupSteps, maxLength, inputScaling, seed } =
    config;
  const given = Object.fromEntries(
    Object.entries({
      epochs,
      steps,
      batchSize,
      dropLast,
      learningRate,
      weightDecay,
      schedule,
      milestones,
      cosinePeriod,
      warmupSteps,
      maxLength,
      inputScaling,
      seed,
    }).filter(([, value]) => value !== undefined),
  );
  if (preset !== 'small') return { ...given, backboneOptions, ...(preset ? { preset } : {}) };
  const small = TRAINING_DEFAULTS[backbone];
  return {
    ...small,
    cosinePeriod: epochs ?? small.epochs,
    ...given,
    backboneOptions: { ...small.backboneOptions, ...backboneOptions },
  };
}
