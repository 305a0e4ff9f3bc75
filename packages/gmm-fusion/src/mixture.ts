import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { createPlainEngine } from './engine.js';
import { type DensityModel, normalizePosteriors } from './log-density.js';
import { SeedSchema } from './options.js';
import {
  type CovarianceType,
  countParameters,
  covarianceLength,
  type MixtureParameters,
} from './parameters.js';
import { precisionsCholeskyOf, precisionsOf } from './precisions.js';
import { checkMatrix, firstNonFinite, type RowMatrix } from './row-matrix.js';
import { drawSample, type MixtureSample } from './sampling.js';
import { type ScoringOptions, ScoringOptionsSchema, scoreWithEngine } from './scoring.js';
import { type Whitening, whiteningOfCovariances } from './whitening.js';

/**
 * Means as distances from an origin near the data. Far from 0 a double has too few digits for a mean: at 10⁴ the
 * last one is worth 2e-12, which shows in the scores of a feature that hardly varies.
 */
export interface MeanFrame {
  /** `[d]`. */
  origin: Float64Array;
  /** `[K, d]`, minus the origin. */
  means: Float64Array;
}

/** Of the geometric mean of the two variances: rounding stays far below, a wrong matrix does not. */
const SYMMETRY_TOLERANCE = 1e-6;
const SampleSchema = z.strictObject({ rows: z.number().int().min(0), seed: SeedSchema });

/** A Gaussian mixture: its parameters, and what follows from them. */
export class GaussianMixture implements MixtureParameters {
  readonly covarianceType: CovarianceType;
  /** K. */
  readonly components: number;
  /** d, features of a row. */
  readonly dim: number;
  /** `[K]`, sum 1. */
  readonly weights: Float64Array;
  /** `[K, d]`. */
  readonly means: Float64Array;
  /** full `[K, d, d]`, tied `[d, d]`, diag `[K, d]`, spherical `[K]`. */
  readonly covariances: Float64Array;
  readonly #whitening: Whitening;
  readonly #frame: MeanFrame;
  #precisions: Float64Array | undefined;
  #precisionsCholesky: Float64Array | undefined;

  /**
   * A mixture of known parameters; {@link fitGaussianMixture} estimates them from data.
   * @param frame - the means with more digits than `means` can hold, where they are known
   * @throws BAD_MODEL for shapes that do not fit, weights that are not a distribution, a covariance that is not
   * positive definite, or a frame of other means
   */
  constructor(parameters: MixtureParameters, frame?: MeanFrame) {
    checkParameters(parameters);
    const { covarianceType, components, dim, weights, means, covariances } = parameters;
    this.covarianceType = covarianceType;
    this.components = components;
    this.dim = dim;
    this.weights = weights;
    this.means = means;
    this.covariances = covariances;
    if (frame) checkFrame(frame, parameters);
    this.#frame = frame ?? { origin: new Float64Array(dim), means };
    try {
      const floor = new Float64Array(dim);
      this.#whitening = whiteningOfCovariances(covarianceType, covariances, components, dim, floor);
    } catch (cause) {
      if (!(cause instanceof RobustaError)) throw cause;
      throw new RobustaError('BAD_MODEL', `Gaussian mixture: ${cause.message}`, { cause });
    }
  }

  /** Inverse covariances, in the shape of {@link covariances}; computed when first asked for. */
  get precisions(): Float64Array {
    this.#precisions ??= precisionsOf(this.#whitening, this.dim);
    return this.#precisions;
  }

  /**
   * Triangular square roots of the precisions as scikit-learn keeps them: upper-triangular U with U·Uᵀ = Σ⁻¹ for
   * full and tied, 1/σ for diag and spherical; in the shape of {@link covariances}.
   */
  get precisionsCholesky(): Float64Array {
    this.#precisionsCholesky ??= precisionsCholeskyOf(this.#whitening, this.dim);
    return this.#precisionsCholesky;
  }

  /** The means as distances from an origin near the data of the fit; from 0 where none is known. */
  get frame(): MeanFrame {
    return this.#frame;
  }

  /** Free parameters, for {@link bic} and {@link aic}. */
  get parameterCount(): number {
    return countParameters(this.covarianceType, this.components, this.dim);
  }

  /** The mixture as plain data. */
  get parameters(): MixtureParameters {
    const { covarianceType, components, dim, weights, means, covariances } = this;
    return { covarianceType, components, dim, weights, means, covariances };
  }

  /**
   * Log-likelihood of each row, log Σ_k π_k·N(x | μ_k, Σ_k) (minus Eq. 4 of the paper), in nats.
   * @param data - `[n, d]`
   * @returns `[n]`; finite for every finite input, -1.8e308 at the least
   * @throws FEATURE_MISMATCH for another width, BAD_INPUT, NON_FINITE
   */
  scoreSamples(data: RowMatrix): Float64Array {
    const scores = new Float64Array(data.rows);
    this.#evaluate(data, scores);
    return scores;
  }

  /**
   * {@link scoreSamples} of many rows without holding up the process for long: the same values up to rounding. Full and
   * tied covariances are multiplied in ONNX Runtime where that is worthwhile.
   * @throws as {@link scoreSamples}; BAD_OPTION, ABORTED; ENGINE_UNAVAILABLE where `engine` is `onnx` and it is missing
   */
  async scoreSamplesAsync(data: RowMatrix, options: ScoringOptions = {}): Promise<Float64Array> {
    const checked = parseOptions(ScoringOptionsSchema, options, 'scoreSamplesAsync');
    this.#check(data, 'scoreSamplesAsync');
    return scoreWithEngine(data, this.#model, this.#frame.origin, checked);
  }

  /**
   * Posterior probability of each component for each row.
   * @param data - `[n, d]`
   * @returns `[n, K]`, each row sums to 1
   * @throws as {@link scoreSamples}
   */
  predictProba(data: RowMatrix): Float64Array {
    const posteriors = new Float64Array(data.rows * this.components);
    this.#evaluate(data, new Float64Array(data.rows), posteriors);
    return posteriors;
  }

  /** Mean of {@link scoreSamples}. */
  score(data: RowMatrix): number {
    if (data.rows === 0) throw new RobustaError('EMPTY_INPUT', 'score: no rows');
    return this.scoreSamples(data).reduce((sum, value) => sum + value, 0) / data.rows;
  }

  /** Bayesian information criterion of this mixture on data; the lower the better. */
  bic(data: RowMatrix): number {
    return -2 * this.score(data) * data.rows + this.parameterCount * Math.log(data.rows);
  }

  /** Akaike's information criterion of this mixture on data; the lower the better. */
  aic(data: RowMatrix): number {
    return -2 * this.score(data) * data.rows + 2 * this.parameterCount;
  }

  /**
   * Draws rows from the mixture. A longer sample of the same seed begins with the shorter one.
   * @param rows - n, from 0; n·d at most 2³⁰
   * @param seed - 0 to 2³² - 1
   * @throws BAD_OPTION
   */
  sample(rows: number, seed = 0): MixtureSample {
    parseOptions(SampleSchema, { rows, seed }, 'sample');
    return drawSample(this, rows, seed);
  }

  get #model(): DensityModel {
    const { components, dim, weights } = this;
    return { components, dim, weights, means: this.#frame.means, whitening: this.#whitening };
  }

  #check(data: RowMatrix, what: string): void {
    checkMatrix(data, what);
    if (data.cols !== this.dim) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `the mixture was fitted on ${this.dim} features, the data has ${data.cols}`,
        {
          details: { expected: this.dim, received: data.cols },
        },
      );
    }
  }

  #evaluate(data: RowMatrix, scores: Float64Array, posteriors?: Float64Array): void {
    this.#check(data, 'scoreSamples');
    const { covarianceType, components, dim } = this;
    const engine = createPlainEngine({ covarianceType, components, dim, rows: data.rows });
    engine.prepare(this.#model);
    const size = Math.min(engine.blockRows, data.rows);
    const joint = new Float64Array(size * components);
    for (let first = 0; first < data.rows; first += size) {
      const rows = Math.min(size, data.rows - first);
      engine.load(data, first, rows, this.#frame.origin);
      engine.density(joint);
      normalizePosteriors(joint, rows, components, scores, first);
      posteriors?.set(joint.subarray(0, rows * components), first * components);
    }
  }
}

function checkFrame(
  { origin, means: offsets }: MeanFrame,
  { components, dim, means }: MixtureParameters,
): void {
  const isSame =
    origin.length === dim &&
    offsets.length === components * dim &&
    means.every((value, i) => value === offsets[i]! + origin[i % dim]!);
  if (!isSame)
    throw new RobustaError('BAD_MODEL', 'Gaussian mixture: origin and offsets do not add up to its means');
}

function checkParameters(parameters: MixtureParameters): void {
  const { covarianceType, components: K, dim: d, weights, means, covariances } = parameters;
  const bad = (what: string) => new RobustaError('BAD_MODEL', `Gaussian mixture: ${what}`);
  if (!['full', 'tied', 'diag', 'spherical'].includes(covarianceType)) {
    throw bad(`unknown covariance type ${JSON.stringify(covarianceType)}`);
  }
  if (!(Number.isSafeInteger(K) && K >= 1 && Number.isSafeInteger(d) && d >= 1)) {
    throw bad(`components and dim must be whole numbers from 1, received ${K} and ${d}`);
  }
  const expected = { weights: K, means: K * d, covariances: covarianceLength(covarianceType, K, d) };
  for (const [name, values] of Object.entries({ weights, means, covariances })) {
    const length = expected[name as keyof typeof expected];
    if (!(values instanceof Float64Array) || values.length !== length) {
      throw bad(`${name} must be a Float64Array of ${length} values`);
    }
    if (firstNonFinite(values) >= 0) throw bad(`${name} holds a value that is not finite`);
  }
  const sum = weights.reduce((a, b) => a + b, 0);
  if (weights.some((weight) => weight < 0) || Math.abs(sum - 1) > 1e-6) {
    throw bad(`weights must be at least 0 and sum to 1, their sum is ${sum}`);
  }
  if (covarianceType !== 'full' && covarianceType !== 'tied') return;
  for (let start = 0; start < covariances.length; start += d * d) {
    if (!isSymmetric(covariances, start, d)) throw bad('a covariance is not symmetric');
  }
}

function isSymmetric(values: Float64Array, start: number, d: number): boolean {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const difference = Math.abs(values[start + i * d + j]! - values[start + j * d + i]!);
      const size = Math.sqrt(values[start + i * (d + 1)]! * values[start + j * (d + 1)]!);
      if (!(difference <= SYMMETRY_TOLERANCE * size)) return false;
    }
  }
  return true;
}
