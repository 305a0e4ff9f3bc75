import { RobustaError } from '@robusta/core';
import { type FeatureRows, readRows } from '../files/npy-file.js';
import { readCrops } from '../files/xd-layout.js';

/**
 * Reads a `.npy` file, or the crops `<path>__0.npy`, `__1`... where the path does not end in `.npy`. Values are taken as
 * they are, NaN included.
 * @throws FILE_NOT_FOUND, BAD_FORMAT, TRUNCATED, EMPTY_INPUT, BAD_DATASET, LENGTH_MISMATCH, FEATURE_MISMATCH naming the file
 */
export async function openFeatures(path: string, what: string): Promise<FeatureRows> {
  if (typeof path !== 'string' || path === '') {
    throw new RobustaError('BAD_OPTION', `${what}: expected a path, received ${JSON.stringify(path)}`);
  }
  if (path.endsWith('.npy')) return readRows(path);
  const crops = await readCrops(path);
  if (crops) return crops;
  throw new RobustaError('FILE_NOT_FOUND', `${path}__0.npy does not exist`, {
    hint: 'name a .npy file, or what official XD-Violence files have in front of __0.npy',
    details: { path },
  });
}

/** Cosine of two rows; 1 for two of zeros, 0 for one. */
export function cosine(
  a: Float32Array,
  fromA: number,
  b: Float32Array,
  fromB: number,
  width: number,
): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < width; i++) {
    const x = a[fromA + i]!;
    const y = b[fromB + i]!;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  if (squareA === 0 || squareB === 0) return squareA === squareB ? 1 : 0;
  // The rounding of the square root could lead a little beyond 1.
  return Math.max(-1, Math.min(1, dot / Math.sqrt(squareA * squareB)));
}
