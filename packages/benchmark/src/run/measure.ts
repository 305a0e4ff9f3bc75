import { setImmediate } from 'node:timers/promises';
import { type BenchmarkRecord, type Comparison, throwIfAborted } from '@robusta/core';
import { averagePrecision, bootstrapDifference, expandToFrames } from '@robusta/metrics';
import { chosenCount } from '../protocol/select.js';
import type { CheckedConfig, Method } from './config.js';
import {
  type Areas,
  createMeter,
  type MeasuredVideo,
  SNIPPET_FRAMES,
  snippetFrameLabels,
} from './evaluate.js';
import { cleanPairOf, createPairs, pairName, type Row } from './inputs.js';
import type { TestVideo, VideoScores } from './score-stage.js';
import type { StageOptions } from './stage.js';

/** The test videos with what the models of one repetition say of each. */
export interface Scored {
  videos: readonly TestVideo[];
  scores: readonly VideoScores[];
  seed: number;
}

/** Who has what at a level of a row: names of pairs of inputs, in the order of the videos. */
interface Cell {
  row: Row;
  level: number;
  names: readonly string[];
  corruptedVideos: number;
}

/**
 * The cells of one repetition: each method's areas at every level of every row, and at level 0 and the highest one whether
 * methods differ from the first one (at all levels that would take hours for a large dataset). Cells in which every video
 * has the same inputs, as all have at level 0, are measured once.
 * @throws NO_POSITIVE, NO_NEGATIVE if the test frames are all of one class; ABORTED
 */
export async function measureRows(
  scored: Scored,
  rows: readonly Row[],
  config: CheckedConfig,
  { signal, onProgress }: StageOptions = {},
): Promise<{ records: BenchmarkRecord[]; comparisons: Comparison[] }> {
  const { seed } = scored;
  const videos = measuredOf(scored);
  const measure = createMeter(videos);
  const known = new Map<string, Areas>();
  const compare = createComparison(videos, config.resamples);
  const records: BenchmarkRecord[] = [];
  const comparisons: Comparison[] = [];
  const [first, ...others] = config.methods;
  const cells = cellsOf(scored, rows, config);
  for (const [done, { row, level, names, corruptedVideos }] of cells.entries()) {
    const { scenario, severity } = row;
    const { name: corruption, modality } = scenario;
    const scoresOf = (method: Method) => (i: number) =>
      scored.scores[i]!.pairs.get(names[i]!)!.scores[method]!;
    const inputs = names.join('\n');
    for (const method of config.methods) {
      const key = `${method}\n${inputs}`;
      const areas = known.get(key) ?? measure(scoresOf(method));
      known.set(key, areas);
      records.push({ method, corruption, modality, severity, level, seed, ...areas, corruptedVideos });
    }
    const isCompared = severity === config.severity && (level === 0 || level === row.levels.at(-1));
    for (const other of isCompared && config.resamples > 0 ? others : []) {
      const found = compare(`${other}\n${inputs}`, scoresOf(other), scoresOf(first!));
      comparisons.push({ a: other, b: first!, corruption, level, seed, ...found });
      // A comparison may take seconds: an abort is to arrive.
      await setImmediate();
      throwIfAborted(signal);
    }
    onProgress?.({ stage: `measuring, seed ${seed}`, done: done + 1, total: cells.length });
  }
  return { records, comparisons };
}

/** The areas of each method on the clean videos. */
export function measureClean(scored: Scored, methods: readonly Method[]): { method: Method; areas: Areas }[] {
  const measure = createMeter(measuredOf(scored));
  const names = scored.videos.map((video) => pairName(cleanPairOf(video)));
  return methods.map((method) => ({
    method,
    areas: measure((i) => scored.scores[i]!.pairs.get(names[i]!)!.scores[method]!),
  }));
}

function cellsOf({ videos, seed }: Scored, rows: readonly Row[], config: CheckedConfig): Cell[] {
  const pairsOf = createPairs(videos, { ...config, seed });
  return rows.flatMap((row) =>
    row.levels.map((level): Cell => {
      const names = pairsOf(row, level).map(pairName);
      return { row, level, names, corruptedVideos: chosenCount(level, videos.length) };
    }),
  );
}

/** Measured once for equal keys. */
function createComparison(videos: readonly MeasuredVideo[], samples: number) {
  const labels = videos.map(snippetFrameLabels);
  const known = new Map<string, ReturnType<typeof bootstrapDifference>>();
  type ScoresOf = (i: number) => Float32Array;
  const framesOf = (scoresOf: ScoresOf) =>
    labels.map((own, i) => ({
      labels: own,
      scores: expandToFrames(scoresOf(i), { framesPerSnippet: SNIPPET_FRAMES }),
    }));
  return (key: string, a: ScoresOf, b: ScoresOf) => {
    const found =
      known.get(key) ?? bootstrapDifference(framesOf(a), framesOf(b), averagePrecision, { samples });
    known.set(key, found);
    return found;
  };
}

function measuredOf({ videos, scores }: Scored): MeasuredVideo[] {
  return videos.map(({ id, label, frames, intervals }, i) => {
    return { id, label, frames, intervals, snippets: scores[i]!.snippets };
  });
}
