import type { Rational } from './ffmpeg.js';
import type { NativeStream } from './media-file.js';

/** Average frames per second, or undefined where the file does not say. */
export function frameRate(stream: NativeStream): number | undefined {
  return rate(stream.avgFrameRate) ?? rate(stream.rFrameRate);
}

/** A fraction of FFmpeg as a number; 0/0 and 0/1 mean unknown. */
export function rate({ num, den }: Rational): number | undefined {
  return num > 0 && den > 0 ? num / den : undefined;
}
