import { type CompileOptions, ENGINES, EXECUTION_PROVIDERS } from '@robusta/tfjs-onnx';
import { z } from 'zod';
import type { Backbone } from './backbone.js';
import { FUSIONS, type TrainingVideo } from './data.js';

/** What {@link TrainOptions.onEpoch} is told after each pass over the training samples. */
export interface EpochReport {
  /** Number of finished epochs, from 1. */
  epoch: number;
  epochs: number;
  /** Mean training loss of the epoch. */
  loss: number;
  /** The parts of the loss under the names that the backbone gives them, means of the epoch. */
  terms: Record<string, number>;
  /** Wall-clock time of a step. */
  secondsPerStep: number;
}

const isFunction = (value: unknown) => typeof value === 'function';
const hasMethod = (value: unknown, name: string) =>
  isFunction((value as Record<string, unknown> | null)?.[name]);

/** Options of `trainDetector`. Those without a default take the value that the backbone recommends. */
export const TrainOptionsSchema = z.strictObject({
  backbone: z
    .custom<Backbone>((value) => hasMethod(value, 'build'), 'expected a backbone, such as xdviodet')
    .describe('the network, of an adapter package'),
  backboneOptions: z.record(z.string(), z.unknown()).default({}).describe('options of the backbone'),
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
    .default('standardize')
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
  batchSize: z.number().int().min(1).optional().describe('samples a step'),
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
  warmupSteps: z.number().int().min(0).default(0).describe('first steps over which the rate rises linearly'),
  seed: z.number().int().min(0).max(4294967295).default(0).describe('of initialisation, order and dropout'),
  engine: z.enum(ENGINES).default('onnx').describe('what computes, for training and scoring'),
  executionProviders: z
    .union([z.literal('auto'), z.array(z.enum(EXECUTION_PROVIDERS))])
    .optional()
    .describe('of ONNX Runtime, in order of preference'),
  threads: z.number().int().min(1).optional().describe('of ONNX Runtime'),
  onEpoch: z.custom<(report: EpochReport) => void>(isFunction, 'expected a function').optional(),
  signal: z
    .custom<AbortSignal>((value) => hasMethod(value, 'throwIfAborted'), 'expected an AbortSignal')
    .optional()
    .describe('stops between two steps'),
});

/** See {@link TrainOptionsSchema} for each field. */
export type TrainOptions = z.input<typeof TrainOptionsSchema>;

/** The engine part of options, as `compile` takes it. */
export function engineOf({
  engine,
  executionProviders,
  threads,
}: z.output<typeof TrainOptionsSchema>): CompileOptions {
  return {
    engine,
    ...(executionProviders ? { executionProviders } : {}),
    ...(threads ? { threads } : {}),
  };
}
