import { type Modality, throwIfAborted } from '@robusta/core';
import { fuse } from '@robusta/gmm-fusion';
import type { VideoRecord } from '../dataset/model.js';
import type { Condition, CorruptionName } from '../protocol/condition.js';
import type { CheckedConfig, Method } from './config.js';
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

/** Eq. 1 with the `concat` model; Eq. 2 with the `shared` one, fused (Eq. 3) by equal and by dynamic weights. */
async function scoreFeatures(
  features: VideoFeatures,
  { concat, shared }: SeedModels,
  methods: readonly Method[],
): Promise<MethodScores> {
  const scores: MethodScores = {};
  if (concat) scores.concat = (await concat.detector.score(features)).joint!;
  if (shared) {
    const { visual, audio } = await shared.detector.score(features);
    const single = { ...(visual ? { visual } : {}), ...(audio ? { audio } : {}) };
    if (methods.includes('average')) {
      const weight = visual && audio ? 0.5 : 1;
      scores.average = fuse(single, { visual: visual ? weight : 0, audio: audio ? weight : 0 });
    }
    if (methods.includes('dynamic')) scores.dynamic = fuse(single, shared.weighting!.weights(features));
  }
  return scores;
}
