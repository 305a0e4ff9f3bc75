import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
import { FIXED_ONE, fastest, pinnedFactor } from './fixed-point.js';
import { createFrameMemory, SCRATCH_AT } from './frame-memory.js';
import { frameOptionFields, roundingBias } from './options.js';

/** V' = min(V + amount, 1) with hue and saturation kept; amounts of ImageNet-C. */
export const brightness = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    amount: z.number().min(0).max(1).optional().describe('added to the value V of HSV'),
  }),
  severity: {
    1: { amount: 0.1 },
    2: { amount: 0.2 },
    3: { amount: 0.3 },
    4: { amount: 0.4 },
    5: { amount: 0.5 },
  },
  create(options) {
    const { width, height, amount, rounding } = options;
    return { parameters: options, kernel: createBrightness(width * height, amount, roundingBias(rounding)) };
  },
});

/**
 * rgb' = rgb V' / V. Going through HSV gives the same, since hue and saturation depend on the ratios of the channels
 * alone. Black becomes grey.
 * @param vectors - false for the plain loops
 */
export function createBrightness(pixels: number, amount: number, bias: number, vectors = true) {
  const factors = brightnessFactors(amount, bias);
  const start = bias * FIXED_ONE;
  return fastest(
    vectors ? vectorBrightness(pixels, factors, start) : undefined,
    (input, output, _index, shift) => scalePixels(input, output, factors, start, shift),
  );
}

/** V' / V for each V in fixed point; for black V' itself. */
function brightnessFactors(amount: number, bias: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, value) => {
    // Raised in 0..1 as in the references: where the exact sum is a whole number, their rounding error decides the cut.
    const raised = 255 * Math.min(value / 255 + amount, 1);
    const whole = Math.floor(raised + bias) - bias;
    const times = value || 1;
    return pinnedFactor(raised / times, times, whole * FIXED_ONE, (whole + 1) * FIXED_ONE - 1);
  });
}

function scalePixels(
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
    const factor = factors[value]!;
    const black = value === 0 ? 1 : 0;
    output[i] = (Math.imul(r | black, factor) + start) >> shift;
    output[i + 1] = (Math.imul(g | black, factor) + start) >> shift;
    output[i + 2] = (Math.imul(b | black, factor) + start) >> shift;
  }
}

function vectorBrightness(pixels: number, factors: Int32Array, start: number) {
  const room = createFrameMemory(3 * pixels, factors.byteLength);
  if (!room) return undefined;
  const { memory, kernels, tablesAt, frameAt, count } = room;
  new Int32Array(memory, tablesAt, factors.length).set(factors);
  return (input: Uint8Array, output: Uint8Array) => {
    room.load(input);
    kernels.scalePixels(frameAt, count, tablesAt, start, SCRATCH_AT);
    room.store(output);
  };
}
