import { deriveSeed } from '@robusta/core';
import { sumOfSquares } from './clip.js';
import { gaussianNoise } from './gaussian.js';

/** A room as statistics: how long it rings and how loud that is against the direct sound. */
export interface Room {
  /** Time in which the tail falls by 60 dB, s. */
  rt60Seconds: number;
  /** Energy of the direct sound over that of the tail, dB. */
  drrDb: number;
  /** Silence between the direct sound and the tail. */
  preDelayMs: number;
  /** Above this the tail falls twice as fast; undefined for no damping. */
  dampingHz?: number | undefined;
}

/**
 * h[0] = 1, a pre-delay, then Gaussian noise under 10^(-3 k / (rate * RT60)) for one RT60: the tail must last
 * that long, or the decay measured over 30 dB comes out short.
 */
export function roomResponse(seed: number, sampleRate: number, room: Room): Float64Array {
  const { rt60Seconds, drrDb, preDelayMs, dampingHz } = room;
  const count = Math.max(1, Math.round(rt60Seconds * sampleRate));
  const start = 1 + Math.round((preDelayMs * sampleRate) / 1000);
  const noise = gaussianNoise(deriveSeed(seed, 'tail'), new Float64Array(count));
  const low =
    dampingHz !== undefined && dampingHz < sampleRate / 2 ? lowPass(noise, dampingHz / sampleRate) : noise;
  const tail = new Float64Array(count);
  // Multiplied up: 2e6 roundings leave an error of 1e-10.
  const step = 10 ** (-3 / (rt60Seconds * sampleRate));
  for (let k = 0, decay = 1; k < count; k++, decay *= step) {
    tail[k] = low[k]! * decay + (noise[k]! - low[k]!) * decay * decay;
  }
  const level = Math.sqrt(10 ** (-drrDb / 10) / sumOfSquares(tail));
  const response = new Float64Array(start + count);
  response[0] = 1;
  for (let k = 0; k < count; k++) response[start + k] = level * tail[k]!;
  return response;
}

/** Linear-phase low pass: a sinc of 127 taps under a Hann window, ends padded with silence. */
function lowPass(samples: Float64Array, cutoff: number): Float64Array {
  const half = 63;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = i - half;
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1)));
  });
  const result = new Float64Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    const first = Math.max(0, half - i);
    const last = Math.min(2 * half, samples.length - 1 - i + half);
    for (let t = first; t <= last; t++) sum += taps[t]! * samples[i + t - half]!;
    result[i] = sum;
  }
  return result;
}
