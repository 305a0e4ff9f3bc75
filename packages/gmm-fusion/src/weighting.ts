import { type FeatureSequence, type Modality, RobustaError } from '@robusta/core';
import { type Density, deviation } from './density.js';
import { detectorEnergy } from './energy.js';
import { type Calibration, modalityLambda, modalityWeights, type PerModality } from './fusion.js';
import type { RowMatrix } from './row-matrix.js';
import { centreCrop } from './sequences.js';
import { meanOf, type Smoothing, smooth } from './smoothing.js';

/** What is known of one clean modality, as plain data. */
export interface ModalityModel {
  density: Density;
  calibration: Calibration;
}

/** A dynamic weighting as plain data. */
export interface WeightingParameters {
  level: 'snippet' | 'video';
  smoothing?: Smoothing;
  visual?: ModalityModel;
  audio?: ModalityModel;
}

/** How likely each snippet of one modality is clean. */
export interface ModalityExplanation {
  /**
   * `[T]`, how far it is from what is clean: the negative log-likelihood (Eq. 4) or the energy in nats, or a distance in
   * clean standard deviations; smoothed, or the mean over the sequence at level `video`. NaN where the modality is missing.
   */
  nll: Float64Array;
  /** `[T]`, λ of Eq. 5, in [0, 0.5]; 0 where the modality is missing. */
  lambda: Float64Array;
}

/** Features of one recording; one modality may be absent, or missing for a part of it. */
export interface ModalityFeatures {
  visual?: FeatureSequence | undefined;
  audio?: FeatureSequence | undefined;
  /** `[T]` a modality, false or 0 where it is missing; the features there are not looked at. */
  present?: Partial<PerModality<ArrayLike<boolean | number>>> | undefined;
  /** `[T]` a modality, scores of the detector in [0, 1]; only density `energy` looks at them, and then at nothing else. */
  scores?: Partial<PerModality<ArrayLike<number>>> | undefined;
}

/** Weighs two modalities by how likely each is clean (section III-D of the paper). */
export class DynamicWeighting {
  readonly parameters: WeightingParameters;
  readonly #deviation: { [M in Modality]?: (rows: RowMatrix) => Float64Array } = {};

  /** @throws BAD_MODEL for a mixture that is not one */
  constructor(parameters: WeightingParameters) {
    this.parameters = parameters;
    for (const modality of ['visual', 'audio'] as const) {
      const model = parameters[modality];
      if (model) this.#deviation[modality] = deviation(model.density);
    }
  }

  /**
   * The weight of each modality for each snippet (Eq. 5, then divided by the sum).
   * @returns `[T]` a modality, each pair sums to 1; exactly 0 for a missing modality and 1 for the other
   * @throws MISSING_MODALITY when both are missing, altogether or at one snippet; LENGTH_MISMATCH, FEATURE_MISMATCH,
   * NON_FINITE, EMPTY_INPUT
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
    const visual = this.#explainModality('visual', features);
    const audio = this.#explainModality('audio', features);
    const weights = modalityWeights(
      { visual: visual && withGaps(visual.nll), audio: audio && withGaps(audio.nll) },
      { visual: this.parameters.visual?.calibration, audio: this.parameters.audio?.calibration },
    );
    return {
      ...(visual ? { visual } : {}),
      ...(audio ? { audio } : {}),
      weights: { visual: Float32Array.from(weights.visual), audio: Float32Array.from(weights.audio) },
    };
  }

  /**
   * How probable it is that each snippet of a modality is compromised: 1 - 2λ, the logistic function of Eq. 5. It knows
   * clean data alone: with margin 1 it is 0.05 at the median of clean snippets, and one in a hundred of them passes 0.5.
   * @returns `[T]` for each modality that is present, in [0, 1]; NaN where it is missing
   * @throws as {@link weights}, but one snippet without any modality is no error; BAD_OPTION for density `none`
   */
  detectCorruption(features: ModalityFeatures): Partial<PerModality<Float32Array>> {
    const { visual, audio } = this.parameters;
    if (visual?.density.kind === 'none' || audio?.density.kind === 'none') {
      throw new RobustaError('BAD_OPTION', 'detectCorruption: the weighting was fitted with density none', {
        hint: 'fit it with density gmm',
      });
    }
    const found: Partial<PerModality<Float32Array>> = {};
    for (const modality of ['visual', 'audio'] as const) {
      const explained = this.#explainModality(modality, features);
      if (!explained) continue;
      found[modality] = Float32Array.from(explained.lambda, (lambda, t) =>
        Number.isNaN(explained.nll[t]!) ? Number.NaN : 1 - 2 * lambda,
      );
    }
    if (!found.visual && !found.audio) {
      throw new RobustaError('MISSING_MODALITY', 'detectCorruption: both modalities are missing');
    }
    return found;
  }

  #explainModality(modality: Modality, features: ModalityFeatures): ModalityExplanation | undefined {
    const isGiven = features[modality] ?? features.scores?.[modality];
    if (!isGiven) return undefined;
    const model = this.parameters[modality];
    const score = this.#deviation[modality];
    if (!model || !score) {
      // Scores beside features are for density energy.
      if (!features[modality]) return undefined;
      throw new RobustaError('MISSING_MODALITY', `the weighting was fitted without ${modality} features`, {
        hint: `fit it with clean ${modality} features, or leave the ${modality} modality out`,
      });
    }
    const mask = features.present?.[modality];
    const exists = mask && ((t: number) => Boolean(mask[t]));
    const rows = rowsOf(modality, model.density, features, exists);
    if (!rows) return undefined;
    if (mask && mask.length !== rows.rows) {
      throw new RobustaError(
        'LENGTH_MISMATCH',
        `present.${modality} has ${mask.length} values, the features have ${rows.rows} snippets`,
      );
    }
    const nll = levelled(score(rows), this.parameters, exists, rows.rows);
    const known = nll.map((value) => (Number.isNaN(value) ? Number.MAX_VALUE : value));
    const lambda = modalityLambda(known, model.calibration);
    return { nll, lambda: exists ? lambda.map((value, t) => (exists(t) ? value : 0)) : lambda };
  }
}

/** What the density judges: features, or energies as `[T, 1]`. */
function rowsOf(
  modality: Modality,
  density: Density,
  features: ModalityFeatures,
  exists: ((t: number) => boolean) | undefined,
): RowMatrix | undefined {
  const sequence = features[modality];
  if (density.kind === 'energy') {
    const scores = features.scores?.[modality];
    if (!scores) {
      throw new RobustaError('BAD_INPUT', `density energy needs the ${modality} scores of the detector`, {
        hint: 'give them as scores, or fit the weighting with density gmm',
      });
    }
    const data = detectorEnergy(
      exists ? Array.from(scores, (score, t) => (exists(t) ? score : 0.5)) : scores,
    );
    return { rows: data.length, cols: 1, data };
  }
  if (!sequence) return undefined;
  const rows = centreCrop(sequence, modality, `${modality} features`, exists);
  if ('dim' in density && rows.cols !== density.dim) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${modality} features have ${rows.cols} values, the weighting was fitted on ${density.dim}`,
      { details: { expected: density.dim, received: rows.cols } },
    );
  }
  return rows;
}

/**
 * Snippets as they are, smoothed, or all at their mean. What calibrates Eq. 5 goes through it as well.
 * @param repeat - of a video's mean; 1 unless given
 */
export function levelled(
  values: Float64Array,
  { level, smoothing }: { level: 'snippet' | 'video'; smoothing?: Smoothing | null | undefined },
  exists?: (t: number) => boolean,
  repeat = 1,
): Float64Array {
  if (level === 'video') {
    const mean = meanOf(values, exists ?? (() => true));
    return new Float64Array(repeat).map((_, t) => (exists && !exists(t) ? Number.NaN : mean));
  }
  if (smoothing) return smooth(values, smoothing, exists);
  return exists ? values.map((value, t) => (exists(t) ? value : Number.NaN)) : values;
}

/** null where there is no value. */
function withGaps(values: Float64Array): ArrayLike<number | null> {
  return values.some(Number.isNaN) ? Array.from(values, (v) => (Number.isNaN(v) ? null : v)) : values;
}
