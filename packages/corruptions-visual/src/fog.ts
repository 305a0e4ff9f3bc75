import { deriveSeed, hash32 } from '@robusta/core';
import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
import { frameOptionFields, roundingBias } from './options.js';
import { type HeightMap, plasmaMap } from './plasma.js';

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
    const { seed, width, height, fps, strength, decay, motion, driftSpeed } = options;
    const angle = options.driftAngleDeg ?? (360 * hash32(deriveSeed(seed, 'drift'), 0)) / 4294967296;
    const mapSeed = deriveSeed(seed, 'plasma');
    let drawn = 0;
    const draw = () => (2 * hash32(mapSeed, drawn++) + 1) / 4294967296 - 1;
    const map = plasmaMap(mapSide(width, height), decay, draw);
    const bias = roundingBias(options.rounding);
    const perFrame = motion === 'drift' ? (driftSpeed * map.side) / fps : 0;
    const dx = perFrame * Math.cos(angle * (Math.PI / 180));
    const dy = perFrame * Math.sin(angle * (Math.PI / 180));
    return {
      parameters: { ...options, driftAngleDeg: angle },
      kernel: (input, output, index) => {
        addFog(input, output, width, map, dx * index, dy * index, strength, bias);
      },
    };
  },
});

/** The smallest power of two that covers both sides of the frame. */
function mapSide(width: number, height: number): number {
  let side = 1;
  while (side < width || side < height) side *= 2;
  return side;
}

/**
 * Fogs one frame with the map read at (x + shiftX, y + shiftY), bilinear and wrapped around.
 * The sum stays within 0..255 without a clip: I + A M is at most m + A.
 */
export function addFog(
  input: Uint8Array,
  output: PixelSink,
  width: number,
  map: HeightMap,
  shiftX: number,
  shiftY: number,
  strength: number,
  bias: number,
): void {
  const { side, data } = map;
  const wrap = side - 1;
  const wholeX = Math.floor(shiftX);
  const wholeY = Math.floor(shiftY);
  const fractionX = shiftX - wholeX;
  const fractionY = shiftY - wholeY;
  const startX = modulo(wholeX, side);
  const startY = modulo(wholeY, side);
  const peak = largest(input);
  // A black frame stays black: the factor goes to 0 with m.
  const factor = peak === 0 ? 0 : peak / (peak + 255 * strength);
  const density = 255 * strength * factor;
  const upper = density * (1 - fractionY);
  const lower = density * fractionY;
  const height = input.length / (width * 3);
  let i = 0;
  for (let y = 0; y < height; y++) {
    const top = ((startY + y) & wrap) * side;
    const bottom = ((startY + y + 1) & wrap) * side;
    let left = upper * data[top + startX]! + lower * data[bottom + startX]!;
    for (let x = 1; x <= width; x++) {
      const column = (startX + x) & wrap;
      const right = upper * data[top + column]! + lower * data[bottom + column]!;
      const added = left + fractionX * (right - left) + bias;
      output[i] = input[i]! * factor + added;
      output[i + 1] = input[i + 1]! * factor + added;
      output[i + 2] = input[i + 2]! * factor + added;
      left = right;
      i += 3;
    }
  }
}

function modulo(value: number, side: number): number {
  return ((value % side) + side) % side;
}

function largest(bytes: Uint8Array): number {
  let result = 0;
  for (let i = 0; i < bytes.length; i++) {
    const value = bytes[i]!;
    if (value > result) {
      result = value;
      if (value === 255) break;
    }
  }
  return result;
}
