import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
import { FIXED_ONE, fastest } from './fixed-point.js';
import { createFrameMemory, SCRATCH_AT } from './frame-memory.js';
import { frameOptionFields, roundingBias } from './options.js';

/** rgb' = (rgb - mean) factor + mean, the mean of each channel over the frame. */
export const contrast = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    factor: z.number().min(0).max(1).optional().describe('what is left of the distance from the mean'),
    table: z
      .enum(['mini-kinetics-c', 'imagenet-c'])
      .default('mini-kinetics-c')
      .describe('the published table that a severity means'),
  }),
  severity: {
    1: { factor: 0.5 },
    2: { factor: 0.4 },
    3: { factor: 0.3 },
    4: { factor: 0.2 },
    5: { factor: 0.1 },
  },
  otherTables: {
    'imagenet-c': {
      1: { factor: 0.4 },
      2: { factor: 0.3 },
      3: { factor: 0.2 },
      4: { factor: 0.1 },
      5: { factor: 0.05 },
    },
  },
  create(options) {
    const { width, height, factor, rounding } = options;
    return { parameters: options, kernel: createContrast(width * height, factor, roundingBias(rounding)) };
  },
});

/**
 * Contrast of a frame about its channel means. With a factor within 0..1 the result stays within 0..255 without a clip.
 * @param vectors - false for the plain loops
 */
export function createContrast(pixels: number, factor: number, bias: number, vectors = true) {
  const slope = Math.round(factor * FIXED_ONE);
  // The rounding of the slope, times 255, shall not cut a whole number to the one below.
  const start = bias * FIXED_ONE + 128;
  // One minus the rounded slope: a flat channel then stays exactly as it is.
  const offsetOf = (sum: number) => Math.floor((sum / pixels) * (FIXED_ONE - slope)) + start;
  const tables = new Int32Array(768);
  const plain = (input: Uint8Array, output: PixelSink, _index: number, shift: number) => {
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let i = channel; i < input.length; i += 3) sum += input[i]!;
      const offset = offsetOf(sum);
      for (let i = 0; i < 256; i++) tables[256 * channel + i] = i * slope + offset;
    }
    for (let i = 0; i + 2 < input.length; i += 3) {
      output[i] = tables[input[i]!]! >> shift;
      output[i + 1] = tables[256 + input[i + 1]!]! >> shift;
      output[i + 2] = tables[512 + input[i + 2]!]! >> shift;
    }
  };
  return fastest(vectors ? vectorContrast(pixels, slope, offsetOf) : undefined, plain);
}

function vectorContrast(pixels: number, slope: number, offsetOf: (sum: number) => number) {
  const room = createFrameMemory(3 * pixels, 0);
  if (!room) return undefined;
  const { memory, kernels, frameAt, count } = room;
  const sums = new Uint32Array(memory, SCRATCH_AT, 48);
  return (input: Uint8Array, output: Uint8Array) => {
    room.load(input);
    sums.fill(0);
    kernels.sumBytes(frameAt, count, SCRATCH_AT);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let i = 0; i < 48; i += 3) {
      red += sums[i]!;
      green += sums[i + 1]!;
      blue += sums[i + 2]!;
    }
    kernels.scaleChannels(frameAt, count, slope, offsetOf(red), offsetOf(green), offsetOf(blue));
    room.store(output);
  };
}
