import type { Detector, StoredFeatures, TrainingVideo } from '@robusta/detector';
import { type DynamicWeighting, fitDynamicWeighting } from '@robusta/gmm-fusion';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import type { CheckedConfig } from './config.js';
import type { VideoFeatures } from './feature-store.js';

/**
 * Fits the clean-data densities that weigh the modalities (Eq. 4 and 5), to the first crop of each snippet.
 * @param videos - of features on disk the first crops are read into memory
 * @param detector - whose energy is meant by density `energy`; all others look at features alone
 */
export async function fitMixtures(
  videos: readonly TrainingVideo[],
  weighting: CheckedConfig['weighting'],
  signal: AbortSignal | undefined,
  detector?: Detector,
): Promise<DynamicWeighting> {
  const options = { ...weighting, ...(signal ? { signal } : {}) };
  if (weighting.density !== 'energy' || !detector) {
    const read = await mapConcurrent(videos, FILES_AT_A_TIME, (video) => inMemory(video, 0), signal);
    return fitDynamicWeighting(
      {
        visual: read.flatMap(({ visual }) => visual ?? []),
        audio: read.flatMap(({ audio }) => audio ?? []),
      },
      options,
    );
  }
  const scores: { visual: Float32Array[]; audio: Float32Array[] } = { visual: [], audio: [] };
  for (const video of videos) {
    const { visual, audio } = await detector.score(await inMemory(video));
    if (visual) scores.visual.push(visual);
    if (audio) scores.audio.push(audio);
  }
  return fitDynamicWeighting({ scores }, options);
}

/** The features of a video, of stored ones one crop or all. */
async function inMemory({ visual, audio }: TrainingVideo, crop?: number): Promise<VideoFeatures> {
  const read = async (features: TrainingVideo['visual'] | StoredFeatures) =>
    features && 'read' in features ? features.read(crop) : features;
  const [seen, heard] = await Promise.all([read(visual), read(audio)]);
  return { ...(seen ? { visual: seen } : {}), ...(heard ? { audio: heard } : {}) };
}
