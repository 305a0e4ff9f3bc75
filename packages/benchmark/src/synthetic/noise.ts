import { hash32 } from '@robusta/core';

/** A value in [-1, 1) for each (seed, index). */
export function hashUnit(seed: number, index: number): number {
  return hash32(seed, index) / 2147483648 - 1;
}

/** Smooth noise over a line, in [-1, 1): random values at the integers, eased between them. */
export function smoothNoise(seed: number, t: number): number {
  const cell = Math.floor(t);
  const f = t - cell;
  const a = hashUnit(seed, cell);
  return a + (hashUnit(seed, cell + 1) - a) * f * f * (3 - 2 * f);
}

/** Smooth noise over a plane, in [-1, 1). */
export function planeNoise(seed: number, x: number, y: number): number {
  const row = Math.floor(y);
  const f = y - row;
  const a = smoothNoise(seed + Math.imul(row, 0x9e3779b1), x);
  const b = smoothNoise(seed + Math.imul(row + 1, 0x9e3779b1), x);
  return a + (b - a) * f * f * (3 - 2 * f);
}
