import type { Rational } from './ffmpeg.js';

/** The frame rate rule in streaming form; see {@link createFpsRule}. */
export interface FpsRule {
  /**
   * Announces the next input frame.
   * @param timestamp - its presentation time, an integer count of the time base, 0 = time zero of the container
   * @returns how many output frames show the input frame announced before this one (0 for the first call)
   */
  push(timestamp: number): number;
  /**
   * Announces the end of the input.
   * @param timestamp - when the last frame stops being shown
   * @returns how many output frames show the last input frame
   */
  finish(timestamp: number): number;
}

/**
 * Which input frames make a video of a fixed rate: the rule of FFmpeg's `fps` filter with `round=near:start_time=0`.
 * An input frame at time t has slot round(fps * t), halves away from zero; output frame k shows the last input
 * frame whose slot is at most k (the first one, if it starts late); there are round(fps * end) output frames.
 * Arithmetic is exact up to timestamps of 2^53 / fps; memory is constant.
 * @param fps - output frames per second
 * @param timeBase - seconds of one timestamp tick
 */
export function createFpsRule(fps: Rational, timeBase: Rational): FpsRule {
  const multiplier = fps.num * timeBase.num;
  const divisor = fps.den * timeBase.den;
  let next = 0;
  let started = false;

  const slot = (timestamp: number) => {
    const position = (timestamp * multiplier) / divisor;
    return position < 0 ? -Math.round(-position) : Math.round(position);
  };
  const advance = (to: number) => {
    const shown = Math.max(0, to - next);
    next += shown;
    return shown;
  };
  return {
    push(timestamp) {
      const shown = started ? advance(slot(timestamp)) : 0;
      started = true;
      return shown;
    },
    finish: (timestamp) => (started ? advance(slot(timestamp)) : 0),
  };
}

/**
 * The same rule for a list.
 * @param timestamps - presentation times of the input frames, integer ticks in rising order
 * @param end - when the last frame stops being shown, in ticks
 * @returns for each output frame the index of the input frame that it shows
 */
export function selectFrames(
  timestamps: Iterable<number>,
  end: number,
  fps: Rational,
  timeBase: Rational,
): number[] {
  const rule = createFpsRule(fps, timeBase);
  const selected: number[] = [];
  const show = (index: number, times: number) => {
    for (let i = 0; i < times; i++) selected.push(index);
  };
  let index = -1;
  for (const timestamp of timestamps) {
    show(index, rule.push(timestamp));
    index++;
  }
  show(index, rule.finish(end));
  return selected;
}
