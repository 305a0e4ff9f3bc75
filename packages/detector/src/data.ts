import { type FeatureSequence, type Modality, RobustaError } from '@robusta/core';
import type { FeatureBlock } from './rows.js';
import { filesOf, isStored, type StoredFeatures } from './stored.js';

/** A training video: its label says whether there is an anomaly anywhere in it, not where. */
export interface TrainingVideo {
  id: string;
  /** 1: anomalous, 0: normal. */
  label: 0 | 1;
  visual?: FeatureSequence | StoredFeatures;
  audio?: FeatureSequence | StoredFeatures;
}

/** A video that scores are compared with. */
export interface ValidationVideo extends TrainingVideo {
  /**
   * 1 where it is anomalous: one label for each snippet, or k for each, for the frames of a snippet. Without labels of any
   * video the highest score of each is compared with its `label`.
   */
  labels?: Uint8Array;
}

/**
 * How the two modalities meet. `concat`: one sequence of joined features (Eq. 1). `shared`: each modality is a sample of
 * its own, audio projected to the visual width (Eq. 2). `padding`: likewise, with zeros in place of the projection
 * (the ablation of Table V).
 */
export const FUSIONS = ['concat', 'shared', 'padding'] as const;

/** See {@link FUSIONS}. */
export type Fusion = (typeof FUSIONS)[number];

/** Widths that a detector is made for. Without audio (or, for `concat`, visual) features there is no entry. */
export interface FeatureShape {
  visual?: { dim: number; crops: number };
  audio?: { dim: number; crops: number };
}

export const modalities = ['visual', 'audio'] as const;

/** Names features in messages: where they are stored, the file too, that of a crop if one is given. */
export function featuresOf(
  video: string,
  features: FeatureSequence | StoredFeatures,
  modality: Modality,
  crop?: number,
): string {
  const what = `${video}, ${modality} features`;
  if (!isStored(features)) return what;
  return `${what} (${crop === undefined ? features.source : filesOf(features, crop).files[0]!.path})`;
}

/**
 * All that can be said about a sequence without looking at its values.
 * @param what - names the sequence in messages
 * @throws BAD_INPUT, EMPTY_INPUT
 */
function checkHead(features: FeatureSequence | StoredFeatures, modality: Modality, what: string): void {
  const { length, crops, dim } = features;
  if (features.modality !== modality) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: modality is ${JSON.stringify(features.modality)}, expected "${modality}"`,
    );
  }
  if (isStored(features)) return;
  const { data } = features;
  if (!(data instanceof Float32Array)) {
    throw new RobustaError('BAD_INPUT', `${what}: data must be a Float32Array [length, crops, dim]`);
  }
  if (length === 0) throw new RobustaError('EMPTY_INPUT', `${what}: has no snippets`);
  if (![length, crops, dim].every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: length ${length}, crops ${crops}, dim ${dim} must be positive integers`,
    );
  }
  if (data.length !== length * crops * dim) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: data has ${data.length} values, length × crops × dim = ${length} × ${crops} × ${dim} needs ${length * crops * dim}`,
    );
  }
}

/**
 * @param what - names the sequence, or a crop of it, in messages
 * @throws NON_FINITE naming snippet, crop and feature
 */
export function checkFinite({ start, crops, dim, data }: FeatureBlock, what: (crop: number) => string): void {
  let sum = 0;
  // 0 for each finite value, NaN for others.
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(at / dim);
  throw new RobustaError(
    'NON_FINITE',
    `${what(row % crops)}: snippet ${start + Math.floor(row / crops)}, crop ${row % crops}, feature ${at % dim} is ${data[at]}`,
    { hint: 'extract the features of this recording again' },
  );
}

/**
 * Checks a sequence against the widths of a detector.
 * @throws FEATURE_MISMATCH naming both widths; BAD_INPUT, EMPTY_INPUT, NON_FINITE
 */
export function checkFeatures(
  sequence: FeatureSequence,
  modality: Modality,
  shape: FeatureShape,
  what: string,
): void {
  checkHead(sequence, modality, what);
  checkWidth(sequence, modality, shape, what);
  checkFinite({ start: 0, ...sequence }, () => what);
}

function checkWidth(
  features: FeatureSequence | StoredFeatures,
  modality: Modality,
  shape: FeatureShape,
  what: string,
): void {
  const expected = shape[modality];
  if (!expected) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${what}: the detector was trained without ${modality} features`,
    );
  }
  for (const key of ['dim', 'crops'] as const) {
    if (features[key] !== expected[key]) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `${what}: ${key} is ${features[key]}, expected ${expected[key]}`,
        { hint: 'use the extractor that the detector was trained with', details: { [key]: features[key] } },
      );
    }
  }
}

/** @throws LENGTH_MISMATCH where joined modalities differ in length */
export function checkSameLength(
  visual: { length: number } | undefined,
  audio: { length: number } | undefined,
  what: string,
) {
  if (visual && audio && visual.length !== audio.length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${what}: ${visual.length} visual but ${audio.length} audio snippets`,
      { hint: 'align them first, with alignModalities of @robusta/features' },
    );
  }
}

/**
 * Checks all about training videos but the values of their features, and finds their widths.
 * @throws EMPTY_INPUT, BAD_INPUT, NON_BINARY_LABEL, MISSING_MODALITY, FEATURE_MISMATCH,
 *   LENGTH_MISMATCH, NO_POSITIVE, NO_NEGATIVE; each names the video
 */
export function checkTrainingVideos(videos: readonly TrainingVideo[], fusion: Fusion): FeatureShape {
  if (videos.length === 0)
    throw new RobustaError('EMPTY_INPUT', 'trainDetector: there are no training videos');
  const shape: FeatureShape = {};
  const ids = new Set<string>();
  for (const video of videos) {
    const what = `training video ${JSON.stringify(video.id)}`;
    if (typeof video.id !== 'string' || video.id === '')
      throw new RobustaError('BAD_INPUT', `${what}: id must be a non-empty string`);
    if (ids.has(video.id)) throw new RobustaError('BAD_INPUT', `${what}: occurs twice`);
    ids.add(video.id);
    if (video.label !== 0 && video.label !== 1) {
      throw new RobustaError(
        'NON_BINARY_LABEL',
        `${what}: label is ${JSON.stringify(video.label)}, expected 0 or 1`,
      );
    }
    for (const modality of modalities) {
      const features = video[modality];
      if (!features) continue;
      shape[modality] ??= { dim: features.dim, crops: modality === 'audio' ? 1 : features.crops };
      const place = featuresOf(what, features, modality);
      checkHead(features, modality, place);
      checkWidth(features, modality, shape, place);
    }
    if (!video.visual && !video.audio) throw new RobustaError('MISSING_MODALITY', `${what}: has no features`);
    if (fusion === 'concat') checkSameLength(video.visual, video.audio, what);
  }
  if (fusion !== 'concat' && !shape.visual) {
    throw new RobustaError(
      'MISSING_MODALITY',
      `trainDetector: fusion "${fusion}" needs visual features, whose width is that of the shared space`,
    );
  }
  if (fusion === 'padding' && shape.audio && shape.audio.dim > shape.visual!.dim) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `trainDetector: fusion "padding" fills audio features up to the width of visual ones, but ${shape.audio.dim} is more than ${shape.visual!.dim}`,
      { hint: 'use fusion "shared"' },
    );
  }
  const hint = 'training needs both normal and anomalous videos';
  if (videos.every(({ label }) => label === 0)) {
    throw new RobustaError('NO_POSITIVE', `trainDetector: all ${videos.length} videos are normal`, { hint });
  }
  if (videos.every(({ label }) => label === 1)) {
    throw new RobustaError('NO_NEGATIVE', `trainDetector: all ${videos.length} videos are anomalous`, {
      hint,
    });
  }
  return shape;
}
