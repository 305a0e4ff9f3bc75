import { type Frame, hash32 } from '@robusta/core';

/** A frame of hashed bytes, every value equally likely. */
export function noiseFrame(width: number, height: number, seed: number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = hash32(seed, i) & 255;
  return { width, height, data };
}

/** A frame of one color. */
export function flatFrame(width: number, height: number, [r, g, b]: [number, number, number]): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set([r, g, b], i);
  return { width, height, data };
}

/** Bytes equal; `toEqual` walks large arrays too slowly. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The largest absolute difference. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  let result = 0;
  for (let i = 0; i < a.length; i++) result = Math.max(result, Math.abs(a[i]! - b[i]!));
  return result;
}
