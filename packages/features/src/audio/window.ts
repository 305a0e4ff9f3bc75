/** Samples of an analysis frame, 25 ms at 16 kHz. */
export const FRAME_LENGTH = 400;
/** Samples from a frame to the next, 10 ms. */
export const FRAME_HOP = 160;

/** The periodic Hann window of 400 samples, `0.5 - 0.5 cos(2 pi i / 400)`. */
export const HANN: Float64Array = Float64Array.from(
  { length: FRAME_LENGTH },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME_LENGTH),
);

/** Full frames in a signal: `1 + floor((samples - 400) / 160)`, none below 400 samples. */
export function frameCount(samples: number): number {
  return samples < FRAME_LENGTH ? 0 : 1 + Math.floor((samples - FRAME_LENGTH) / FRAME_HOP);
}
