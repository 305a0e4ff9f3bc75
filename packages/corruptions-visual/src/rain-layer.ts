import type { PixelSink } from './definition.js';
import { FIXED_ONE } from './fixed-point.js';
import { plainRainSteps, type RainSteps } from './rain-steps.js';
import { clipStreak, type StreakShape } from './rain-streak.js';
import { vectorRainSteps } from './rain-vectors.js';

/** Of 255: how bright streaks are, and how much of a streak's pixel they make up. */
const STREAK = 220;

/** Draws streaks, given as x, y, x, y, ... of their first pixels, over a frame. */
export type RainLayer = (input: Uint8Array, output: PixelSink, starts: Int32Array) => void;

/**
 * Rain over a frame I, as Yi et al. (2021) draw it. Streaks K light up the pixels below them, J = I + K (1 - I)
 * (1 - mean of I); where they are, the frame is made of the 3 x 3 mean of J and of I, K to 1 - K; and the contrast falls
 * about the channel means. Away from streaks only the contrast changes: two dense passes are enough, and what is in
 * between touches no more than the streaks.
 * @param contrast - what is left of the distance from the means, 0 to 1
 * @param vectors - false for the plain loops
 */
export function createRainLayer(
  width: number,
  height: number,
  shape: StreakShape,
  contrast: number,
  bias: number,
  vectors = true,
): RainLayer {
  const slope = Math.round(contrast * FIXED_ONE);
  const ofBlurred = Math.round((slope * STREAK) / 255);
  const ofFrame = slope - ofBlurred;
  // The rounding of both factors, times 255, shall not cut a whole number to the one below.
  const start = bias * FIXED_ONE + 256;
  const pixels = width * height;
  const sums = new Float64Array(6);
  const offsets = new Int32Array(3);
  const visible = { first: 0, end: 0 };

  /** What a pixel of each level becomes below a streak. */
  function fillTable(lightOf: Uint8Array): void {
    const mean = (sums[0]! + sums[1]! + sums[2]!) / (3 * pixels);
    for (let i = 0; i < 256; i++) {
      lightOf[i] = i + Math.floor(STREAK * (1 - i / 255) * (1 - mean / 255));
    }
  }

  /** The part of the means that the contrast keeps. */
  function keepMeans(): void {
    for (let channel = 0; channel < 3; channel++) {
      const sum = (255 - STREAK) * sums[channel]! + STREAK * sums[3 + channel]!;
      offsets[channel] = Math.floor((sum / (255 * pixels)) * (FIXED_ONE - slope)) + start;
    }
  }

  function walk(starts: Int32Array, step: RainSteps['light']): void {
    for (let i = 0; i < starts.length; i += 2) {
      const x = starts[i]!;
      const y = starts[i + 1]!;
      clipStreak(shape, x, y, width, height, visible);
      if (visible.first < visible.end) step(x, y, visible.first, visible.end);
    }
  }

  const fast = vectors ? vectorRainSteps(width, height, shape) : undefined;
  let plain: RainSteps | undefined;
  const stepsFor = (output: PixelSink) => {
    if (fast && output instanceof Uint8Array) return fast;
    plain ??= plainRainSteps(width, height, shape);
    return plain;
  };
  return (input, output, starts) => {
    const steps = stepsFor(output);
    steps.load(input, sums);
    fillTable(steps.lightOf);
    walk(starts, steps.light);
    steps.mirrorEdges();
    walk(starts, steps.blur);
    steps.sumBlurred(sums);
    keepMeans();
    steps.blend(output, ofFrame, ofBlurred, offsets);
  };
}
