import type { FeatureSequence } from '@robusta/core';
import type { Detector, TrainingVideo } from '@robusta/detector';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import { WeightingSchema } from '../run/config.js';
import { extractorSpecs, featureOrigin } from '../run/feature-store.js';
import { fingerprint } from '../run/fingerprint.js';
import { type CleanVideo, fitMixtures } from '../run/mixtures.js';
import { saveModel } from '../run/model-folder.js';

/**
 * Writes a model that was trained on the features of a workspace with all that `scoreVideo` needs; a shared one gets
 * the mixtures of its training videos, for which their first crops are read into memory.
 */
export async function saveTrained(
  folder: string,
  detector: Detector,
  videos: readonly TrainingVideo[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { fusion, training } = detector.description;
  const weighting =
    fusion === 'shared'
      ? await fitMixtures(
          await mapConcurrent(videos, FILES_AT_A_TIME, firstCrops, signal),
          WeightingSchema.parse({}),
          signal,
        )
      : undefined;
  const origin = {
    format: 'robusta-origin',
    version: 1,
    fusion,
    seed: training.seed as number,
    fingerprint: fingerprint(detector.description),
    features: featureOrigin(extractorSpecs()),
  } as const;
  await saveModel(folder, { detector, weighting, origin });
}

async function firstCrops({ id, label, visual, audio }: TrainingVideo): Promise<CleanVideo> {
  const read = async (features: typeof visual): Promise<FeatureSequence | undefined> =>
    features && 'read' in features ? features.read(0) : features;
  const [seen, heard] = await Promise.all([read(visual), read(audio)]);
  return { id, label, ...(seen ? { visual: seen } : {}), ...(heard ? { audio: heard } : {}) };
}
