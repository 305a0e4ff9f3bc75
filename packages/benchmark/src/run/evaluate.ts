import type { BenchmarkRecord } from '@robusta/core';
import { averagePrecision, expandToFrames, frameLabels, prAuc, rocAuc } from '@robusta/metrics';
import { selectCorrupted } from '../protocol/select.js';
import { type CorruptionName, type Method, modalityOf } from './config.js';

/** Frames in a snippet. */
export const SNIPPET_FRAMES = 16;

/** Scores of one test video by every method: `[T]`, each in [0, 1]. */
export type MethodScores = Record<Method, Float32Array>;

/** A test video with its scores when clean and under each corruption. */
export interface ScoredVideo {
  id: string;
  label: 0 | 1;
  /** Frames on the 24-fps grid. */
  frames: number;
  /** Anomalous stretches `[start, end)` in frames. */
  intervals: [start: number, end: number][];
  clean: MethodScores;
  corrupted: Partial<Record<CorruptionName, MethodScores>>;
}

/** What {@link evaluate} makes records of. */
export interface Grid {
  corruptions: readonly CorruptionName[];
  levels: readonly number[];
  methods: readonly Method[];
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
  const labels = concatenate(videos.map(snippetFrameLabels));
  const records: BenchmarkRecord[] = [];
  for (const corruption of grid.corruptions) {
    for (const level of grid.levels) {
      const chosen = selectCorrupted(ids, level, grid.seed, videoLabels);
      for (const method of grid.methods) {
        const scores = concatenateScores(
          videos.map(({ id, clean, corrupted }) => {
            const source = chosen.has(id) ? corrupted[corruption]! : clean;
            return expandToFrames(source[method], { framesPerSnippet: SNIPPET_FRAMES });
          }),
        );
        records.push({
          method,
          corruption,
          modality: modalityOf(corruption),
          level,
          seed: grid.seed,
          ap: averagePrecision(labels, scores),
          prAuc: prAuc(labels, scores),
          rocAuc: rocAuc(labels, scores),
          corruptedVideos: chosen.size,
        });
      }
    }
  }
  return records;
}

/** Labels of the frames that lie in whole snippets: `[16 * T]`. */
export function snippetFrameLabels(video: Pick<ScoredVideo, 'frames' | 'intervals' | 'clean'>): Uint8Array {
  const scored = SNIPPET_FRAMES * Object.values(video.clean)[0]!.length;
  const labels = frameLabels(video.intervals, video.frames);
  if (scored <= labels.length) return labels.subarray(0, scored);
  // A clip shorter than a snippet is looped to one: the frames that repeat it have the labels of the first pass.
  return Uint8Array.from({ length: scored }, (_, i) => labels[i % labels.length]!);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function concatenateScores(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
