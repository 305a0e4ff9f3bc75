import { deriveSeed, hash32 } from '@robusta/core';
import { z } from 'zod';
import { defineFrameCorruption } from './definition.js';
import { createFogLayer } from './fog-layer.js';
import { frameOptionFields, roundingBias } from './options.js';
import { plasmaMap } from './plasma.js';

/** I' = (I + A M) m / (m + A): a grey plasma map M over the frame, m the largest value of the frame. */
export const fog = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    strength: z.number().min(0).max(100).optional().describe('A, how much of the map is added'),
    decay: z.number().min(1).max(100).optional().describe('how smooth the map is'),
    motion: z.enum(['drift', 'static']).default('drift').describe('whether the map moves'),
    driftSpeed: z.number().min(0).max(1000).default(0.03).describe('sides of the map per second'),
    driftAngleDeg: z.number().min(-360).max(360).optional().describe('direction of the drift, from the seed'),
  }),
  severity: {
    1: { strength: 1.5, decay: 2 },
    2: { strength: 2, decay: 2 },
    3: { strength: 2.5, decay: 1.7 },
    4: { strength: 2.5, decay: 1.5 },
    5: { strength: 3, decay: 1.4 },
  },
  create(options) {
    const { seed, width, height, fps, strength, decay, motion, driftSpeed, rounding } = options;
    const angle = options.driftAngleDeg ?? (360 * hash32(deriveSeed(seed, 'drift'), 0)) / 4294967296;
    const mapSeed = deriveSeed(seed, 'plasma');
    let drawn = 0;
    const draw = () => (2 * hash32(mapSeed, drawn++) + 1) / 4294967296 - 1;
    const side = mapSide(width, height);
    const map = { side, fill: (heights: Float32Array) => plasmaMap(side, decay, draw, heights) };
    const perFrame = motion === 'drift' ? (driftSpeed * side) / fps : 0;
    const drift = {
      x: perFrame * Math.cos(angle * (Math.PI / 180)),
      y: perFrame * Math.sin(angle * (Math.PI / 180)),
    };
    return {
      parameters: { ...options, driftAngleDeg: angle },
      kernel: createFogLayer(width, height, map, drift, strength, roundingBias(rounding)),
    };
  },
});

/** The smallest power of two that covers both sides of the frame. */
function mapSide(width: number, height: number): number {
  let side = 1;
  while (side < width || side < height) side *= 2;
  return side;
}
