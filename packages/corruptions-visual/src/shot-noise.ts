import { deriveSeed, hash32 } from '@robusta/core';
import { z } from 'zod';
import { defineFrameCorruption, type PixelSink } from './definition.js';
import { FIXED_BITS, fastest } from './fixed-point.js';
import { createFrameMemory, SCRATCH_AT } from './frame-memory.js';
import { frameOptionFields, roundingBias } from './options.js';
import { EDGES, type NoiseTables, noiseTables, STEP_BITS } from './poisson-table.js';

/** min(Poisson(photons I) / photons, 1), independent for each pixel, channel and frame; parameters of ImageNet-C. */
export const shotNoise = defineFrameCorruption({
  schema: z.strictObject({
    ...frameOptionFields,
    photons: z.number().positive().max(65536).optional().describe('expected count at white'),
  }),
  severity: {
    1: { photons: 60 },
    2: { photons: 25 },
    3: { photons: 12 },
    4: { photons: 5 },
    5: { photons: 3 },
  },
  create(options) {
    const { width, height, seed, photons, rounding } = options;
    const tables = noiseTables(photons, roundingBias(rounding));
    return { parameters: options, kernel: createShotNoise(width * height, seed, tables) };
  },
});

/**
 * Draws each byte from the law of its level. The randomness of a pixel is a hash of seed, frame and pixel: 10 bits of
 * one hash for each channel, and the rare draw that these leave open takes 32 more from a second hash.
 * @param seed - of the video
 * @param vectors - false for the plain loops
 */
export function createShotNoise(pixels: number, seed: number, tables: NoiseTables, vectors = true) {
  const coarse = deriveSeed(seed, 'photons');
  const fine = deriveSeed(seed, 'photons, further bits');
  const fast = vectors ? vectorShotNoise(pixels, tables) : undefined;
  return fastest(
    fast && ((input, output, index) => fast(input, output, hash32(coarse, index), hash32(fine, index))),
    (input, output, index, shift) =>
      drawBytes(input, output, tables, hash32(coarse, index), hash32(fine, index), shift),
  );
}

function drawBytes(
  input: Uint8Array,
  output: PixelSink,
  tables: NoiseTables,
  seed: number,
  fineSeed: number,
  shift: number,
): void {
  const { edges } = tables;
  const mask = 2 ** STEP_BITS - 1;
  for (let i = 0, pixel = 0; i + 2 < input.length; pixel++) {
    const bits = hash32(seed, pixel);
    for (let skip = 0; skip < 3 * STEP_BITS; skip += STEP_BITS, i++) {
      const level = input[i]!;
      const step = (bits >>> skip) & mask;
      const at = level * EDGES + step;
      const lowest = edges[at]!;
      const outcome =
        lowest === edges[at + 1] ? lowest : settle(tables, level, step, hash32(fineSeed, i), lowest);
      output[i] = (outcome << FIXED_BITS) >> shift;
    }
  }
}

/** The outcome of a draw in a step that holds several, `lowest` the first of them. */
function settle(
  { outcomes, ranks, limits }: NoiseTables,
  level: number,
  step: number,
  fine: number,
  lowest: number,
): number {
  const draw = step * 4294967296 + fine;
  const law = level * outcomes.length;
  let rank = ranks[lowest]!;
  while (draw >= limits[law + rank]!) rank++;
  return outcomes[rank]!;
}

function vectorShotNoise(pixels: number, { outcomes, ranks, edges, limits }: NoiseTables) {
  const tables = [limits, edges, outcomes, ranks];
  const room = createFrameMemory(
    3 * pixels,
    tables.reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
  if (!room) return undefined;
  const { memory, kernels, tablesAt, frameAt, count } = room;
  let end = tablesAt;
  const [limitsAt = 0, edgesAt = 0, outcomesAt = 0, ranksAt = 0] = tables.map((table) => {
    const at = end;
    end += table.byteLength;
    new Uint8Array(memory).set(new Uint8Array(table.buffer), at);
    return at;
  });
  return (input: Uint8Array, output: Uint8Array, seed: number, fineSeed: number) => {
    room.load(input);
    const { length } = outcomes;
    kernels.drawBytes(
      frameAt,
      count,
      seed,
      fineSeed,
      edgesAt,
      limitsAt,
      outcomesAt,
      ranksAt,
      length,
      SCRATCH_AT,
    );
    room.store(output);
  };
}
