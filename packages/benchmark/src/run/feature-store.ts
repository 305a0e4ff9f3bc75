import type { FeatureSequence, Modality } from '@robusta/core';
import {
  alignModalities,
  createAudioExtractor,
  createVisualExtractor,
  type ExtractorSpec,
  readFeatures,
} from '@robusta/features';
import type { VideoRecord } from '../dataset/model.js';
import { featurePath } from '../jobs/extract-job.js';
import { type Condition, modalityOfCorruption } from '../protocol/condition.js';
import type { ModelOrigin } from './model-folder.js';

/** Features of a video; a modality that the file lacks is absent. */
export interface VideoFeatures {
  visual?: FeatureSequence;
  audio?: FeatureSequence;
}

/** The extractor of every feature file that a run uses. */
export const EXTRACTOR = 'lite';

/** What the extractors of this version make. */
export function extractorSpecs(): Record<Modality, ExtractorSpec> {
  return {
    visual: createVisualExtractor({ kind: EXTRACTOR }).spec,
    audio: createAudioExtractor({ kind: EXTRACTOR }).spec,
  };
}

/** As a model remembers what it was trained on. */
export function featureOrigin({ visual, audio }: Record<Modality, ExtractorSpec>): ModelOrigin['features'] {
  return {
    visual: { kind: EXTRACTOR, recipeHash: visual.recipeHash },
    audio: { kind: EXTRACTOR, recipeHash: audio.recipeHash },
  };
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
  expected: Record<Modality, { dim: number; recipeHash: string }>,
): Promise<VideoFeatures> {
  const read = async (modality: Modality): Promise<FeatureSequence> => {
    const damaged = condition !== 'clean' && modalityOfCorruption(condition.corruption) === modality;
    const file = featurePath(
      { workspace, extractor: EXTRACTOR, modality, video },
      damaged ? condition : 'clean',
    );
    const { dim, recipeHash } = expected[modality];
    return (await readFeatures(file, { dim, recipeHash })).sequence;
  };
  const [visual, audio] = await Promise.all(
    (['visual', 'audio'] as const).map((modality) =>
      video.modalities.includes(modality) ? read(modality) : undefined,
    ),
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
