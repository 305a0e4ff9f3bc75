import type { Detector, TrainingVideo } from '@robusta/detector';
import { type DynamicWeighting, fitDynamicWeighting } from '@robusta/gmm-fusion';
import type { CheckedConfig } from './config.js';
import type { VideoFeatures } from './feature-store.js';

/** A training video with its clean features in memory. */
export type CleanVideo = Pick<TrainingVideo, 'id' | 'label'> & VideoFeatures;

/**
 * Fits the clean-data densities that weigh the modalities (Eq. 4 and 5).
 * @param detector - whose energy is meant by density `energy`; all others look at features alone
 */
export async function fitMixtures(
  videos: readonly CleanVideo[],
  weighting: CheckedConfig['weighting'],
  signal: AbortSignal | undefined,
  detector?: Detector,
): Promise<DynamicWeighting> {
  const options = { ...weighting, ...(signal ? { signal } : {}) };
  if (weighting.density !== 'energy' || !detector) {
    return fitDynamicWeighting(
      {
        visual: videos.flatMap(({ visual }) => visual ?? []),
        audio: videos.flatMap(({ audio }) => audio ?? []),
      },
      options,
    );
  }
  const scores: { visual: Float32Array[]; audio: Float32Array[] } = { visual: [], audio: [] };
  for (const features of videos) {
    const { visual, audio } = await detector.score(features);
    if (visual) scores.visual.push(visual);
    if (audio) scores.audio.push(audio);
  }
  return fitDynamicWeighting({ scores }, options);
}
