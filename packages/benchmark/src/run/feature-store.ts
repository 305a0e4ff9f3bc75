import type { FeatureSequence, Modality } from '@robusta/core';
import { alignModalities, readFeatures } from '@robusta/features';
import type { VideoRecord } from '../dataset/model.js';
import { featurePath } from '../jobs/extract-job.js';
import { type JobExtractors, LITE } from '../jobs/extractor-config.js';
import { type FeatureSpec, featureSpec } from '../jobs/open-extractor.js';
import type { Condition } from '../protocol/condition.js';
import type { ModelOrigin } from './model-folder.js';

/** Features of a video; a modality that the file lacks is absent. */
export interface VideoFeatures {
  visual?: FeatureSequence;
  audio?: FeatureSequence;
}

/** What features must be to be used; without an extractor those that need no weights. */
export type ExpectedFeatures = Pick<FeatureSpec, 'dim' | 'recipeHash'> & Partial<FeatureSpec>;

/** The extractor that needs no weights, where nothing else is asked for. */
export const EXTRACTOR = 'lite';

/** What the extractors of a run make. */
export function extractorSpecs(extractors: JobExtractors = LITE): Record<Modality, FeatureSpec> {
  return {
    visual: featureSpec(extractors.visual, 'visual'),
    audio: featureSpec(extractors.audio, 'audio'),
  };
}

/** As a model remembers what it was trained on. */
export function featureOrigin({ visual, audio }: Record<Modality, FeatureSpec>): ModelOrigin['features'] {
  return {
    visual: { kind: visual.kind, recipeHash: visual.recipeHash },
    audio: { kind: audio.kind, recipeHash: audio.recipeHash },
  };
}

/**
 * Reads the features of one modality of a video under a condition that damages it, or clean.
 * @throws FILE_NOT_FOUND, BAD_FORMAT, FEATURE_MISMATCH naming the file
 */
export async function readModality(
  workspace: string,
  video: Pick<VideoRecord, 'id'>,
  modality: Modality,
  condition: Condition,
  { extractor = EXTRACTOR, dim, recipeHash }: ExpectedFeatures,
): Promise<FeatureSequence> {
  const file = featurePath({ workspace, extractor, modality, video }, condition);
  return (await readFeatures(file, { dim, recipeHash })).sequence;
}

/**
 * Reads the modalities that a video has, both of one length.
 * @throws what `read` throws
 */
export async function readTogether(
  modalities: readonly Modality[],
  read: (modality: Modality) => Promise<FeatureSequence>,
): Promise<VideoFeatures> {
  const [visual, audio] = await Promise.all(
    (['visual', 'audio'] as const).map((modality) =>
      modalities.includes(modality) ? read(modality) : undefined,
    ),
  );
  if (visual && audio) {
    const aligned = alignModalities(visual, audio, { policy: 'trim' });
    return { visual: aligned.visual, audio: aligned.audio };
  }
  return { ...(visual ? { visual } : {}), ...(audio ? { audio } : {}) };
}
