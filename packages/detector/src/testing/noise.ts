import { createRng } from '@robusta/core';
import type { PassBatch } from './run-pass.js';

/** Normal noise of a deviation, which depends on the seed alone. */
export function noise(seed: number, size: number, deviation = 1): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal() * deviation);
}

/**
 * Sequences as a batch of one row each, zeros behind the shorter ones.
 * @param sequences - `[T, dim]` each, of any lengths
 * @param length - of the batch; default that of the longest
 */
export function paddedBatch(
  sequences: readonly Float32Array[],
  dim: number,
  length = Math.max(...sequences.map((sequence) => sequence.length / dim)),
): PassBatch {
  const rows = sequences.length;
  const x = new Float32Array(rows * length * dim);
  const mask = new Float32Array(rows * length);
  for (const [row, sequence] of sequences.entries()) {
    x.set(sequence, row * length * dim);
    mask.fill(1, row * length, row * length + sequence.length / dim);
  }
  return { rows, length, x, mask };
}
