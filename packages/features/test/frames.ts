import type { AudioClip, Frame } from '@robusta/core';

// In jest's own global scope every mention of Math is a slow look-up.
const { cos, max, min, round, sin } = Math;

/** A frame from a function of (x, y) in [0, 1) of the picture that gives grey in [0, 1]. */
export function grey(width: number, height: number, value: (x: number, y: number) => number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = round(255 * min(1, max(0, value((x + 0.5) / width, (y + 0.5) / height))));
      data[i++] = level;
      data[i++] = level;
      data[i++] = level;
    }
  }
  return { width, height, data };
}

/** `count` frames of a scene that depends on the frame number. */
export function clip(
  count: number,
  scene: (x: number, y: number, t: number) => number,
  width = 96,
  height = 72,
): Frame[] {
  return Array.from({ length: count }, (_, t) => grey(width, height, (x, y) => scene(x, y, t)));
}

/** A standing scene with soft edges in every direction. */
export const still = (x: number, y: number): number =>
  0.5 + 0.2 * sin(9 * x + 4 * y) + 0.15 * cos(14 * y - 5 * x) + 0.1 * sin(23 * x * y);

/** Mono sound from a function of seconds. */
export function tone(seconds: number, value: (t: number) => number, sampleRate = 16000): AudioClip {
  const samples = Float32Array.from({ length: round(seconds * sampleRate) }, (_, i) => value(i / sampleRate));
  return { sampleRate, channels: [samples] };
}
