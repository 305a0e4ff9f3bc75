import { type Modality, throwIfAborted } from '@robusta/core';
import type { DetectorScores } from '@robusta/detector';
import { type DynamicWeighting, fuse } from '@robusta/gmm-fusion';
import type { VideoRecord } from '../dataset/model.js';
import { type Condition, type CorruptionName, modalityOfCorruption } from '../protocol/condition.js';
import type { CheckedConfig, Method } from './config.js';
import type { DetectedVideo } from './detection.js';
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
    const detected: DetectedVideo = { clean: clean.compromised ?? {}, corrupted: {} };
    for (const condition of conditions) {
      const { corruption } = condition;
      if (!isDamaged(video, condition)) {
        corrupted[corruption] = clean.scores;
        continue;
      }
      const { scores, compromised } = await scoreFeatures(await read(condition), models, config.methods);
      corrupted[corruption] = scores;
      const found = compromised?.[modalityOfCorruption(corruption)];
      if (found) detected.corrupted[corruption] = found;
    }
    const { id, label, frames, intervals } = video;
    scored.push({
      ...{ id, label, frames, intervals },
      snippets: (features.visual ?? features.audio)!.length,
      ...{ clean: clean.scores, corrupted },
      ...(clean.compromised ? { detected } : {}),
    });
    onProgress?.({ stage: `scoring, seed ${models.seed}`, done: scored.length, total: videos.length });
  }
  return scored;
}

interface Scored {
  scores: MethodScores;
  /** How probably each snippet of a modality is compromised. */
  compromised?: DetectedVideo['clean'];
}

/** Eq. 1 with the `concat` model; Eq. 2 with the others, fused (Eq. 3) by equal or by dynamic weights. */
async function scoreFeatures(
  features: VideoFeatures,
  { concat, shared, padding }: SeedModels,
  methods: readonly Method[],
): Promise<Scored> {
  const scores: MethodScores = {};
  if (concat) scores.concat = (await concat.detector.score(features)).joint!;
  if (padding) scores.padding = average(await padding.detector.score(features));
  if (!shared) return { scores };
  const single = await shared.detector.score(features);
  if (methods.includes('average')) scores.average = average(single);
  if (!methods.includes('dynamic')) return { scores };
  const weighting = shared.weighting!;
  const judged = { ...features, scores: single };
  scores.dynamic = fuse(single, weighting.weights(judged));
  if (!canDetect(weighting)) return { scores };
  return { scores, compromised: weighting.detectCorruption(judged) };
}

/** Equal weights judge nothing. */
function canDetect({ parameters: { visual, audio } }: DynamicWeighting): boolean {
  return (visual ?? audio)?.density.kind !== 'none';
}

function average(scores: DetectorScores): Float32Array {
  return fuse(scores, equalWeights(scores));
}
