import { z } from 'zod';
import { engineFields } from './engine-options.js';

/** A list of numbers, or a nested list of them in the shape that is asked for. */
export type Numbers = ArrayLike<number> | readonly Numbers[];

/** Where EM starts; what is left out comes from k-means++. */
export interface MixtureStart {
  /** `[K]`, each in [0, 1], sum 1. */
  weights?: Numbers;
  /** `[K, d]`. */
  means?: Numbers;
  /** Inverse covariances: full `[K, d, d]`, tied `[d, d]`, diag `[K, d]`, spherical `[K]`. */
  precisions?: Numbers;
}

/** How far a fit has come. */
export interface FitProgress {
  /** From 0, below `nInit`. */
  start: number;
  /** EM steps of this start. */
  iteration: number;
  /** Mean log-likelihood at this step, nats. */
  lowerBound: number;
}

/** Checks an AbortSignal, also of another realm. */
export const SignalSchema = z.custom<AbortSignal>(
  (value) => typeof (value as AbortSignal | undefined)?.aborted === 'boolean',
  'must be an AbortSignal',
);

export const CovarianceTypeSchema = z.enum(['full', 'tied', 'diag', 'spherical']);
export const SeedSchema = z.number().int().min(0).max(0xffffffff);

/** Checks the options of {@link fitGaussianMixture}; every field says what it does. */
export const MixtureOptionsSchema = z.strictObject({
  components: z.number().int().min(1).default(1).describe('K, the number of Gaussians'),
  covarianceType: CovarianceTypeSchema.default('full'),
  regCovar: z.number().min(0).default(1e-6).describe('added to every variance, squared units of the data'),
  tol: z
    .number()
    .min(0)
    .default(1e-3)
    .describe('EM stops when the lower bound changes by less, nats; 0: never'),
  maxIter: z.number().int().min(1).default(100).describe('EM steps at most'),
  nInit: z.number().int().min(1).default(1).describe('starts; the one with the highest lower bound is kept'),
  seed: SeedSchema.default(0),
  init: z
    .union(
      [
        z.enum(['kmeans++', 'random']),
        z.custom<MixtureStart>((value) => typeof value === 'object' && value !== null),
      ],
      "must be 'kmeans++', 'random' or an object",
    )
    .default('kmeans++')
    .describe('k-means clusters; random rows with the covariance of all; or an explicit start'),
  onProgress: z
    .custom<(progress: FitProgress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional()
    .describe('called after each E step'),
  ...engineFields,
  signal: SignalSchema.optional(),
});

/** Options of {@link fitGaussianMixture}; see {@link MixtureOptionsSchema}. */
export type MixtureOptions = z.input<typeof MixtureOptionsSchema>;
