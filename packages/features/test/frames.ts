import type { AudioClip, Frame } from '@robusta/core';

/** A frame from a function of (x, y) in [0, 1) of the picture that gives grey in [0, 1]. */
export function grey(width: number, height: number, value: (x: number, y: number) => number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = Math.round(255 * Math.min(1, Math.max(0, value((x + 0.5) / width, (y + 0.5) / height))));
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
  0.5 + 0.2 * Math.sin(9 * x + 4 * y) + 0.15 * Math.cos(14 * y - 5 * x) + 0.1 * Math.sin(23 * x * y);

/** Mono sound from a function of seconds. */
export function tone(seconds: number, value: (t: number) => number, sampleRate = 16000): AudioClip {
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) =>
    value(i / sampleRate),
  );
  return { sampleRate, channels: [samples] };
}
