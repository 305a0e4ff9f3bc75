import type { CatalogEntry } from './catalog.js';
import { clampIntervals, mergeIntervals, toGrid } from './intervals.js';
import { type DatasetProblem, GRID_FPS, type VideoRecord } from './model.js';
import { problemOf } from './rules.js';

type Length = Pick<VideoRecord, 'fps' | 'frames'>;

/**
 * The annotated stretches of a video on the 24-fps grid, cut at its end; undefined where the video cannot be evaluated
 * for want of one.
 * @param length - what the video itself says: its rate, and its frames on the grid
 */
export function stretchesOf(
  entry: CatalogEntry,
  { fps, frames }: Length,
  problems: DatasetProblem[],
): VideoRecord['intervals'] | undefined {
  const whole = mergeIntervals(entry.intervals.map((interval) => toGrid(interval, entry.rate ?? fps)));
  const end = whole.at(-1)?.[1] ?? 0;
  if (end > frames) {
    const message = `annotated up to frame ${end} but the video has ${frames} at ${GRID_FPS} fps; the excess is cut`;
    problems.push(problemOf('beyond-end', entry.id, message));
  }
  const intervals = clampIntervals(whole, frames);
  return isEvaluable(entry, intervals, problems) ? intervals : undefined;
}

/** False, and a problem, for an anomalous test video without a stretch. */
export function isEvaluable(
  { id, split, label }: CatalogEntry,
  intervals: VideoRecord['intervals'],
  problems: DatasetProblem[],
): boolean {
  if (split === 'train' || label === 0 || intervals.length > 0) return true;
  const message = 'an anomalous test video without an annotated stretch cannot be evaluated';
  problems.push(problemOf('not-annotated', id, message, { skipped: true }));
  return false;
}

/** Tells of stretches of one video that overlap. Those that touch do not. */
export function checkOverlaps({ id, intervals }: CatalogEntry, problems: DatasetProblem[]): void {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0]);
  let end = -1;
  for (const [from, to] of sorted) {
    if (from < end) {
      problems.push(problemOf('ranges-overlap', id, `stretch ${from}-${to} begins before ${end}`));
      return;
    }
    end = Math.max(end, to);
  }
}
