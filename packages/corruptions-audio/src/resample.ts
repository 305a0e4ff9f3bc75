import { createInterpolation } from './interpolation.js';

/** Zero crossings on each side of the windowed sinc. */
const HALF_WIDTH = 32;

/**
 * Band-limited resampling by a Kaiser-windowed sinc of 64 zero crossings, of the samples `start` to
 * `start + count - 1` of the resampled signal alone. Outside of the input there is silence.
 */
export function resample(
  input: Float32Array,
  from: number,
  to: number,
  start: number,
  count: number,
): Float32Array {
  if (from === to) return input.slice(start, start + count);
  // Below the lower of the two Nyquist frequencies by the width of the window's transition band.
  const cutoff = 0.95 * Math.min(1, to / from);
  const { reach, read } = createInterpolation(cutoff, HALF_WIDTH, from / to);
  const origin = Math.floor((start * from) / to) - reach;
  const span = Math.ceil((count * from) / to) + 2 * reach + 2;
  const result = new Float32Array(count);
  read(padded(input, origin, span), origin, start, from / to, result);
  return result;
}

/** `count` samples from `start` on, silence where there are none. */
function padded(samples: Float32Array, start: number, count: number): Float32Array {
  const result = new Float32Array(count);
  const first = Math.max(0, start);
  const piece = samples.subarray(first, Math.max(first, start + count));
  if (first - start < count) result.set(piece, first - start);
  return result;
}

/** How many samples a signal has after resampling. */
export function resampledLength(length: number, from: number, to: number): number {
  return Math.round((length * to) / from);
}
