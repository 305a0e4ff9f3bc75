import { type CompileOptions, ENGINES, EXECUTION_PROVIDERS } from '@robusta/tfjs-onnx';
import { z } from 'zod';
import type { Backbone } from './backbone.js';
import { FUSIONS, type TrainingVideo, type ValidationVideo } from './data.js';

/** What {@link TrainOptions.onStep} is told after each step. */
export interface StepReport {
  /** Number of the epoch, from 1. */
  epoch: number;
  epochs: number;
  /** Number of the step, from 1, over all epochs. */
  step: number;
  steps: number;
  loss: number;
  learningRate: number;
  /** Of this run, validation left out. */
  stepsPerSecond: number;
  /** At this speed, validation left out; 0 for the last step. */
  secondsLeft: number;
}

/** What {@link TrainOptions.onEpoch} is told after each pass over the training samples. */
export interface EpochReport {
  /** Number of finished epochs, from 1. */
  epoch: number;
  epochs: number;
  /** Number of steps taken, over all epochs. */
  step: number;
  steps: number;
  /** Mean training loss of the epoch. */
  loss: number;
  /** The parts of the loss under the names that the backbone gives them, means of the epoch. */
  terms: Record<string, number>;
  /** Of the last step. */
  learningRate: number;
  /** Wall-clock time of a step. */
  secondsPerStep: number;
  /** Share of that time in which a step waited for its batch, in [0, 1]. */
  waiting: number;
  /** The metric of `validation`, where this epoch was measured. */
  validation?: number;
  /** Its highest value so far, and the epoch that had it. */
  best?: { value: number; epoch: number };
}

const isFunction = (value: unknown) => typeof value === 'function';
const hasMethod = (value: unknown, name: string) =>
  isFunction((value as Record<string, unknown> | null)?.[name]);

/** Metrics that validation can use, of `@robusta/metrics`. */
export const VALIDATION_METRICS = ['averagePrecision', 'prAuc', 'rocAuc'] as const;

const ValidationSchema = z.strictObject({
  videos: z.custom<readonly ValidationVideo[]>(
    (value) => Array.isArray(value) && value.length > 0,
    'expected an array of videos',
  ),
  metric: z.enum(VALIDATION_METRICS).default('averagePrecision').describe('higher is better'),
  everyEpochs: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('epochs from one validation to the next; the last always'),
});

const CheckpointSchema = z.strictObject({
  directory: z.string().min(1).describe('folder for checkpoint.safetensors, made where it is absent'),
  everySeconds: z.number().min(0).default(60).describe('time between two writings'),
  resume: z.boolean().default(true).describe('go on from what is there; false: begin anew and write over it'),
});

/** Options of `trainDetector`. Those without a default take the value that the backbone recommends. */
export const TrainOptionsSchema = z.strictObject({
  backbone: z
    .custom<Backbone>((value) => hasMethod(value, 'build'), 'expected a backbone, such as xdviodet')
    .describe('the network, of an adapter package'),
  backboneOptions: z.record(z.string(), z.unknown()).default({}).describe('options of the backbone'),
  preset: z
    .enum(['paper', 'official'])
    .optional()
    .describe(
      'paper: 50 epochs, batch 640, Adam 1e-5 with decay 1e-5, cosine; official: all as in the published code of the backbone; without it the defaults of the backbone',
    ),
  data: z
    .custom<readonly TrainingVideo[]>(Array.isArray, 'expected an array of training videos')
    .describe('clean training videos with their labels and features'),
  fusion: z
    .enum(FUSIONS)
    .describe(
      'concat: one sequence of joined features (Eq. 1); shared: each modality is a sample of its own, audio projected to the visual width (Eq. 2); padding: likewise, zeros in place of the projection',
    ),
  inputScaling: z
    .enum(['standardize', 'none'])
    .optional()
    .describe('standardize: each feature to mean 0 and deviation 1 over the training data'),
  inputClamp: z
    .number()
    .positive()
    .default(10)
    .describe('standardized features are clamped to this many deviations on either side'),
  maxLength: z
    .number()
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'snippets; longer training sequences are sampled evenly, or averaged where the backbone says so',
    ),
  epochs: z.number().int().min(1).optional().describe('passes over the training samples'),
  steps: z.number().int().min(1).optional().describe('ends the training after so many, instead of epochs'),
  batchSize: z.number().int().min(1).optional().describe('samples a step'),
  dropLast: z.boolean().optional().describe('leave out the last batch of an epoch where it is incomplete'),
  learningRate: z.number().positive().optional().describe('of Adam, before schedule and parameter scales'),
  weightDecay: z.number().min(0).optional().describe('L2 term added to the gradient'),
  schedule: z
    .enum(['constant', 'cosine', 'multistep'])
    .optional()
    .describe('course of the rate over the epochs'),
  milestones: z
    .array(z.number().int().min(1))
    .optional()
    .describe('epochs, counted from 0, at whose start a multistep rate falls'),
  milestoneFactor: z.number().positive().max(1).default(0.1).describe('factor of the rate at a milestone'),
  cosinePeriod: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('epochs over which a cosine rate falls to 0; default all'),
  warmupSteps: z.number().int().min(0).default(0).describe('first steps over which the rate rises linearly'),
  seed: z.number().int().min(0).max(4294967295).optional().describe('of initialisation, order and dropout'),
  validation: ValidationSchema.optional().describe(
    'videos that the detector is measured on while it is trained',
  ),
  select: z
    .enum(['last', 'best'])
    .default('last')
    .describe('best: the weights of the epoch with the highest validation metric'),
  patience: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('stop after so many validations in a row without a new best'),
  checkpoint: CheckpointSchema.optional().describe('keeps the state of the training on disk'),
  cacheBytes: z
    .number()
    .int()
    .min(0)
    .default(2 ** 30)
    .describe('memory for features that are stored on disk'),
  engine: z.enum(ENGINES).default('onnx').describe('what computes, for training and scoring'),
  executionProviders: z
    .union([z.literal('auto'), z.array(z.enum(EXECUTION_PROVIDERS))])
    .optional()
    .describe('of ONNX Runtime, in order of preference'),
  threads: z.number().int().min(1).optional().describe('of ONNX Runtime'),
  onData: z
    .custom<(progress: { done: number; total: number }) => void>(isFunction, 'expected a function')
    .optional()
    .describe('called while the training videos are looked through, before the first step'),
  onStep: z.custom<(report: StepReport) => void>(isFunction, 'expected a function').optional(),
  onEpoch: z.custom<(report: EpochReport) => void>(isFunction, 'expected a function').optional(),
  signal: z
    .custom<AbortSignal>((value) => hasMethod(value, 'throwIfAborted'), 'expected an AbortSignal')
    .optional()
    .describe('stops between two steps'),
});

/** See {@link TrainOptionsSchema} for each field. */
export type TrainOptions = z.input<typeof TrainOptionsSchema>;

/** {@link TrainOptions} as checked. */
export type ParsedTrainOptions = z.output<typeof TrainOptionsSchema>;

/** The engine part of options, as `compile` takes it. */
export function engineOf({ engine, executionProviders, threads }: ParsedTrainOptions): CompileOptions {
  return {
    engine,
    ...(executionProviders ? { executionProviders } : {}),
    ...(threads ? { threads } : {}),
  };
}
