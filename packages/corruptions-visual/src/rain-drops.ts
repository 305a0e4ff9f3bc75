import { deriveSeed, hash32 } from '@robusta/core';
import type { StreakShape } from './rain-streak.js';

/** How streaks move from frame to frame. */
export interface RainMotion {
  /** `falling`: they go down, and each comes back at the top somewhere else; `independent`: new ones in each frame. */
  motion: 'falling' | 'independent';
  /** Pixels a frame, of falling streaks. */
  speed: number;
}

/** The streaks of any frame. */
export interface RainDrops {
  /** Columns and rows of the first pixels: x, y, x, y, ... Written anew by each call of `place`. */
  starts: Int32Array;
  /** Puts the streaks where they are in frame `index`. */
  place(index: number): void;
}

/**
 * Streaks for a frame of width x height: one for each `pixelsPerDrop` places where a streak can start and be seen. These
 * reach above the frame and beside it, so that every pixel is as likely to be covered as any other, whatever the size
 * of the frame. Positions are hashes of seed and streak.
 */
export function createRainDrops(
  width: number,
  height: number,
  shape: StreakShape,
  pixelsPerDrop: number,
  seed: number,
  { motion, speed }: RainMotion,
): RainDrops {
  const columns = width + shape.reach;
  const rows = height + shape.rows - 1;
  const left = Math.min(0, -shape.lean);
  const top = 1 - shape.rows;
  const starts = new Int32Array(2 * Math.floor((columns * rows) / pixelsPerDrop));
  const drops = deriveSeed(seed, 'drops');
  const heights = deriveSeed(seed, 'drops, heights');
  const part = (hash: number, whole: number) => (hash / 4294967296) * whole;

  function fall(index: number): void {
    for (let i = 0, drop = 0; i < starts.length; i += 2, drop++) {
      const fallen = part(hash32(heights, drop), rows) + speed * index;
      const rounds = Math.floor(fallen / rows);
      starts[i] = left + Math.floor(part(hash32(hash32(drops, drop), rounds), columns));
      // Float rounding may give `rows` itself.
      starts[i + 1] = top + Math.min(rows - 1, Math.floor(fallen - rounds * rows));
    }
  }

  function scatter(index: number): void {
    const frame = hash32(drops, index);
    for (let i = 0; i < starts.length; i += 2) {
      starts[i] = left + Math.floor(part(hash32(frame, i), columns));
      starts[i + 1] = top + Math.floor(part(hash32(frame, i + 1), rows));
    }
  }

  return { starts, place: motion === 'falling' ? fall : scatter };
}
