import { type Modality, throwIfAborted } from '@robusta/core';
import type { DetectorScores } from '@robusta/detector';
import { fuse } from '@robusta/gmm-fusion';
import type { VideoRecord } from '../dataset/model.js';
import type { Condition, CorruptionName } from '../protocol/condition.js';
import type { CheckedConfig, Method } from './config.js';
import { equalWeights } from './equal-weights.js';
import type { MethodScores, ScoredVideo } from './evaluate.js';
import { isDamaged, readVideoFeatures, type VideoFeatures } from './feature-store.js';
import type { StageOptions } from './stage.js';
import type { SeedModels } from './train-stage.js';

/**
 * Scores every test video, clean and under every corruption, with the models of one repetition.
 * @throws what reading features and scoring throw; ABORTED
 */
export async function scoreVideos(
  videos: readonly VideoRecord[],
  models: SeedModels,
  config: CheckedConfig,
  conditions: readonly Exclude<Condition, 'clean'>[],
  expected: Record<Modality, { dim: number; recipeHash: string }>,
  { signal, onProgress }: StageOptions,
): Promise<ScoredVideo[]> {
  const scored: ScoredVideo[] = [];
  for (const video of videos) {
    throwIfAborted(signal);
    const read = (condition: Condition) => readVideoFeatures(config.workspace, video, condition, expected);
    const features = await read('clean');
    const clean = await scoreFeatures(features, models, config.methods);
    const corrupted: Partial<Record<CorruptionName, MethodScores>> = {};
    for (const condition of conditions) {
      corrupted[condition.corruption] = isDamaged(video, condition)
        ? await scoreFeatures(await read(condition), models, config.methods)
        : clean;
    }
    const { id, label, frames, intervals } = video;
    const snippets = (features.visual ?? features.audio)!.length;
    scored.push({ id, label, frames, intervals, snippets, clean, corrupted });
    onProgress?.({ stage: `scoring, seed ${models.seed}`, done: scored.length, total: videos.length });
  }
  return scored;
}

/** Eq. 1 with the `concat` model; Eq. 2 with the others, fused (Eq. 3) by equal or by dynamic weights. */
async function scoreFeatures(
  features: VideoFeatures,
  { concat, shared, padding }: SeedModels,
  methods: readonly Method[],
): Promise<MethodScores> {
  const scores: MethodScores = {};
  if (concat) scores.concat = (await concat.detector.score(features)).joint!;
  if (padding) scores.padding = average(await padding.detector.score(features));
  if (shared) {
    const single = await shared.detector.score(features);
    if (methods.includes('average')) scores.average = average(single);
    if (methods.includes('dynamic')) scores.dynamic = fuse(single, shared.weighting!.weights(features));
  }
  return scores;
}

function average(scores: DetectorScores): Float32Array {
  return fuse(scores, equalWeights(scores));
}
