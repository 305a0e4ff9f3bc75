import type { BenchmarkRecord, Severity } from '@robusta/core';
import { frameLabels, rankingMetrics } from '@robusta/metrics';
import type { CorruptionName } from '../protocol/condition.js';
import { parseScenario } from '../protocol/scenario.js';
import { selectCorrupted } from '../protocol/select.js';
import type { Method } from './config.js';

/** Frames in a snippet. */
export const SNIPPET_FRAMES = 16;

/** Scores of one test video by each method: `[T]`, each in [0, 1]. */
export type MethodScores = Partial<Record<Method, Float32Array>>;

/** A test video as {@link evaluate} measures it: what is anomalous in it. */
export interface MeasuredVideo {
  id: string;
  label: 0 | 1;
  /** Frames on the 24-fps grid. */
  frames: number;
  /** Anomalous stretches `[start, end)` in frames. */
  intervals: [start: number, end: number][];
  /** T, the length of every score. */
  snippets: number;
}

/** A test video with its scores when clean and under each corruption. */
export interface ScoredVideo extends MeasuredVideo {
  clean: MethodScores;
  corrupted: Partial<Record<CorruptionName, MethodScores>>;
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
  const measure = createMeter(videos);
  const records: BenchmarkRecord[] = [];
  for (const corruption of grid.corruptions) {
    const { modality } = parseScenario(corruption);
    for (const level of grid.levels) {
      const chosen = selectCorrupted(ids, level, grid.seed, videoLabels);
      for (const method of grid.methods) {
        const areas = measure((i) => {
          const { id, clean, corrupted } = videos[i]!;
          return (chosen.has(id) ? corrupted[corruption]! : clean)[method]!;
        });
        const { severity, seed } = grid;
        const corruptedVideos = chosen.size;
        records.push({ method, corruption, modality, severity, level, seed, ...areas, corruptedVideos });
      }
    }
  }
  return records;
}

/** What {@link createMeter} measures. */
export type Areas = Pick<BenchmarkRecord, 'ap' | 'prAuc' | 'rocAuc'>;

/**
 * Measures scores of the videos by their frames, pooled into one buffer that is written anew each time.
 * @returns a function of the scores `[T]` of the i-th video, which throws NO_POSITIVE, NO_NEGATIVE if the frames are
 *   all of one class
 */
export function createMeter(
  videos: readonly MeasuredVideo[],
): (scoresOf: (i: number) => Float32Array) => Areas {
  const parts = videos.map(snippetFrameLabels);
  const labels = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    labels.set(part, end);
    end += part.length;
  }
  const pooled = new Float32Array(labels.length);
  return (scoresOf) => {
    let offset = 0;
    videos.forEach((_, i) => {
      const scores = scoresOf(i);
      for (let t = 0; t < scores.length; t++, offset += SNIPPET_FRAMES) {
        pooled.fill(scores[t]!, offset, offset + SNIPPET_FRAMES);
      }
    });
    return rankingMetrics(labels, pooled);
  };
}

/** Labels of the frames that lie in whole snippets: `[16 * T]`. */
export function snippetFrameLabels(
  video: Pick<MeasuredVideo, 'frames' | 'intervals' | 'snippets'>,
): Uint8Array {
  const scored = SNIPPET_FRAMES * video.snippets;
  const labels = frameLabels(video.intervals, video.frames);
  if (scored <= labels.length) return labels.subarray(0, scored);
  // A clip shorter than a snippet is looped to one: the frames that repeat it have the labels of the first pass.
  return Uint8Array.from({ length: scored }, (_, i) => labels[i % labels.length]!);
}
