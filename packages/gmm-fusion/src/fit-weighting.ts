import { deriveSeed, type FeatureSequence, type Modality, parseOptions, RobustaError } from '@robusta/core';
import { calibrate } from './calibration.js';
import { type Density, deviation, fitDensity } from './density.js';
import { detectorEnergy } from './energy.js';
import type { Calibration, PerModality } from './fusion.js';
import { createPacer } from './pacer.js';
import type { RowMatrix } from './row-matrix.js';
import { checkVideos, shuffled, thin } from './sequences.js';
import { DynamicWeighting, levelled, type ModalityModel, type WeightingParameters } from './weighting.js';
import {
  type CheckedWeightingOptions,
  type DensityOptions,
  type WeightingOptions,
  WeightingOptionsSchema,
} from './weighting-options.js';

/** Clean training data, one entry a video. */
export interface TrainingFeatures {
  visual?: FeatureSequence[];
  audio?: FeatureSequence[];
  /** Scores of the detector, `[T]` a video, each in [0, 1]: what density `energy` takes instead of features. */
  scores?: Partial<PerModality<ArrayLike<number>[]>>;
}

/** λ is 0.5 whatever the features, since the weights of both then are equal. */
const ALWAYS_CLEAN: Calibration = { c: 1, x0: -1e6 };

/**
 * Fits a density to the clean training features of each modality, and calibrates c and x0 of Eq. 5 by cross-fitting:
 * each clean video is judged by a density that was fitted without it. Only crop 0 of each snippet takes part.
 * @param features - one sequence a clean training video; at least two videos a modality unless c and x0 are given
 * @throws BAD_OPTION, BAD_INPUT, MISSING_MODALITY, EMPTY_INPUT, FEATURE_MISMATCH, NON_FINITE,
 * ILL_DEFINED_COVARIANCE, ABORTED
 */
export async function fitDynamicWeighting(
  features: TrainingFeatures,
  options: WeightingOptions = {},
): Promise<DynamicWeighting> {
  const checked = parseOptions(WeightingOptionsSchema, options, 'fitDynamicWeighting');
  const { level, smoothing } = checked;
  const parameters: WeightingParameters = { level, ...(smoothing ? { smoothing } : {}) };
  for (const modality of ['visual', 'audio'] as const) {
    const videos = trainingRows(features, modality, checked.density);
    if (videos) parameters[modality] = await fitModality(videos, checked, modality);
  }
  if (!parameters.visual && !parameters.audio) {
    throw new RobustaError(
      'MISSING_MODALITY',
      `fitDynamicWeighting: neither visual nor audio ${checked.density === 'energy' ? 'scores' : 'features'} were given`,
    );
  }
  return new DynamicWeighting(parameters);
}

/** Per video what the density is fitted to: features, or energies as `[T, 1]`. */
function trainingRows(
  features: TrainingFeatures,
  modality: Modality,
  kind: CheckedWeightingOptions['density'],
): RowMatrix[] | undefined {
  if (kind !== 'energy') {
    const sequences = features[modality];
    return sequences && checkVideos(sequences, modality);
  }
  const scores = features.scores?.[modality];
  if (!scores) return undefined;
  const videos = scores.filter(({ length }) => length > 0).map(detectorEnergy);
  if (videos.length === 0) {
    throw new RobustaError('EMPTY_INPUT', `fitDynamicWeighting: no ${modality} scores`);
  }
  return videos.map((data) => ({ rows: data.length, cols: 1, data }));
}

async function fitModality(
  videos: RowMatrix[],
  checked: CheckedWeightingOptions,
  modality: Modality,
): Promise<ModalityModel> {
  const { density: kind, margin, seed, signal } = checked;
  if (kind === 'none') return { density: { kind }, calibration: ALWAYS_CLEAN };
  const options = optionsOf(checked, modality);
  const { c, x0 } = checked[modality] ?? {};
  const fit = (some: RowMatrix[], own = options): Promise<Density> =>
    fitDensity(kind, thin(some, own.maxRows, deriveSeed('gmm-rows', seed)), own, seed, signal);
  if (c === undefined || x0 === undefined) requireTwo(videos, modality);
  // The videos are in one order for both modalities, so both are split alike.
  const order = shuffled(videos, deriveSeed('gmm-holdout', seed));
  const density = await fit(order);
  if (c !== undefined && x0 !== undefined) return { density, calibration: { c, x0 } };

  // Each fold takes the ridge that was found: to look for it anew would take most of the time.
  const own = { ...options, ...('regCovar' in density ? { regCovar: density.regCovar } : {}) };
  const judge = async (some: RowMatrix[]) => deviation(await fit(some, own));
  const held = await crossFit(order, checked.holdout, judge, createPacer(signal));
  const units = held.flatMap((values) => [...levelled(values, checked)]);
  const calibration = calibrate(Float64Array.from(units), margin);
  return { density, calibration: { c: c ?? calibration.c, x0: x0 ?? calibration.x0 } };
}

/** What each video is given by a fit to the other folds. */
async function crossFit(
  videos: RowMatrix[],
  holdout: number,
  fit: (videos: RowMatrix[]) => Promise<(rows: RowMatrix) => Float64Array>,
  pace: () => Promise<void>,
): Promise<Float64Array[]> {
  const folds = Math.min(videos.length, Math.max(2, Math.round(1 / holdout)));
  const held: Float64Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const score = await fit(videos.filter((_, i) => i % folds !== fold));
    for (let i = fold; i < videos.length; i += folds) {
      await pace();
      held.push(score(videos[i]!));
    }
  }
  return held;
}

function optionsOf(checked: CheckedWeightingOptions, modality: Modality): DensityOptions {
  const { c: _c, x0: _x0, ...own } = checked[modality] ?? {};
  const { components, covarianceType, regCovar, pca, tol, maxIter, nInit, maxRows, neighbours } = checked;
  const shared = { components, covarianceType, regCovar, pca, tol, maxIter, nInit, maxRows, neighbours };
  return { ...shared, ...dropUndefined(own) } as DensityOptions;
}

function requireTwo(videos: RowMatrix[], modality: Modality): void {
  if (videos.length > 1) return;
  throw new RobustaError('BAD_INPUT', `fitDynamicWeighting: one ${modality} video is not enough`, {
    hint: 'give at least two clean videos, one to fit and one to calibrate, or give c and x0',
  });
}

function dropUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}
