import { createRng, type FeatureSequence, type Modality } from '@robusta/core';
import type { TrainingVideo } from '../src/index.js';

/** Noise features; between `hot[0]` and `hot[1]` the first two of each snippet are raised. */
export function sequence(
  modality: Modality,
  {
    length = 12,
    crops = 1,
    dim = 6,
    seed = 0,
    hot,
  }: Partial<FeatureSequence> & { seed?: number; hot?: [number, number] | undefined },
): FeatureSequence {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: length * crops * dim }, (_, i) => {
    const t = Math.floor(i / (crops * dim));
    const raised = hot && t >= hot[0] && t < hot[1] && i % dim < 2;
    return 0.3 * rng.normal() + (raised ? 2 : 0);
  });
  return { modality, length, crops, dim, data };
}

/** Where the anomaly of an anomalous toy video lies. */
export const hot: [number, number] = [4, 7];

/** Half anomalous, of several lengths. */
export function toyVideos(count: number, { crops = 1, visualDim = 6, audioDim = 4 } = {}): TrainingVideo[] {
  return Array.from({ length: count }, (_, i) => {
    const label = (i % 2) as 0 | 1;
    const common = { length: 9 + (i % 4), hot: label ? hot : undefined };
    return {
      id: `video-${i}`,
      label,
      visual: sequence('visual', { ...common, crops, dim: visualDim, seed: 2 * i }),
      audio: sequence('audio', { ...common, dim: audioDim, seed: 2 * i + 1 }),
    };
  });
}
