import { type FeatureSequence, RobustaError } from '@robusta/core';
import type { DetectorScores } from '@robusta/detector';
import { createAudioExtractor, createVisualExtractor } from '@robusta/features';
import { fuse } from '@robusta/gmm-fusion';
import { probe } from '@robusta/media';
import { GRID_FPS } from '../dataset/model.js';
import { equalWeights } from './equal-weights.js';
import { SNIPPET_FRAMES } from './evaluate.js';
import { EXTRACTOR } from './feature-store.js';
import { loadModel, type StoredModel } from './model-folder.js';
import type { StageProgress } from './stage.js';

/** What one snippet of a video looks like to a model; `null` where a modality or a weight does not exist. */
export interface ScoredSnippet {
  /** Seconds from the start of the video. */
  start: number;
  end: number;
  /** Anomaly score of both modalities together, in [0, 1]. */
  score: number;
  /** Score of the picture alone. */
  visual: number | null;
  /** Score of the sound alone. */
  audio: number | null;
  /** λV, the weight of the picture, in [0, 1]; λV + λA = 1. */
  lambdaVisual: number | null;
  /** λA, the weight of the sound. */
  lambdaAudio: number | null;
}

/** A video as {@link scoreVideo} sees it. */
export interface ScoredFile {
  video: string;
  model: string;
  /** The modalities that the file has. */
  modalities: ('visual' | 'audio')[];
  snippets: ScoredSnippet[];
}

/** Options of {@link scoreVideo}. */
export interface ScoreOptions {
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
}

/**
 * Scores every snippet (16 frames at 24 fps) of one video with a trained model. A shared model also says how far it
 * trusts each modality (Eq. 4 and 5 of the paper); a file that lacks one is scored by the other alone.
 * @param video - a video or sound file
 * @param model - a model folder that a benchmark run wrote
 * @throws FILE_NOT_FOUND, NOT_MEDIA and the other errors of reading media; BAD_MODEL, FEATURE_MISMATCH, ABORTED
 */
export async function scoreVideo(
  video: string,
  model: string,
  options: ScoreOptions = {},
): Promise<ScoredFile> {
  const stored = await loadModel(model);
  try {
    const features = await extract(video, stored, options);
    return {
      video,
      model,
      modalities: (['visual', 'audio'] as const).filter((modality) => features[modality]),
      snippets: await snippetsOf(stored, features),
    };
  } finally {
    stored.detector.dispose();
  }
}

interface Features {
  visual?: FeatureSequence;
  audio?: FeatureSequence;
}

async function extract(video: string, { origin }: StoredModel, options: ScoreOptions): Promise<Features> {
  const { signal, onProgress } = options;
  const visualExtractor = createVisualExtractor({ kind: EXTRACTOR });
  const audioExtractor = createAudioExtractor({ kind: EXTRACTOR });
  for (const { spec } of [visualExtractor, audioExtractor]) {
    const expected = origin.features[spec.modality];
    if (expected.recipeHash === spec.recipeHash) continue;
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `the model was trained on other ${spec.modality} features (${expected.kind} ${expected.recipeHash.slice(0, 8)}) than this version extracts (${spec.kind} ${spec.recipeHash.slice(0, 8)})`,
      { hint: 'train again with this version' },
    );
  }
  const info = await probe(video);
  const total = Math.max(1, Math.round(info.duration));
  const features: Features = {};
  if (info.video) {
    features.visual = await visualExtractor.extract(video, {
      ...(signal ? { signal } : {}),
      onProgress: ({ seconds }) =>
        onProgress?.({ stage: 'extracting features', done: Math.min(Math.round(seconds), total), total }),
    });
  }
  if (info.audio) {
    features.audio = await audioExtractor.extract(video, {
      ...(signal ? { signal } : {}),
      ...(features.visual ? { snippets: features.visual.length } : {}),
    });
  }
  return features;
}

async function snippetsOf(
  { detector, weighting }: StoredModel,
  features: Features,
): Promise<ScoredSnippet[]> {
  const scores = await detector.score(features);
  const weights = scores.joint ? undefined : weightsOf(features, scores, weighting);
  const score = scores.joint ?? fuse(scores, weights!);
  const hop = SNIPPET_FRAMES / GRID_FPS;
  return Array.from(score, (value, i) => ({
    start: i * hop,
    end: (i + 1) * hop,
    score: value,
    visual: scores.visual?.[i] ?? null,
    audio: scores.audio?.[i] ?? null,
    lambdaVisual: weights?.visual[i] ?? null,
    lambdaAudio: weights?.audio[i] ?? null,
  }));
}

/** Equal ones where the model has no mixtures: it was trained without a projection. */
function weightsOf(
  features: Features,
  scores: DetectorScores,
  weighting: StoredModel['weighting'],
): Record<'visual' | 'audio', ArrayLike<number>> {
  if (weighting) return weighting.weights({ ...features, scores });
  const length = (scores.visual ?? scores.audio)!.length;
  const { visual, audio } = equalWeights(scores);
  return { visual: new Float64Array(length).fill(visual), audio: new Float64Array(length).fill(audio) };
}
