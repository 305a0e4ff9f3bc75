import { deriveSeed, hash32 } from '@robusta/core';
import { z } from 'zod';
import { defineFrameCorruption } from './definition.js';
import { createLineBlur } from './line-blur.js';
import { motionBlurKernel, motionBlurOffsets, motionBlurTaps } from './motion-taps.js';
import { frameOptionFields, lengthFactor, roundingBias } from './options.js';

/** Directional blur along one line, the same angle for all frames of a video; parameters of ImageNet-C. */
export const motionBlur = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    mode: z.literal('directional').default('directional').describe('blur inside each frame'),
    radius: z.number().int().min(0).max(500).optional().describe('pixels; 2 radius + 1 taps'),
    sigma: z.number().positive().max(10000).optional().describe('pixels, width of the Gaussian'),
    angleDeg: z.number().min(-180).max(180).optional().describe('from +x towards +y, from the seed'),
  }),
  severity: {
    1: { radius: 10, sigma: 3 },
    2: { radius: 15, sigma: 5 },
    3: { radius: 15, sigma: 8 },
    4: { radius: 15, sigma: 12 },
    5: { radius: 20, sigma: 15 },
  },
  create(options) {
    const { seed, width, height, rounding, radius, sigma } = options;
    const drawn = (90 * hash32(deriveSeed(seed, 'angle'), 0)) / 4294967296 - 45;
    const angleDeg = options.angleDeg ?? drawn;
    const factor = lengthFactor(options);
    const kernel = motionBlurKernel(Math.round(radius * factor), sigma * factor);
    const offsets = motionBlurOffsets(kernel.length, angleDeg);
    const taps = motionBlurTaps(kernel, offsets, width, height);
    return {
      parameters: { ...options, angleDeg },
      kernel: createLineBlur(width, height, taps, roundingBias(rounding)),
    };
  },
});
