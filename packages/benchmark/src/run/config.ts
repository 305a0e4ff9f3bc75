import { parseOptions, RobustaError, SeveritySchema } from '@robusta/core';
import { WeightingOptionsSchema } from '@robusta/gmm-fusion';
import { z } from 'zod';
import { DATASET_KINDS } from '../dataset/places.js';
import { ExtractorsConfigSchema } from '../jobs/extractor-config.js';
import { SeedOption } from '../options.js';
import { expandRows, isRowName } from '../protocol/scenario.js';
import { LEVELS } from '../protocol/select.js';
import { BACKBONES, TRAINING_DEFAULTS, type TrainingDefaults } from './backbones.js';
import { fingerprint } from './fingerprint.js';
import type { ModelOrigin } from './model-folder.js';

/**
 * How a detector is used: trained on both modalities side by side (`concat`), or on each and fused afterwards, by equal
 * (`average`) or dynamic weights. `padding` is `average` without the projection: audio features filled up with zeros.
 */
export const METHODS = ['concat', 'padding', 'average', 'dynamic'] as const;

/** See {@link METHODS}. */
export type Method = (typeof METHODS)[number];

const TrainingSchema = z.strictObject({
  epochs: z.number().int().min(1).max(10_000).optional().describe('passes over the training samples'),
  batchSize: z.number().int().min(1).optional().describe('bags in a step'),
  learningRate: z.number().positive().optional().describe('of Adam, at the start'),
  weightDecay: z.number().min(0).optional().describe('L2 term added to the gradient'),
  schedule: z.enum(['constant', 'cosine', 'multistep']).optional().describe('of the learning rate'),
  maxLength: z.number().int().min(1).max(4096).optional().describe('snippets of a training sequence'),
  backboneOptions: z
    .record(z.string(), z.json())
    .optional()
    .describe('of the backbone, over those that are recommended for it'),
});

/**
 * Checks what the weighting is fitted with. A corruption of the protocol lasts for a whole video, and within clean videos
 * weights that come and go only blur the scores: hence one weight a video.
 */
export const WeightingSchema = WeightingOptionsSchema.pick({
  density: true,
  components: true,
  covarianceType: true,
  regCovar: true,
  pca: true,
  neighbours: true,
  smoothing: true,
  holdout: true,
}).extend({
  level: WeightingOptionsSchema.shape.level.unwrap().default('video'),
  margin: WeightingOptionsSchema.shape.margin.unwrap().default(2),
});

const RowName = z.string().refine(isRowName, {
  error: ({ input }) => `${JSON.stringify(input)} is not a row of the protocol`,
});

/** What a dataset is and where its parts lie. */
const DatasetShape = {
  dataset: z.enum(DATASET_KINDS).describe('what the dataset is; `folder`: videos with a table'),
  root: z.string().min(1).describe('folder of the dataset'),
  lists: z.string().min(1).optional().describe('folder of lists and annotations, if not below the root'),
  csv: z.string().min(1).optional().describe('the table of a `folder`'),
  features: z
    .union([z.string().min(1), z.boolean()])
    .optional()
    .describe('published features of `xd-violence`: their folder, or true for below the root'),
};

/** Checks a {@link BenchmarkConfig}; also the schema of `robusta.json`. */
export const BenchmarkConfigSchema = z.strictObject({
  ...DatasetShape,
  workspace: z.string().min(1).describe('folder for features, models and results'),
  corruptions: z
    .array(RowName)
    .min(1)
    .default(['brightness', 'fog', 'motion-blur', 'white', 'random-dropout', 'reverb'])
    .describe(
      'rows of the table: corruptions, `mixed-visual`, `missing-audio`, pairs as `fog+white`, `fog@missing-audio`; `all`, `table1`, `table2` stand for many',
    ),
  severity: SeveritySchema.default(3).describe('of every corruption'),
  severities: z
    .array(SeveritySchema)
    .default([])
    .describe('at which the rows are measured as well, at the highest level'),
  coupling: z
    .enum(['same', 'independent'])
    .default('same')
    .describe('of pairs: both modalities of the same videos are damaged, or of videos chosen for each'),
  levels: z
    .array(z.number().int().min(0).max(100))
    .min(1)
    .default([...LEVELS])
    .describe('shares of corrupted test videos, percent'),
  methods: z
    .array(z.enum(METHODS))
    .min(1)
    .default(['concat', 'average', 'dynamic'])
    .describe(
      '`concat` (Eq. 1), `average` and `dynamic` (Eq. 2, fused by Eq. 3), `padding` (ablation of Table V)',
    ),
  extractors: ExtractorsConfigSchema.prefault({}).describe('what makes the features of the videos'),
  backbone: z.enum(BACKBONES).default('xdviodet').describe('the network that is trained'),
  backbones: z
    .array(z.enum(BACKBONES))
    .min(1)
    .optional()
    .describe('several networks, one after another, each with results of its own'),
  seeds: z
    .array(SeedOption)
    .min(1)
    .default([0, 1, 2])
    .describe('one repetition each: of the training and of the choice of the corrupted videos'),
  corruptionSeed: SeedOption.default(0).describe('of the random parts of the corruptions'),
  training: TrainingSchema.prefault({}).describe(
    'by default as suits each backbone on some dozens of videos with lite features',
  ),
  weighting: WeightingSchema.prefault({}).describe(
    'of the modalities by clean-data densities, see @robusta/gmm-fusion',
  ),
  resamples: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('of the test videos, by which each method is compared with the first; 0: no comparison'),
  transfer: z
    .array(z.strictObject(DatasetShape))
    .default([])
    .describe('other datasets whose clean test videos the trained models are measured on'),
  engine: z.enum(['onnx', 'wasm', 'cpu']).default('onnx').describe('what runs training and scoring'),
});

/** What a benchmark run is; every field has a default but the first three. */
export type BenchmarkConfig = z.input<typeof BenchmarkConfigSchema>;

/** A {@link BenchmarkConfig} with its defaults filled in, for one backbone. */
export type CheckedConfig = Omit<z.output<typeof BenchmarkConfigSchema>, 'training' | 'backbones'> & {
  training: TrainingDefaults;
};

/**
 * One configuration for each backbone.
 * @throws BAD_OPTION naming every offending field
 */
export function parseConfigs(config: unknown): CheckedConfig[] {
  const { backbones, ...checked } = parseOptions(BenchmarkConfigSchema, config, 'runBenchmark');
  const { training, corruptions, severity, severities, levels, methods, seeds } = checked;
  const { backboneOptions, ...recipe } = training;
  return [...new Set(backbones ?? [checked.backbone])].map((backbone) => {
    const recommended = TRAINING_DEFAULTS[backbone];
    return {
      ...checked,
      backbone,
      training: {
        ...recommended,
        ...withoutGaps(recipe),
        backboneOptions: { ...recommended.backboneOptions, ...backboneOptions },
      },
      corruptions: expandRows(corruptions),
      severities: [...new Set([severity, ...severities])].sort((a, b) => a - b),
      levels: [...new Set(levels)].sort((a, b) => a - b),
      methods: METHODS.filter((method) => methods.includes(method)),
      seeds: [...new Set(seeds)],
    };
  });
}

/** @throws BAD_OPTION, also for several backbones */
export function parseConfig(config: unknown): CheckedConfig {
  const [first, ...others] = parseConfigs(config);
  if (others.length === 0) return first!;
  throw new RobustaError('BAD_OPTION', 'runBenchmark: several backbones give a result each', {
    hint: 'call runBenchmarks',
  });
}

/** Without the fields that are undefined. */
function withoutGaps<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/**
 * The name of a run: the dataset, and a fingerprint of all that its numbers depend on but the files themselves, which may
 * lie anywhere.
 * @param features - what the extractors make; models that they open are known by that
 */
export function runName(config: CheckedConfig, features: ModelOrigin['features']): string {
  const {
    root: _root,
    workspace: _workspace,
    lists: _lists,
    csv: _csv,
    extractors: _files,
    ...rest
  } = config;
  const transfer = rest.transfer.map(({ dataset }) => dataset);
  const published = rest.features !== undefined && rest.features !== false;
  return `${rest.dataset}-${fingerprint({ ...rest, transfer, features: published ? 'published' : features })}`;
}
