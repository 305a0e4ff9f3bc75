import { z } from 'zod';

const Ratio = z.number().min(0).max(1);

/** One cell of a benchmark table: a method under a corruption of a share of the test videos. */
export const BenchmarkRecordSchema = z.strictObject({
  method: z.string().describe('`concat`, `average` or `dynamic`'),
  corruption: z.string().describe('name of the corruption'),
  modality: z.enum(['visual', 'audio']).describe('the modality that is corrupted'),
  level: z.number().int().min(0).max(100).describe('share of corrupted test videos, percent'),
  seed: z.number().int().min(0).describe('training seed'),
  ap: Ratio.describe('step-wise average precision over the pooled frames'),
  prAuc: Ratio.describe('trapezoidal area under the precision-recall curve'),
  rocAuc: Ratio.describe('area under the ROC curve'),
  corruptedVideos: z.number().int().min(0),
});

/** One cell of a benchmark table; see {@link BenchmarkRecordSchema} for each field. */
export type BenchmarkRecord = z.output<typeof BenchmarkRecordSchema>;

/** What `results/<run>.json` holds: every number with the configuration that gives it again. */
export const BenchmarkResultSchema = z.strictObject({
  format: z.literal('robusta-result'),
  version: z.literal(1),
  run: z.string().describe('name of the run, derived from the configuration'),
  dataset: z.strictObject({
    name: z.string(),
    trainVideos: z.number().int(),
    testVideos: z.number().int(),
    testFrames: z.number().int(),
    anomalousFrames: z.number().int(),
    sha256: z.string().describe('of the data files that took part'),
  }),
  configuration: z.record(z.string(), z.unknown()).describe('the checked configuration, defaults filled in'),
  software: z.record(z.string(), z.string()).describe('package name to version'),
  skipped: z
    .array(z.strictObject({ video: z.string(), code: z.string(), message: z.string() }))
    .describe('videos that could not be used'),
  records: z.array(BenchmarkRecordSchema),
});

/** A finished benchmark; see {@link BenchmarkResultSchema} for each field. */
export type BenchmarkResult = z.output<typeof BenchmarkResultSchema>;
