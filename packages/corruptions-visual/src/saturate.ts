import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
import { FIXED_BITS, FIXED_ONE, fastest, pinnedFactor } from './fixed-point.js';
import { createFrameMemory, SCRATCH_AT } from './frame-memory.js';
import { frameOptionFields, roundingBias } from './options.js';

/** S' = gain S + offset, hue and value kept; parameters of ImageNet-C. Severities 1 and 2 take color away. */
export const saturate = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    gain: z.number().min(0).max(1000).optional().describe('multiplies the saturation S of HSV'),
    offset: z.number().min(-1).max(1).optional().describe('added to it'),
  }),
  severity: {
    1: { gain: 0.3, offset: 0 },
    2: { gain: 0.1, offset: 0 },
    3: { gain: 2, offset: 0 },
    4: { gain: 5, offset: 0.1 },
    5: { gain: 20, offset: 0.2 },
  },
  create(options) {
    const { width, height, gain, offset, rounding } = options;
    const kernel = createSaturate(width * height, gain, offset, roundingBias(rounding));
    return { parameters: options, kernel };
  },
});

/**
 * rgb' = V - (V - rgb) S' / S, V the largest channel. The hue of greys is red, as in the references: their green and
 * blue sink where the offset is not 0.
 * @param vectors - false for the plain loops
 */
export function createSaturate(pixels: number, gain: number, offset: number, bias: number, vectors = true) {
  const factors = saturationFactors(gain, offset, bias);
  const start = bias * FIXED_ONE;
  return fastest(
    vectors ? vectorSaturate(pixels, factors, start) : undefined,
    (input, output, _index, shift) => stretchPixels(input, output, factors, start, shift),
  );
}

/** -S' / S in fixed point for each (V << 8) + smallest channel; for greys -V S'. */
function saturationFactors(gain: number, offset: number, bias: number): Int32Array {
  const factors = new Int32Array(65536);
  for (let value = 1; value < 256; value++) {
    for (let lowest = 0; lowest <= value; lowest++) {
      // In 0..1 and in the order of the references: where the exact result for the smallest channel is a whole number,
      // their rounding error decides the cut.
      const v = value / 255;
      const saturation = Math.max(0, Math.min(1, ((v - lowest / 255) / v) * gain + offset));
      const sunk = 255 * (v * (1 - saturation));
      const whole = Math.floor(sunk + bias) - bias;
      const times = value - lowest || 1;
      const least = (whole - value) * FIXED_ONE;
      const factor = (sunk - value) / times;
      factors[(value << 8) | lowest] = pinnedFactor(factor, times, least, least + FIXED_ONE - 1);
    }
  }
  return factors;
}

function stretchPixels(
  input: Uint8Array,
  output: PixelSink,
  factors: Int32Array,
  start: number,
  shift: number,
): void {
  for (let i = 0; i + 2 < input.length; i += 3) {
    const r = input[i]!;
    const g = input[i + 1]!;
    const b = input[i + 2]!;
    const value = Math.max(r, g, b);
    const lowest = Math.min(r, g, b);
    const factor = factors[(value << 8) | lowest]!;
    const grey = value === lowest ? 1 : 0;
    const base = (value << FIXED_BITS) + start;
    output[i] = (base + Math.imul(value - r, factor)) >> shift;
    output[i + 1] = (base + Math.imul((value - g) | grey, factor)) >> shift;
    output[i + 2] = (base + Math.imul((value - b) | grey, factor)) >> shift;
  }
}

function vectorSaturate(pixels: number, factors: Int32Array, start: number) {
  const room = createFrameMemory(3 * pixels, factors.byteLength);
  if (!room) return undefined;
  const { memory, kernels, tablesAt, frameAt, count } = room;
  new Int32Array(memory, tablesAt, factors.length).set(factors);
  return (input: Uint8Array, output: Uint8Array) => {
    room.load(input);
    kernels.stretchPixels(frameAt, count, tablesAt, start, SCRATCH_AT);
    room.store(output);
  };
}
