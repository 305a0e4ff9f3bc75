import type { Detector, TrainingVideo } from '@robusta/detector';
import { WeightingSchema } from '../run/config.js';
import { extractorSpecs, featureOrigin } from '../run/feature-store.js';
import { fingerprint } from '../run/fingerprint.js';
import { fitMixtures } from '../run/mixtures.js';
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
    fusion === 'shared' ? await fitMixtures(videos, WeightingSchema.parse({}), signal) : undefined;
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
