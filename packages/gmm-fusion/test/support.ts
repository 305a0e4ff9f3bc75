import { createRng, type FeatureSequence, type Modality, type Rng } from '@robusta/core';
import type { RowMatrix } from '../src/index.js';

/** Rows of a few correlated Gaussian clusters. */
export function clusteredRows(seed: number, rows: number, cols: number, clusters: number): RowMatrix {
  const rng = createRng(seed);
  const centres = gaussians(rng, clusters * cols).map((value) => 3 * value);
  const mixing = gaussians(rng, cols * cols);
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const cluster = i % clusters;
    const noise = gaussians(rng, cols);
    for (let j = 0; j < cols; j++) {
      let value = centres[cluster * cols + j]! + 0.3 * noise[j]!;
      for (let l = 0; l < cols; l++) value += (mixing[j * cols + l]! * noise[l]!) / Math.sqrt(cols);
      data[i * cols + j] = value;
    }
  }
  return { rows, cols, data };
}

/**
 * Clean videos as extractors give them: few hidden factors, of which a part belongs to the video and a part to the
 * snippet, mixed into correlated features with a little noise of their own.
 */
export function cleanVideos(
  modality: Modality,
  {
    videos,
    snippets,
    dim,
    factors = 6,
    seed,
  }: { videos: number; snippets: number; dim: number; factors?: number; seed: number },
): FeatureSequence[] {
  const mixing = gaussians(createRng(1000 + dim), factors * dim);
  return Array.from({ length: videos }, (_, v) => {
    const rng = createRng(seed * 7919 + v);
    const scene = gaussians(rng, factors);
    const data = new Float32Array(snippets * dim);
    for (let t = 0; t < snippets; t++) {
      const moment = gaussians(rng, factors);
      for (let j = 0; j < dim; j++) {
        let value = 5 + 0.2 * rng.normal();
        for (let l = 0; l < factors; l++) value += mixing[l * dim + j]! * (scene[l]! + 0.5 * moment[l]!);
        data[t * dim + j] = value;
      }
    }
    return { modality, length: snippets, crops: 1, dim, data };
  });
}

/** The same video with independent noise on every feature: a change that clean correlations do not allow. */
export function withNoise(sequence: FeatureSequence, deviation: number, seed = 1): FeatureSequence {
  const rng = createRng(seed);
  return { ...sequence, data: sequence.data.map((value) => value + deviation * rng.normal()) };
}

export function gaussians(rng: Rng, length: number): Float64Array {
  return Float64Array.from({ length }, () => rng.normal());
}
