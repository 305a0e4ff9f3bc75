import { createRng, deriveSeed } from '@robusta/core';
import type { BatchLayout } from './backbone.js';
import type { FeatureShape, Fusion, TrainingVideo } from './data.js';

/** What stands at one place of a training batch. */
export interface Sample {
  video: TrainingVideo;
  /** Visual crop, the first where all are together; audio has no crops and is the same for each. */
  crop: number;
  kind: 'visual' | 'audio' | 'joint';
}

/** What a backbone is trained on that has no wishes. */
export const plainLayout: BatchLayout = { crops: 'apart', halves: false, lengths: 'sample' };

/** Rows of a batch that one bag takes. */
export function cropsTogether(shape: FeatureShape, { crops }: BatchLayout): number {
  return crops === 'together' ? (shape.visual?.crops ?? 1) : 1;
}

/**
 * All samples of an epoch in data order. `concat`: (video, crop). `shared`: (video, crop, modality), so that both
 * modalities have the same weight and an epoch visits each once.
 */
export function samplesOf(
  videos: readonly TrainingVideo[],
  fusion: Fusion,
  shape: FeatureShape,
  layout = plainLayout,
): Sample[] {
  const crops = (shape.visual?.crops ?? 1) / cropsTogether(shape, layout);
  const samples: Sample[] = [];
  for (const video of videos) {
    for (let crop = 0; crop < crops; crop++) {
      if (fusion === 'concat') samples.push({ video, crop, kind: 'joint' });
      else {
        if (video.visual) samples.push({ video, crop, kind: 'visual' });
        if (video.audio) samples.push({ video, crop, kind: 'audio' });
      }
    }
  }
  return samples;
}

/** The samples in the order of an epoch: a Fisher-Yates shuffle that depends on seed and epoch alone. */
export function shuffled(samples: readonly Sample[], seed: number, epoch: number | string): Sample[] {
  const rng = createRng(deriveSeed(seed, 'order', epoch));
  const order = [...samples];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * The length of every training batch: of the longest sample, but not more than `maxLength`; exactly that where
 * sequences are averaged into segments.
 */
export function batchLength(
  videos: readonly TrainingVideo[],
  maxLength: number,
  { lengths }: BatchLayout,
): number {
  if (lengths === 'segments') return maxLength;
  let longest = 1;
  for (const { visual, audio } of videos)
    longest = Math.max(longest, visual?.length ?? 0, audio?.length ?? 0);
  return Math.min(longest, maxLength);
}
