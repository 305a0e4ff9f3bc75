import { parseOptions, SeveritySchema } from '@robusta/core';
import { WeightingOptionsSchema } from '@robusta/gmm-fusion';
import { z } from 'zod';
import { SeedOption } from '../options.js';
import { CorruptionNameSchema } from '../protocol/condition.js';
import { LEVELS } from '../protocol/select.js';
import { BACKBONES, TRAINING_DEFAULTS, type TrainingDefaults } from './backbones.js';
import { fingerprint } from './fingerprint.js';

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

/** Checks a {@link BenchmarkConfig}; also the schema of `robusta.json`. */
export const BenchmarkConfigSchema = z.strictObject({
  dataset: z
    .enum(['xd-violence', 'synthetic'])
    .describe('name of the dataset in tables; both are laid out alike'),
  root: z.string().min(1).describe('folder of the dataset'),
  workspace: z.string().min(1).describe('folder for features, models and results'),
  corruptions: z
    .array(CorruptionNameSchema)
    .min(1)
    .default(['brightness', 'fog', 'motion-blur', 'white', 'random-dropout', 'reverb'])
    .describe('rows of the table'),
  severity: SeveritySchema.default(3).describe('of every corruption'),
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
  backbone: z.enum(BACKBONES).default('xdviodet').describe('the network that is trained'),
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
  engine: z.enum(['onnx', 'wasm', 'cpu']).default('onnx').describe('what runs training and scoring'),
});

/** What a benchmark run is; every field has a default but the first three. */
export type BenchmarkConfig = z.input<typeof BenchmarkConfigSchema>;

/** A {@link BenchmarkConfig} with its defaults filled in. */
export type CheckedConfig = Omit<z.output<typeof BenchmarkConfigSchema>, 'training'> & {
  training: TrainingDefaults;
};

/** @throws BAD_OPTION naming every offending field */
export function parseConfig(config: unknown): CheckedConfig {
  const checked = parseOptions(BenchmarkConfigSchema, config, 'runBenchmark');
  const recommended = TRAINING_DEFAULTS[checked.backbone];
  const { backboneOptions, ...training } = checked.training;
  return {
    ...checked,
    training: {
      ...recommended,
      ...withoutGaps(training),
      backboneOptions: { ...recommended.backboneOptions, ...backboneOptions },
    },
    corruptions: [...new Set(checked.corruptions)],
    levels: [...new Set(checked.levels)].sort((a, b) => a - b),
    methods: METHODS.filter((method) => checked.methods.includes(method)),
    seeds: [...new Set(checked.seeds)],
  };
}

/** Without the fields that are undefined. */
function withoutGaps<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The name of a run: the dataset, and a fingerprint of all that its numbers depend on. */
export function runName({ root: _root, workspace: _workspace, ...identity }: CheckedConfig): string {
  return `${identity.dataset}-${fingerprint(identity)}`;
}
