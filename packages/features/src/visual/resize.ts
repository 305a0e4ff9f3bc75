import { type Frame, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { Resizer } from './resizer.js';
import type { ResampleFilter } from './taps.js';

/** Options of {@link resizeFrame}. */
export interface ResizeOptions {
  /** Pixels, 1 to 16384. */
  width: number;
  /** Pixels, 1 to 16384. */
  height: number;
  /** `bilinear` (the average over the area of a pixel when shrinking) or `lanczos` (three lobes). */
  filter: ResampleFilter;
}

const Side = z.int().min(1).max(16384);
const ResizeSchema = z.strictObject({
  width: Side,
  height: Side,
  filter: z.enum(['bilinear', 'lanczos']),
});

/**
 * Resizes a picture to the bytes that Pillow's `resize` gives: weights in 22-bit fixed point, rows first.
 * @throws BAD_OPTION; BAD_INPUT for a frame whose bytes do not fit its size
 */
export function resizeFrame(frame: Frame, options: ResizeOptions): Frame {
  const { width, height, filter } = parseOptions(ResizeSchema, options, 'resizeFrame');
  checkFrame(frame, 'resizeFrame');
  const data = new Uint8Array(width * height * 3);
  let i = 0;
  new Resizer(frame, { width, height }, filter).resize(frame, (row) => {
    for (let x = 0; x < width; x++, i += 3) {
      data[i] = row[x]!;
      data[i + 1] = row[width + x]!;
      data[i + 2] = row[2 * width + x]!;
    }
  });
  return { width, height, data };
}

/** The size whose short side is `side` pixels, with the long side rounded down, as torchvision's `Resize` does. */
export function shortSideSize(
  { width, height }: { width: number; height: number },
  side: number,
): { width: number; height: number } {
  return width < height
    ? { width: side, height: Math.floor((side * height) / width) }
    : { width: Math.floor((side * width) / height), height: side };
}

/** @throws BAD_INPUT unless the bytes of a frame fit its size */
export function checkFrame({ width, height, data }: Frame, what: string): void {
  const whole = (n: number) => Number.isSafeInteger(n) && n > 0;
  if (whole(width) && whole(height) && data.length === width * height * 3) return;
  throw new RobustaError(
    'BAD_INPUT',
    `${what}: ${data.length} bytes are no RGB picture of ${width}x${height}`,
    {
      hint: 'a frame has width * height * 3 bytes',
    },
  );
}
