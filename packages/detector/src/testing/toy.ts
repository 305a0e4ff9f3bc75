import { createRng, type FeatureSequence, type Modality } from '@robusta/core';
import type { TrainingVideo } from '../data.js';

/** First snippet of the anomaly in an anomalous toy video, and one past the last. */
export const toyAnomaly: readonly [from: number, to: number] = [4, 7];

/** How {@link toySequence} makes features. */
export interface ToySequenceOptions {
  /** T, default 12. */
  length?: number;
  /** Default 1. */
  crops?: number;
  /** D, default 6. */
  dim?: number;
  /** Of the noise, default 0. */
  seed?: number;
  /** The snippets, one past the last, whose first two features are raised. */
  hot?: readonly [from: number, to: number] | undefined;
}

/** Noise of deviation 0.3; the first two features of snippets in `hot` are 2 higher. */
export function toySequence(
  modality: Modality,
  { length = 12, crops = 1, dim = 6, seed = 0, hot }: ToySequenceOptions = {},
): FeatureSequence {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: length * crops * dim }, (_, i) => {
    const t = Math.floor(i / (crops * dim));
    const raised = hot && t >= hot[0] && t < hot[1] && i % dim < 2;
    return 0.3 * rng.normal() + (raised ? 2 : 0);
  });
  return { modality, length, crops, dim, data };
}

/** A training video with both modalities in memory. */
export interface ToyVideo extends TrainingVideo {
  visual: FeatureSequence;
  audio: FeatureSequence;
}

/** How {@link toyVideos} makes videos. */
export interface ToyVideosOptions {
  /** Of the visual features, default 1. */
  crops?: number;
  /** Default 6. */
  visualDim?: number;
  /** Default 4. */
  audioDim?: number;
  /** Number of the first; videos of other numbers have other noise. Default 0. */
  first?: number;
}

/** Videos of 9 to 12 snippets that a detector learns in seconds: every second is anomalous, at {@link toyAnomaly}. */
export function toyVideos(
  count: number,
  { crops = 1, visualDim = 6, audioDim = 4, first = 0 }: ToyVideosOptions = {},
): ToyVideo[] {
  return Array.from({ length: count }, (_, offset) => {
    const i = first + offset;
    const label = (i % 2) as 0 | 1;
    const common = { length: 9 + (i % 4), hot: label ? toyAnomaly : undefined };
    return {
      id: `video-${i}`,
      label,
      visual: toySequence('visual', { ...common, crops, dim: visualDim, seed: 2 * i }),
      audio: toySequence('audio', { ...common, dim: audioDim, seed: 2 * i + 1 }),
    };
  });
}
