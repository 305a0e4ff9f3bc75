/** Frames in a snippet. */
export const WINDOW_FRAMES = 16;

/** Frames per second of the snippet grid. */
export const FPS = 24;

/** Seconds from a snippet to the next, 16/24. */
export const HOP_SECONDS = WINDOW_FRAMES / FPS;

/** Samples per second of every audio extractor (Hz). */
export const SAMPLE_RATE = 16000;

/** Hops of 10 ms in one audio window of 0.96 s. */
export const AUDIO_WINDOW_HOPS = 96;

/** Samples of one audio window: 96 hops of 160 and the reach of the last frame of 400. */
export const AUDIO_WINDOW = 15600;

/** Where a 0.96 s audio window lies on its snippet of 2/3 s. */
export type AudioAnchor = 'start' | 'centre' | 'end';

/** Which windows count: every full one, or XD-Violence's `floor((N - 1) / 16)`, one less when 16 divides N. */
export type RowRule = 'full' | 'xd';

/**
 * Snippets of a video of `frames` frames at 24 fps: `floor(frames / 16)`, or `floor((frames - 1) / 16)` with
 * `'xd'` (the ground truth of XD-Violence). A video shorter than that is looped, so at least 1.
 */
export function snippetCount(frames: number, rows: RowRule = 'full'): number {
  return Math.max(1, Math.floor((rows === 'xd' ? frames - 1 : frames) / WINDOW_FRAMES));
}

/** Full snippets of so many samples at 16 kHz, at least 1: the rows of sound by itself. */
export function soundRows(samples: number): number {
  return Math.max(1, Math.floor((samples * FPS) / (SAMPLE_RATE * WINDOW_FRAMES)));
}

/**
 * First sample, at 16 kHz, of the audio window of snippet `k`; may be negative. Computed from `k` itself, since
 * a hop of 2/3 s is no whole number of samples and adding hops would drift.
 */
export function audioWindowStart(k: number, anchor: AudioAnchor = 'end'): number {
  // Numerators over 3: Math.round is round-half-up, and a third is never a half.
  if (anchor === 'start') return Math.round((k * 32000) / 3);
  if (anchor === 'centre') return Math.round(((2 * k + 1) * 16000) / 3) - 7680;
  return Math.round(((k + 1) * 32000) / 3) - 15360;
}
