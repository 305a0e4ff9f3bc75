import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
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
    const table = brightnessTable(new Uint8Array(65536), options.amount, roundingBias(options.rounding));
    return { parameters: options, kernel: (input, output) => lookUp(input, output, table) };
  },
});

/**
 * Fills `table[V * 256 + channel]` with channel * V' / V in 0..255. Going through HSV gives the same,
 * since hue and saturation depend on the ratios of the channels alone. Black becomes grey.
 */
export function brightnessTable<Table extends PixelSink>(table: Table, amount: number, bias: number): Table {
  table.fill(Math.min(255 * amount, 255) + bias, 0, 256);
  for (let value = 1; value < 256; value++) {
    // Raised in 0..1 as in the references: where the exact sum is a whole number, their rounding error decides the cut.
    const raised = 255 * Math.min(value / 255 + amount, 1);
    for (let channel = 0; channel <= value; channel++) {
      table[(value << 8) | channel] = (channel * raised) / value + bias;
    }
  }
  return table;
}

/** Writes the table's entry of each channel and the largest channel of its pixel. */
export function lookUp(input: Uint8Array, output: PixelSink, table: PixelSink): void {
  for (let i = 0; i + 2 < input.length; i += 3) {
    const r = input[i]!;
    const g = input[i + 1]!;
    const b = input[i + 2]!;
    const row = Math.max(r, g, b) << 8;
    output[i] = table[row | r]!;
    output[i + 1] = table[row | g]!;
    output[i + 2] = table[row | b]!;
  }
}
