import { z } from 'zod';
import { defineFrameCorruption } from './definition.js';
import { frameOptionFields, lengthFactor, roundingBias } from './options.js';
import { createRainDrops } from './rain-drops.js';
import { createRainLayer } from './rain-layer.js';
import { streakShape } from './rain-streak.js';

/** Two a frame at 25 frames per second: a streak is the path of a drop while the shutter is open for half of a frame. */
const LENGTHS_PER_SECOND = 50;

/** Bright streaks over a darker frame of less contrast; parameters of Mini Kinetics-C. */
export const rain = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    length: z
      .number()
      .int()
      .min(0)
      .max(2000)
      .optional()
      .describe('rows from first to last pixel of a streak'),
    pixelsPerDrop: z.number().min(10).optional().describe('pixels of the frame for each streak'),
    contrast: z.number().min(0).max(1).optional().describe('what is left of the distance from the mean'),
    slant: z
      .number()
      .int()
      .min(-2000)
      .max(2000)
      .default(-1)
      .describe('columns, to the right, at most the length'),
    motion: z
      .enum(['falling', 'independent'])
      .default('falling')
      .describe('whether streaks fall, or each frame has new ones'),
    speed: z.number().min(0).max(1e6).optional().describe('pixels per second, 50 lengths'),
  }),
  severity: {
    1: { length: 10, pixelsPerDrop: 770, contrast: 0.8 },
    2: { length: 30, pixelsPerDrop: 770, contrast: 0.8 },
    3: { length: 60, pixelsPerDrop: 770, contrast: 0.7 },
    4: { length: 60, pixelsPerDrop: 500, contrast: 0.6 },
    5: { length: 80, pixelsPerDrop: 400, contrast: 0.5 },
  },
  create(options) {
    const { width, height, seed, fps, rounding, length, pixelsPerDrop, contrast, motion } = options;
    const slant = Math.max(-length, Math.min(length, options.slant)) + 0;
    const speed = options.speed ?? LENGTHS_PER_SECOND * length;
    const factor = lengthFactor(options);
    const shape = streakShape(Math.round(length * factor), Math.round(slant * factor));
    // Streaks stay one pixel wide: with as many times fewer of them as they are longer the covered share stays.
    const drops = createRainDrops(width, height, shape, pixelsPerDrop * factor, seed, {
      motion,
      speed: (speed * factor) / fps,
    });
    const layer = createRainLayer(width, height, shape, contrast, roundingBias(rounding));
    return {
      parameters: { ...options, slant, speed },
      kernel(input, output, index) {
        drops.place(index);
        layer(input, output, drops.starts);
      },
    };
  },
});
