import type { BenchmarkRecord, Severity } from '@robusta/core';
import { expandToFrames, frameLabels, rankingMetrics } from '@robusta/metrics';
import { type CorruptionName, modalityOfCorruption } from '../protocol/condition.js';
import { selectCorrupted } from '../protocol/select.js';
import type { Method } from './config.js';
import type { DetectedVideo } from './detection.js';

/** Frames in a snippet. */
export const SNIPPET_FRAMES = 16;

/** Scores of one test video by each method: `[T]`, each in [0, 1]. */
export type MethodScores = Partial<Record<Method, Float32Array>>;

/** A test video with its scores when clean and under each corruption. */
export interface ScoredVideo {
  id: string;
  label: 0 | 1;
  /** Frames on the 24-fps grid. */
  frames: number;
  /** Anomalous stretches `[start, end)` in frames. */
  intervals: [start: number, end: number][];
  /** T, the length of every score. */
  snippets: number;
  clean: MethodScores;
  corrupted: Partial<Record<CorruptionName, MethodScores>>;
  /** What the weighting says of its modalities; absent without dynamic weights. */
  detected?: DetectedVideo;
}

/** What {@link evaluate} makes records of. */
export interface Grid {
  corruptions: readonly CorruptionName[];
  levels: readonly number[];
  methods: readonly Method[];
  severity: Severity;
  seed: number;
}

/**
 * A record for each corruption, level and method: the frames of all test videos are pooled, those of the videos
 * that the level selects with their corrupted scores (protocol of the paper, Section IV). Frames after the last
 * whole snippet take no part.
 * @throws NO_POSITIVE, NO_NEGATIVE if the test frames are all of one class
 */
export function evaluate(videos: readonly ScoredVideo[], grid: Grid): BenchmarkRecord[] {
  const ids = videos.map(({ id }) => id);
  const videoLabels = videos.map(({ label }) => label);
  const labels = concatenate(Uint8Array, videos.map(snippetFrameLabels));
  const records: BenchmarkRecord[] = [];
  for (const corruption of grid.corruptions) {
    for (const level of grid.levels) {
      const chosen = selectCorrupted(ids, level, grid.seed, videoLabels);
      for (const method of grid.methods) {
        const scores = concatenate(
          Float32Array,
          videos.map(({ id, clean, corrupted }) => {
            const source = chosen.has(id) ? corrupted[corruption]! : clean;
            return expandToFrames(source[method]!, { framesPerSnippet: SNIPPET_FRAMES });
          }),
        );
        records.push({
          method,
          corruption,
          modality: modalityOfCorruption(corruption),
          severity: grid.severity,
          level,
          seed: grid.seed,
          ...rankingMetrics(labels, scores),
          corruptedVideos: chosen.size,
        });
      }
    }
  }
  return records;
}

/** Labels of the frames that lie in whole snippets: `[16 * T]`. */
export function snippetFrameLabels(
  video: Pick<ScoredVideo, 'frames' | 'intervals' | 'snippets'>,
): Uint8Array {
  const scored = SNIPPET_FRAMES * video.snippets;
  const labels = frameLabels(video.intervals, video.frames);
  if (scored <= labels.length) return labels.subarray(0, scored);
  // A clip shorter than a snippet is looped to one: the frames that repeat it have the labels of the first pass.
  return Uint8Array.from({ length: scored }, (_, i) => labels[i % labels.length]!);
}

function concatenate<A extends Uint8Array | Float32Array>(
  type: new (length: number) => A,
  parts: readonly A[],
): A {
  const whole = new type(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
