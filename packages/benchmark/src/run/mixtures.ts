import type { TrainingVideo } from '@robusta/detector';
import { type DynamicWeighting, fitDynamicWeighting } from '@robusta/gmm-fusion';
import type { CheckedConfig } from './config.js';
import type { VideoFeatures } from './feature-store.js';

/** A training video with its clean features in memory. */
export type CleanVideo = Pick<TrainingVideo, 'id' | 'label'> & VideoFeatures;

/** Fits the clean-data mixtures that weigh the modalities (Eq. 4 and 5). */
export function fitMixtures(
  videos: readonly CleanVideo[],
  weighting: CheckedConfig['weighting'],
  signal: AbortSignal | undefined,
): Promise<DynamicWeighting> {
  return fitDynamicWeighting(
    {
      visual: videos.flatMap(({ visual }) => visual ?? []),
      audio: videos.flatMap(({ audio }) => audio ?? []),
    },
    { ...weighting, ...(signal ? { signal } : {}) },
  );
}
