import type { FeatureSequence, Modality } from '@robusta/core';
import { alignModalities, readFeatures } from '@robusta/features';
import type { VideoRecord } from '../dataset/model.js';
import { featurePath } from '../jobs/extract-job.js';
import { type JobExtractors, LITE } from '../jobs/extractor-config.js';
import { type FeatureSpec, featureSpec } from '../jobs/open-extractor.js';
import { type Condition, modalityOfCorruption } from '../protocol/condition.js';
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
 * Reads the features of a video under a condition: the damaged modality as corrupted, the other one clean, both of
 * one length.
 * @throws FILE_NOT_FOUND, BAD_FORMAT, FEATURE_MISMATCH naming the file
 */
export async function readVideoFeatures(
  workspace: string,
  video: Pick<VideoRecord, 'id' | 'modalities'>,
  condition: Condition,
  expected: Record<Modality, ExpectedFeatures>,
): Promise<VideoFeatures> {
  const [visual, audio] = await Promise.all(
    (['visual', 'audio'] as const).map((modality) => {
      if (!video.modalities.includes(modality)) return undefined;
      const damaged = condition !== 'clean' && modalityOfCorruption(condition.corruption) === modality;
      return readModality(workspace, video, modality, damaged ? condition : 'clean', expected[modality]);
    }),
  );
  if (visual && audio) {
    const aligned = alignModalities(visual, audio, { policy: 'trim' });
    return { visual: aligned.visual, audio: aligned.audio };
  }
  return { ...(visual ? { visual } : {}), ...(audio ? { audio } : {}) };
}

/** Whether a condition changes anything about a video. */
export function isDamaged(
  video: Pick<VideoRecord, 'modalities'>,
  condition: Exclude<Condition, 'clean'>,
): boolean {
  return video.modalities.includes(modalityOfCorruption(condition.corruption));
}
