import { type Severity, SeveritySchema } from '@robusta/core';
import { z } from 'zod';
import { type ExtractorsConfig, ExtractorsConfigSchema } from '../jobs/extractor-config.js';
import type { JobRunner } from '../jobs/runner.js';
import { callbackOption, SeedOption, SignalOption } from '../options.js';
import { type CorruptionName, CorruptionNameSchema } from '../protocol/condition.js';
import type { StageProgress } from '../run/stage.js';

const Parameter = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const runnerFields = {
  workers: z
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('jobs at a time; default: the processor cores'),
  runner: z
    .custom<JobRunner>(
      (value) => typeof (value as JobRunner | undefined)?.run === 'function',
      'expected a JobRunner',
    )
    .optional(),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: StageProgress) => void>().optional(),
};

/** Checks {@link BuildOptions}. */
export const BuildOptionsSchema = z
  .strictObject({
    out: z.string().min(1).describe('folder to write; a workspace of a benchmark will do'),
    corruptions: z
      .array(CorruptionNameSchema)
      .min(1)
      .default([...CorruptionNameSchema.options])
      .describe('what is done to the test videos'),
    severities: z.array(SeveritySchema).min(1).default([3]).describe('of every corruption, 1 to 5'),
    seed: SeedOption.default(0).describe('of the random parts; each video and corruption has one of its own'),
    parameters: z
      .partialRecord(CorruptionNameSchema, z.record(z.string(), Parameter))
      .default({})
      .describe('options of single corruptions, such as their mode, in place of the defaults'),
    features: z.boolean().default(true).describe('write features'),
    media: z.boolean().default(false).describe('write corrupted copies of the videos'),
    train: z.boolean().default(false).describe('clean features of the training videos, too'),
    extractors: ExtractorsConfigSchema.prefault({}).describe('which features; default: lite'),
    crf: z.number().min(0).max(51).default(12).describe('of corrupted pictures in media, 0 (best) to 51'),
    ...runnerFields,
  })
  .refine(({ features, media }) => features || media, {
    path: ['features'],
    error: 'neither features nor media: there is nothing to build',
  });

/** Options of `buildCorruptedDataset`; see {@link BuildOptionsSchema}. */
export interface BuildOptions {
  out: string;
  corruptions?: CorruptionName[];
  severities?: Severity[];
  seed?: number;
  parameters?: Partial<Record<CorruptionName, Record<string, string | number | boolean | null>>>;
  features?: boolean;
  media?: boolean;
  train?: boolean;
  extractors?: ExtractorsConfig;
  crf?: number;
  /** Jobs at a time. Default: the processor cores. */
  workers?: number;
  /** What does the jobs, e.g. {@link createQueueRunner}. Default: threads of this process. */
  runner?: JobRunner;
  /** Stops at the next safe point; the same call later goes on from there. */
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
}

/** {@link BuildOptions} with their defaults filled in. */
export type CheckedBuild = z.output<typeof BuildOptionsSchema>;
