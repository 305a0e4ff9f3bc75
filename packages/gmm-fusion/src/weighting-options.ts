import { z } from 'zod';
import { CovarianceTypeSchema, SeedSchema, SignalSchema } from './options.js';
import { SmoothingSchema } from './smoothing.js';

const PcaSchema = z.strictObject({
  dimensions: z
    .union([z.number().int().min(1), z.literal('all')])
    .default('all')
    .describe('leading principal directions the mixture sees; at most the width of the features'),
  whiten: z.boolean().default(false).describe('divide each direction by its clean standard deviation'),
  residual: z
    .boolean()
    .default(true)
    .describe('what lies outside these directions counts as an isotropic Gaussian (probabilistic PCA)'),
});

const modelShape = {
  components: z.number().int().min(1).describe('K'),
  covarianceType: CovarianceTypeSchema,
  regCovar: z
    .union([z.number().min(0), z.literal('auto')])
    .describe(
      'ridge on every variance, where 1 is the clean variance of a feature; auto: by cross-validation',
    ),
  pca: PcaSchema.nullable().describe('rotate to principal directions before the mixture; null: do not'),
  tol: z.number().min(0).describe('of EM, nats'),
  maxIter: z.number().int().min(1).describe('of EM'),
  nInit: z.number().int().min(1).describe('of EM'),
  maxRows: z.number().int().min(2).describe('snippets used for the fit, a seeded choice'),
  neighbours: z.number().int().min(1).describe('k of density knn'),
};

const ModalitySchema = z
  .strictObject({
    ...modelShape,
    c: z.number().positive().describe('explicit steepness of Eq. 5, per nat'),
    x0: z.number().describe('explicit shift of Eq. 5: minus the nll of the midpoint, nats'),
  })
  .partial();

/** Checks the options of {@link fitDynamicWeighting}; every field says what it does. */
export const WeightingOptionsSchema = z.strictObject({
  density: z
    .enum(['gmm', 'mahalanobis', 'knn', 'energy', 'none'])
    .default('gmm')
    .describe(
      'what tells clean from corrupted: the likelihood under a Gaussian mixture (Eq. 4); the distance from the mean of ' +
        'one Gaussian; the mean distance to the nearest clean snippets; the energy of the detector; none: equal weights',
    ),
  components: modelShape.components.default(4),
  covarianceType: modelShape.covarianceType.default('diag'),
  regCovar: modelShape.regCovar.default('auto'),
  pca: modelShape.pca.default({ dimensions: 'all', whiten: false, residual: true }),
  tol: modelShape.tol.default(1e-3),
  maxIter: modelShape.maxIter.default(100),
  nInit: modelShape.nInit.default(1),
  maxRows: modelShape.maxRows.default(20_000),
  neighbours: modelShape.neighbours.default(5),
  level: z
    .enum(['snippet', 'video'])
    .default('snippet')
    .describe('video: one weight a video, from the mean nll of its snippets'),
  smoothing: SmoothingSchema.nullable()
    .default(null)
    .describe('mean of neighbouring snippets before Eq. 5; without effect on level video'),
  holdout: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.25)
    .describe(
      'share of the clean videos that is left out of a fit at a time to calibrate c and x0, at most half',
    ),
  margin: z
    .number()
    .positive()
    .default(1)
    .describe(
      'stretches the way from the clean median, where λ is 0.475, to the midpoint, where it is 0.25; above 1 ' +
        'where new clean recordings are less like the training ones than those are like each other',
    ),
  seed: SeedSchema.default(0),
  visual: ModalitySchema.optional().describe('what differs for the visual modality'),
  audio: ModalitySchema.optional().describe('what differs for the audio modality'),
  signal: SignalSchema.optional(),
});

/** Options of {@link fitDynamicWeighting}; see {@link WeightingOptionsSchema}. */
export type WeightingOptions = z.input<typeof WeightingOptionsSchema>;

/** Options of the density of one modality, defaults filled in. */
export type DensityOptions = Required<z.output<z.ZodObject<typeof modelShape>>>;

/** {@link WeightingOptions}, defaults filled in. */
export type CheckedWeightingOptions = z.output<typeof WeightingOptionsSchema>;

/** What can tell clean from corrupted. */
export type DensityKind = CheckedWeightingOptions['density'];
