import { setImmediate } from 'node:timers/promises';
import { type Modality, throwIfAborted } from '@robusta/core';
import {
  checkFinite,
  checkTrainingVideos,
  type FeatureShape,
  type Fusion,
  featuresOf,
  modalities,
  type TrainingVideo,
} from './data.js';
import { type DataFingerprint, Fingerprinter } from './fingerprint.js';
import { readBlocks } from './read-blocks.js';
import type { FeatureBlock } from './rows.js';
import { Moments, type Scalings } from './scaling.js';
import { isStored } from './stored.js';

/** What is known about training data once all of it was seen. */
export interface Survey {
  shape: FeatureShape;
  /** Standardization, whether it is used or not. */
  scalings: Scalings;
  fingerprint: DataFingerprint;
}

export interface SurveyOptions {
  /** Standardized features are limited to so many deviations. */
  inputClamp: number;
  /** Called after each video. */
  onData?: ((progress: { done: number; total: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Looks at all training data once, a piece at a time: checks every value, finds widths and scaling, takes the
 * fingerprint.
 * @throws what {@link checkTrainingVideos} throws; NON_FINITE naming video, snippet, crop and feature; of
 *   stored features FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED, FEATURE_MISMATCH where a file was changed; ABORTED
 */
export async function survey(
  videos: readonly TrainingVideo[],
  fusion: Fusion,
  { inputClamp, onData, signal }: SurveyOptions,
): Promise<Survey> {
  const shape = checkTrainingVideos(videos, fusion);
  const moments: Partial<Record<Modality, Moments>> = {};
  for (const modality of modalities) {
    const features = shape[modality];
    if (features) moments[modality] = new Moments(features.dim);
  }
  const fingerprinter = new Fingerprinter();
  for (const [i, video] of videos.entries()) {
    // Lets a signal come through where nothing has to be read.
    await setImmediate();
    throwIfAborted(signal);
    fingerprinter.begin(video);
    for (const modality of modalities) {
      const features = video[modality];
      if (!features) continue;
      const what = (crop: number) =>
        featuresOf(`training video ${JSON.stringify(video.id)}`, features, modality, crop);
      const look = (block: FeatureBlock) => {
        checkFinite(block, what);
        fingerprinter.add(block.data);
        moments[modality]!.add(block.data);
      };
      if (!isStored(features)) look({ start: 0, ...features });
      else {
        for await (const block of readBlocks(features.files)) {
          throwIfAborted(signal);
          look(block);
        }
      }
    }
    onData?.({ done: i + 1, total: videos.length });
  }
  const scalings: Scalings = {};
  for (const modality of modalities) {
    const own = moments[modality];
    if (own) scalings[modality] = own.scaling(inputClamp);
  }
  return { shape, scalings, fingerprint: fingerprinter.end() };
}
