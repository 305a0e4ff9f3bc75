import { createRng } from '@robusta/core';

/** Adds `source` times `gain` to `out` from sample `offset` on; what lies outside is cut. */
export function addScaled(out: Float32Array, offset: number, source: Float32Array, gain: number): void {
  const first = Math.max(0, -offset);
  const last = Math.min(source.length, out.length - offset);
  for (let i = first; i < last; i++) out[offset + i] = out[offset + i]! + gain * source[i]!;
}

export function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

export function peak(samples: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < samples.length; i++) largest = Math.max(largest, Math.abs(samples[i]!));
  return largest;
}

/** White noise through two one-pole low-passes at `cutoff` hertz; peak of the order of 1 at high cutoffs. */
export function lowPassNoise(length: number, sampleRate: number, cutoff: number, seed: number): Float32Array {
  const rng = createRng(seed);
  const a = 1 - Math.exp((-2 * Math.PI * cutoff) / sampleRate);
  const out = new Float32Array(length);
  let first = 0;
  let second = 0;
  for (let i = 0; i < length; i++) {
    first += a * (2 * rng.uniform() - 1 - first);
    second += a * (first - second);
    out[i] = second;
  }
  return out;
}

/** Multiplies by exp(-t/decay) after a rise of `attack` seconds. */
export function decaying(
  samples: Float32Array,
  sampleRate: number,
  decay: number,
  attack = 0.004,
): Float32Array {
  const factor = Math.exp(-1 / (decay * sampleRate));
  const rise = Math.max(1, attack * sampleRate);
  let envelope = 1;
  for (let i = 0; i < samples.length; i++) {
    samples[i] = samples[i]! * envelope * Math.min(1, i / rise);
    envelope *= factor;
  }
  return samples;
}

/** A sine that dies away. */
export function ping(length: number, sampleRate: number, hertz: number, decay: number): Float32Array {
  const out = new Float32Array(length);
  const step = (2 * Math.PI * hertz) / sampleRate;
  for (let i = 0; i < length; i++) out[i] = Math.sin(step * i);
  return decaying(out, sampleRate, decay, 0.001);
}

/** Noise around one frequency: white noise through a two-pole resonator. */
export function bandNoise(
  length: number,
  sampleRate: number,
  hertz: number,
  bandwidth: number,
  seed: number,
): Float32Array {
  const rng = createRng(seed);
  const r = Math.exp((-Math.PI * bandwidth) / sampleRate);
  const b1 = 2 * r * Math.cos((2 * Math.PI * hertz) / sampleRate);
  const b2 = -r * r;
  const out = new Float32Array(length);
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < length; i++) {
    const y = 2 * rng.uniform() - 1 + b1 * y1 + b2 * y2;
    out[i] = y * (1 - r);
    y2 = y1;
    y1 = y;
  }
  return out;
}
