import { createHash } from 'node:crypto';
import type { TensorData } from '@robusta/tensor-io';

/*
 * Weights and pictures that golden/features is made from, by the formulas in its README: a hash of the name, then
 * numbers of mulberry32.
 */

// In jest's own global scope every mention of Math is a slow look-up.
const { abs, imul, min, sqrt } = Math;

/** A network of the golden set, as the formula names it. */
export type Family = 'i3d_r50' | 'i3d_inception' | 'vggish';

const gains: Readonly<Record<Family, number>> = { i3d_r50: 3, i3d_inception: 6, vggish: 6 };

/** FNV-1a of 32 bits over the UTF-8 bytes. */
export function seedOf(key: string): number {
  let hash = 2166136261;
  for (const byte of new TextEncoder().encode(key)) hash = imul(hash ^ byte, 16777619);
  return hash >>> 0;
}

/** Number i of the sequence of a key, from its seed. */
export function u32(seed: number, i: number): number {
  const a = (seed + imul(i + 1, 0x6d2b79f5)) | 0;
  let t = imul(a ^ (a >>> 15), a | 1);
  t ^= t + imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

/** A tensor of a network. */
export function formulaTensor(
  set: string,
  family: Family,
  name: string,
  shape: readonly number[],
): TensorData {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (name.endsWith('num_batches_tracked'))
    return { shape: [...shape], dtype: 'int64', data: new BigInt64Array(size) };
  const data = new Float32Array(size);
  const seed = seedOf(`${set}:${family}:${name}`);
  if (/\.(running_mean|bias)$/.test(name)) fill(data, seed, 0.2);
  else if (shape.length >= 2) fill(data, seed, sqrt(gains[family] / (size / shape[0]!)));
  else for (let i = 0; i < size; i++) data[i] = 0.5 + u32(seed, i) / 4294967296;
  return { shape: [...shape], dtype: 'float32', data };
}

/** Numbers from -scale to scale. */
function fill(data: Float32Array, seed: number, scale: number): void {
  for (let i = 0; i < data.length; i++) data[i] = (2 * (u32(seed, i) / 4294967296) - 1) * scale;
}

/** All tensors of a list. */
export function formulaState(
  set: string,
  family: Family,
  tensors: readonly { name: string; shape: readonly number[] }[],
): Record<string, TensorData> {
  return Object.fromEntries(
    tensors.map(({ name, shape }) => [name, formulaTensor(set, family, name, shape)]),
  );
}

/** Bytes of a video `[T, H, W, 3]`. */
export function formulaVideo(
  set: string,
  name: string,
  [frames, height, width]: readonly [number, number, number],
): Uint8Array {
  const seed = seedOf(`${set}:video:${name}`);
  const phase = seed % 512;
  const bytes = new Uint8Array(frames * height * width * 3);
  let i = 0;
  for (let t = 0; t < frames; t++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++, i++) {
          const tri = min(255, abs(((4 * x + 3 * y + 11 * t + 85 * c + phase) % 512) - 256));
          bytes[i] = (3 * tri + (u32(seed, i) >>> 24)) >> 2;
        }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `[T, H, W, 3]` bytes to `[3, T, H, W]` of `byte * 2 / 255 - 1`, as the golden networks take them. */
export function networkInput(bytes: Uint8Array, into = new Float32Array(bytes.length)): Float32Array {
  const pixels = bytes.length / 3;
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < pixels; i++) into[c * pixels + i] = (bytes[3 * i + c]! * 2) / 255 - 1;
  return into;
}
