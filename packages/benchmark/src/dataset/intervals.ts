import { GRID_FPS } from './model.js';

type Interval = [start: number, end: number];

/** Frames of a file of `fps` frames a second → frames of the 24-fps grid at the same times. Never empty. */
export function toGrid([start, end]: Interval, fps: number): Interval {
  if (fps === GRID_FPS) return [start, end];
  const first = Math.round((start * GRID_FPS) / fps);
  return [first, Math.max(first + 1, Math.round((end * GRID_FPS) / fps))];
}

/** Ascending and disjoint; intervals that overlap or touch become one. */
export function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const [start, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** The part of each interval before frame `frames`. */
export function clampIntervals(intervals: readonly Interval[], frames: number): Interval[] {
  return intervals.flatMap(([start, end]) =>
    start < frames ? [[start, Math.min(end, frames)] as Interval] : [],
  );
}
