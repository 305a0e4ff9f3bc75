import {
  createRng,
  deriveSeed,
  type FeatureSequence,
  type Modality,
  parseOptions,
  RobustaError,
} from '@robusta/core';
import { calibrate } from './calibration.js';
import { type CleanDensity, fitCleanDensity, negativeLogLikelihood } from './clean-density.js';
import { type Calibration, modalityLambda, modalityWeights, type PerModality } from './fusion.js';
import { checkMatrix, type RowMatrix } from './row-matrix.js';
import { type DensityOptions, type WeightingOptions, WeightingOptionsSchema } from './weighting-options.js';

/** What is known of one clean modality, as plain data. */
export interface ModalityModel {
  density: CleanDensity;
  calibration: Calibration;
}

/** A dynamic weighting as plain data. */
export interface WeightingParameters {
  level: 'snippet' | 'video';
  visual?: ModalityModel;
  audio?: ModalityModel;
}

/** How likely each snippet of one modality is clean. */
export interface ModalityExplanation {
  /** `[T]`, negative log-likelihood (Eq. 4), nats; with level `video` the mean over the sequence. */
  nll: Float64Array;
  /** `[T]`, λ of Eq. 5, in [0, 0.5]. */
  lambda: Float64Array;
}

/** Features of one recording; one modality may be absent. */
export interface ModalityFeatures {
  visual?: FeatureSequence | undefined;
  audio?: FeatureSequence | undefined;
}

/** Weighs two modalities by how likely each is clean (section III-D of the paper). */
export class DynamicWeighting {
  readonly parameters: WeightingParameters;
  readonly #nll: { [M in Modality]?: (rows: RowMatrix) => Float64Array } = {};

  /** @throws BAD_MODEL for a mixture that is not one */
  constructor(parameters: WeightingParameters) {
    this.parameters = parameters;
    for (const modality of ['visual', 'audio'] as const) {
      const model = parameters[modality];
      if (model) this.#nll[modality] = negativeLogLikelihood(model.density);
    }
  }

  /**
   * The weight of each modality for each snippet (Eq. 5, then divided by the sum).
   * @returns `[T]` a modality, each pair sums to 1; exactly 0 for a missing modality and 1 for the other
   * @throws MISSING_MODALITY, LENGTH_MISMATCH, FEATURE_MISMATCH, NON_FINITE, EMPTY_INPUT
   */
  weights(features: ModalityFeatures): PerModality<Float32Array> {
    return this.explain(features).weights;
  }

  /** The weights, and what they were made of: nll and λ of each modality that is present. */
  explain(features: ModalityFeatures): {
    visual?: ModalityExplanation;
    audio?: ModalityExplanation;
    weights: PerModality<Float32Array>;
  } {
    const visual = features.visual && this.#explainModality('visual', features.visual);
    const audio = features.audio && this.#explainModality('audio', features.audio);
    const weights = modalityWeights(
      { visual: visual?.nll, audio: audio?.nll },
      { visual: this.parameters.visual?.calibration, audio: this.parameters.audio?.calibration },
    );
    return {
      ...(visual ? { visual } : {}),
      ...(audio ? { audio } : {}),
      weights: { visual: Float32Array.from(weights.visual), audio: Float32Array.from(weights.audio) },
    };
  }

  #explainModality(modality: Modality, sequence: FeatureSequence): ModalityExplanation {
    const model = this.parameters[modality];
    const score = this.#nll[modality];
    if (!model || !score) {
      throw new RobustaError('MISSING_MODALITY', `the weighting was fitted without ${modality} features`, {
        hint: `fit it with clean ${modality} features, or leave the ${modality} modality out`,
      });
    }
    const rows = centreCrop(sequence, modality, `${modality} features`);
    if (rows.cols !== model.density.dim) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `${modality} features have ${rows.cols} values, the weighting was fitted on ${model.density.dim}`,
        { details: { expected: model.density.dim, received: rows.cols } },
      );
    }
    const snippets = score(rows);
    const nll = this.parameters.level === 'video' ? snippets.fill(mean(snippets)) : snippets;
    return { nll, lambda: modalityLambda(nll, model.calibration) };
  }
}

/**
 * Fits a density to the clean training features of each modality, and calibrates c and x0 of Eq. 5 on clean videos
 * that were kept out of the fit. Only crop 0 of each snippet takes part.
 * @param features - one sequence a clean training video; at least two videos a modality unless c and x0 are given
 * @throws BAD_OPTION, BAD_INPUT, MISSING_MODALITY, EMPTY_INPUT, FEATURE_MISMATCH, NON_FINITE,
 * ILL_DEFINED_COVARIANCE, ABORTED
 */
export async function fitDynamicWeighting(
  features: { visual?: FeatureSequence[]; audio?: FeatureSequence[] },
  options: WeightingOptions = {},
): Promise<DynamicWeighting> {
  const checked = parseOptions(WeightingOptionsSchema, options, 'fitDynamicWeighting');
  const parameters: WeightingParameters = { level: checked.level };
  for (const modality of ['visual', 'audio'] as const) {
    const sequences = features[modality];
    if (!sequences) continue;
    const { c, x0, ...own } = checked[modality] ?? {};
    const { components, covarianceType, regCovar, pca, tol, maxIter, nInit, maxRows } = checked;
    const shared = { components, covarianceType, regCovar, pca, tol, maxIter, nInit, maxRows };
    const density = { ...shared, ...dropUndefined(own) } as DensityOptions;
    const videos = checkVideos(sequences, modality);
    parameters[modality] = await fitModality(videos, density, { c, x0 }, checked, modality);
  }
  if (!parameters.visual && !parameters.audio) {
    throw new RobustaError(
      'MISSING_MODALITY',
      'fitDynamicWeighting: neither visual nor audio features were given',
    );
  }
  return new DynamicWeighting(parameters);
}

async function fitModality(
  videos: RowMatrix[],
  options: DensityOptions,
  given: { c?: number | undefined; x0?: number | undefined },
  {
    holdout,
    margin,
    seed,
    level,
    signal,
  }: { holdout: number; margin: number; seed: number; level: string; signal?: AbortSignal | undefined },
  modality: Modality,
): Promise<ModalityModel> {
  const { c, x0 } = given;
  const isCalibrated = c !== undefined && x0 !== undefined;
  // The videos are in one order for both modalities, so both are split alike.
  const order = shuffled(videos, deriveSeed('gmm-holdout', seed));
  const kept = isCalibrated
    ? 0
    : Math.min(videos.length - 1, Math.max(1, Math.round(holdout * videos.length)));
  if (!isCalibrated && kept < 1) {
    throw new RobustaError('BAD_INPUT', `fitDynamicWeighting: one ${modality} video is not enough`, {
      hint: 'give at least two clean videos, one to fit and one to calibrate, or give c and x0',
    });
  }
  const fitted = thin(order.slice(kept), options.maxRows, deriveSeed('gmm-rows', seed));
  const density = await fitCleanDensity(fitted, options, seed, signal);
  if (isCalibrated) return { density, calibration: { c, x0 } };
  const score = negativeLogLikelihood(density);
  const heldOut = order.slice(0, kept).map(score);
  const units =
    level === 'video'
      ? Float64Array.from(heldOut, mean)
      : Float64Array.from(heldOut.flatMap((nll) => [...nll]));
  const calibration = calibrate(units, margin);
  return { density, calibration: { c: c ?? calibration.c, x0: x0 ?? calibration.x0 } };
}

function checkVideos(sequences: FeatureSequence[], modality: Modality): RowMatrix[] {
  if (sequences.length === 0)
    throw new RobustaError('EMPTY_INPUT', `fitDynamicWeighting: no ${modality} videos`);
  const videos = sequences.map((sequence, i) => centreCrop(sequence, modality, `${modality} video ${i}`));
  const { cols } = videos[0]!;
  for (const [i, video] of videos.entries()) {
    if (video.cols !== cols) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `${modality} video ${i} has ${video.cols} features, video 0 has ${cols}`,
      );
    }
  }
  return videos;
}

/** Crop 0 of each snippet as `[T, D]`. */
function centreCrop(sequence: FeatureSequence, modality: Modality, what: string): RowMatrix {
  const { length, crops, dim, data } = sequence;
  if (sequence.modality !== modality) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: expected ${modality} features, received ${sequence.modality} features`,
    );
  }
  if (data.length !== length * crops * dim || !(crops >= 1)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: [${length}, ${crops}, ${dim}] does not have ${data.length} values`,
    );
  }
  if (length < 1 || dim < 1) throw new RobustaError('EMPTY_INPUT', `${what}: no snippets`);
  let values = data;
  if (crops > 1) {
    values = new Float32Array(length * dim);
    for (let t = 0; t < length; t++) {
      values.set(data.subarray(t * crops * dim, t * crops * dim + dim), t * dim);
    }
  }
  const matrix = { rows: length, cols: dim, data: values };
  checkMatrix(matrix, what);
  return matrix;
}

function shuffled<T>(items: T[], seed: number): T[] {
  const out = items.slice();
  const rng = createRng(seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** A seeded choice of at most `maxRows` snippets; videos keep their order and lose about the same share. */
function thin(videos: RowMatrix[], maxRows: number, seed: number): RowMatrix[] {
  const total = videos.reduce((sum, video) => sum + video.rows, 0);
  if (total <= maxRows) return videos;
  const rng = createRng(seed);
  let left = total;
  let wanted = maxRows;
  return videos.flatMap(({ rows, cols, data }) => {
    const chosen: number[] = [];
    for (let i = 0; i < rows; i++, left--) {
      if (rng.uniform() * left < wanted) {
        chosen.push(i);
        wanted--;
      }
    }
    if (chosen.length === 0) return [];
    const out = new Float64Array(chosen.length * cols);
    for (const [to, from] of chosen.entries())
      out.set(data.subarray(from * cols, (from + 1) * cols), to * cols);
    return [{ rows: chosen.length, cols, data: out }];
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}

function dropUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}
