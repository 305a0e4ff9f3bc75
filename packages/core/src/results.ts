import { z } from 'zod';
import { SeveritySchema } from './contracts.js';

const Ratio = z.number().min(0).max(1);
const Row = z.string().describe('name of a corruption or of another row of the protocol, as `mixed-audio`');
const Percent = z.number().int().min(0).max(100).describe('share of corrupted test videos, percent');
const Seed = z.number().int().min(0).describe('training seed');
const Damaged = z.enum(['visual', 'audio', 'both']).describe('what is damaged');

/** One cell of a benchmark table: a method under a corruption of a share of the test videos. */
export const BenchmarkRecordSchema = z.strictObject({
  method: z.string().describe('`concat`, `padding`, `average` or `dynamic`'),
  corruption: Row,
  modality: Damaged,
  severity: SeveritySchema.describe('of every corruption of the row'),
  level: Percent,
  seed: Seed,
  ap: Ratio.describe('step-wise average precision over the pooled frames'),
  prAuc: Ratio.describe('trapezoidal area under the precision-recall curve'),
  rocAuc: Ratio.describe('area under the ROC curve'),
  corruptedVideos: z.number().int().min(0),
});

/** One cell of a benchmark table; see {@link BenchmarkRecordSchema} for each field. */
export type BenchmarkRecord = z.output<typeof BenchmarkRecordSchema>;

const Spread = z
  .strictObject({ mean: z.number(), q05: z.number(), q50: z.number(), q95: z.number() })
  .describe('over snippets');

/** Checks a {@link Comparison}. */
export const ComparisonSchema = z.strictObject({
  a: z.string().describe('a method'),
  b: z.string().describe('the method it is compared with'),
  corruption: Row,
  level: Percent,
  seed: Seed,
  difference: z.number().describe('AP of a minus AP of b'),
  low: z.number().describe('lower end of the 95 % interval of the difference'),
  high: z.number().describe('upper end'),
  pValue: Ratio.describe('two-sided'),
  samples: z.number().int().min(1).describe('of the paired bootstrap over videos'),
});

/** Whether two methods differ by more than chance; see {@link ComparisonSchema} for each field. */
export type Comparison = z.output<typeof ComparisonSchema>;

/** Checks a {@link WeightRecord}. */
export const WeightRecordSchema = z.strictObject({
  corruption: Row,
  modality: z.enum(['visual', 'audio']).describe('whose weight it is'),
  seed: Seed,
  clean: Spread,
  corrupted: Spread,
});

/** Weights (Eq. 5, normalized) of a modality before and after a corruption of all test videos. */
export type WeightRecord = z.output<typeof WeightRecordSchema>;

/** Checks a {@link DetectionRecord}. */
export const DetectionRecordSchema = z.strictObject({
  corruption: Row,
  modality: z.enum(['visual', 'audio']).describe('the modality that is corrupted, and judged'),
  severity: SeveritySchema,
  seed: Seed,
  snippetRocAuc: Ratio.describe('area under the ROC curve over snippets, clean ones against corrupted ones'),
  videoRocAuc: Ratio.describe('the same over videos, each with its mean probability'),
});

/** How well a corruption is told from clean test data by the weighting, which knows clean training data alone. */
export type DetectionRecord = z.output<typeof DetectionRecordSchema>;

/** Checks a {@link ScoreCurve}. */
export const ScoreCurveSchema = z.strictObject({
  video: z.string(),
  corruption: Row,
  method: z.string(),
  seed: Seed,
  frames: z.number().int().min(1).describe('of the video, 24 a second'),
  intervals: z.array(z.tuple([z.number(), z.number()])).describe('anomalous frames `[start, end)`'),
  clean: z.array(Ratio).describe('`[T]`, one score a snippet of 16 frames'),
  corrupted: z.array(Ratio).describe('`[T]`'),
});

/** Scores of one video over time, clean and corrupted (figure 5 of the paper). */
export type ScoreCurve = z.output<typeof ScoreCurveSchema>;

/** Checks a {@link TransferRecord}. */
export const TransferRecordSchema = z.strictObject({
  dataset: z.string(),
  testVideos: z.number().int().min(1),
  method: z.string(),
  seed: Seed,
  ap: Ratio,
  rocAuc: Ratio,
});

/** A method trained on the dataset of the run and measured on another one (Table IV of the paper). */
export type TransferRecord = z.output<typeof TransferRecordSchema>;

/** Checks what `results/<run>.costs.json` holds. */
export const CostsSchema = z.array(
  z.strictObject({
    stage: z.string(),
    seconds: z.number().min(0),
    items: z.number().int().min(0).describe('jobs, samples or videos that the stage went through'),
  }),
);

/** What each stage of a run took; not part of a result, which is the same on every machine. */
export type Costs = z.output<typeof CostsSchema>;

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
  comparisons: z.array(ComparisonSchema).optional(),
  weights: z.array(WeightRecordSchema).optional(),
  detection: z.array(DetectionRecordSchema).optional(),
  curves: z.array(ScoreCurveSchema).optional(),
  transfer: z.array(TransferRecordSchema).optional(),
});

/** A finished benchmark; see {@link BenchmarkResultSchema} for each field. */
export type BenchmarkResult = z.output<typeof BenchmarkResultSchema>;
