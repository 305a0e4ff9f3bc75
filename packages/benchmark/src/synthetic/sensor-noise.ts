import { createRng } from '@robusta/core';

/** Normal values, rounded, to be read from any offset. */
export interface NoiseTable {
  values: Int8Array;
  /** Mask of the offsets from which a whole row can be read. */
  offsets: number;
}

const size = 1 << 16;

/** Sensor noise for rows of `row` bytes: a table read from another offset in each row of each frame. */
export function createNoiseTable(sigma: number, row: number): NoiseTable {
  const rng = createRng(0x5e4503);
  const values = new Int8Array(size + row);
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.max(-127, Math.min(127, Math.round(sigma * rng.normal())));
  }
  return { values, offsets: size - 1 };
}
