import { createRng, type FeatureSequence, type Modality, RobustaError } from '@robusta/core';
import { checkMatrix, type RowMatrix } from './row-matrix.js';

/** The centre crops of clean videos, all of one width. */
export function checkVideos(sequences: FeatureSequence[], modality: Modality): RowMatrix[] {
  if (sequences.length === 0)
    throw new RobustaError('EMPTY_INPUT', `fitDynamicWeighting: no ${modality} videos`);
  const videos = sequences.map((sequence, i) => centreCrop(sequence, modality, `${modality} video ${i}`));
  const { cols } = videos[0]!;
  for (const [i, video] of videos.entries()) {
    if (video.cols !== cols) {
      throw new RobustaError(
        'FEATURE_MISMATCH',
        `${modality} video ${i} has ${video.cols} features, video 0 has ${cols}`,
      );
    }
  }
  return videos;
}

/**
 * Crop 0 of each snippet as `[T, D]`.
 * @param present - false: the snippet is missing; its values are not looked at, and 0 in the result
 * @throws BAD_INPUT, EMPTY_INPUT, NON_FINITE
 */
export function centreCrop(
  sequence: FeatureSequence,
  modality: Modality,
  what: string,
  present?: (t: number) => boolean,
): RowMatrix {
  const { length, crops, dim, data } = sequence;
  if (sequence.modality !== modality) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: expected ${modality} features, received ${sequence.modality} features`,
    );
  }
  if (data.length !== length * crops * dim || !(crops >= 1)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: [${length}, ${crops}, ${dim}] does not have ${data.length} values`,
    );
  }
  if (length < 1 || dim < 1) throw new RobustaError('EMPTY_INPUT', `${what}: no snippets`);
  let values = data;
  if (crops > 1 || present) {
    values = new Float32Array(length * dim);
    for (let t = 0; t < length; t++) {
      if (present && !present(t)) continue;
      values.set(data.subarray(t * crops * dim, t * crops * dim + dim), t * dim);
    }
  }
  const matrix = { rows: length, cols: dim, data: values };
  checkMatrix(matrix, what);
  return matrix;
}

/** In a seeded random order. */
export function shuffled<T>(items: T[], seed: number): T[] {
  const out = items.slice();
  const rng = createRng(seed);
  for (let i = out.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** A seeded choice of at most `maxRows` snippets; videos keep their order and lose about the same share. */
export function thin(videos: RowMatrix[], maxRows: number, seed: number): RowMatrix[] {
  const total = videos.reduce((sum, video) => sum + video.rows, 0);
  if (total <= maxRows) return videos;
  const rng = createRng(seed);
  let left = total;
  let wanted = maxRows;
  return videos.flatMap(({ rows, cols, data }) => {
    const chosen: number[] = [];
    for (let i = 0; i < rows; i++, left--) {
      if (rng.uniform() * left < wanted) {
        chosen.push(i);
        wanted--;
      }
    }
    if (chosen.length === 0) return [];
    const out = new Float64Array(chosen.length * cols);
    for (const [to, from] of chosen.entries())
      out.set(data.subarray(from * cols, (from + 1) * cols), to * cols);
    return [{ rows: chosen.length, cols, data: out }];
  });
}
