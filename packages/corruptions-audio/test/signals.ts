import { createRng } from '@robusta/core';
import FFT from 'fft.js';

/** A sum of two sines under a slow envelope, peak below 0.5. */
export function tone(length: number, sampleRate: number, frequency = 220): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const t = i / sampleRate;
    const envelope = 0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * t);
    return (
      envelope *
      (0.3 * Math.sin(2 * Math.PI * frequency * t) + 0.15 * Math.sin(2 * Math.PI * 7 * frequency * t))
    );
  });
}

/** Gaussian samples from core's generator. */
export function gaussian(length: number, seed: number, level = 0.1): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length }, () => level * rng.normal());
}

/** Root mean square. */
export function rmsOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! ** 2;
  return Math.sqrt(sum / samples.length);
}

/** 20 log10 of rms(x) / rms(y - x). */
export function snrOf(x: Float32Array[], y: Float32Array[]): number {
  const noise = x.flatMap((channel, c) => Array.from(channel, (sample, i) => y[c]![i]! - sample));
  return 20 * Math.log10(rmsOf(x.flatMap((channel) => Array.from(channel))) / rmsOf(noise));
}

/** Mean power per hertz (any unit) in third-octave bands, by Welch's method: Hann 8192, half overlap. */
export function thirdOctaveLevels(
  samples: Float32Array,
  sampleRate: number,
  from: number,
  to: number,
): number[] {
  const size = 8192;
  const fft = new FFT(size);
  const data = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  const power = new Float64Array(size / 2);
  for (let at = 0; at + size <= samples.length; at += size / 2) {
    for (let i = 0; i < size; i++) {
      data[2 * i] = samples[at + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    }
    fft.transform(spectrum, data);
    for (let k = 0; k < power.length; k++) power[k]! += spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2;
  }
  const levels: number[] = [];
  for (let center = from; center <= to; center *= 2 ** (1 / 3)) {
    const low = Math.round((center * 2 ** (-1 / 6) * size) / sampleRate);
    const high = Math.round((center * 2 ** (1 / 6) * size) / sampleRate);
    const band = power.subarray(low, Math.max(low + 1, high));
    levels.push(10 * Math.log10(band.reduce((sum, value) => sum + value, 0) / band.length));
  }
  return levels;
}

/** Reverberation time from the decay of the energy still to come (Schroeder), fitted from -5 to -35 dB. */
export function t30(tail: ArrayLike<number>, sampleRate: number): number {
  const energy = new Float64Array(tail.length);
  for (let i = tail.length - 1, sum = 0; i >= 0; i--) {
    sum += tail[i]! ** 2;
    energy[i] = sum;
  }
  let [n, st, sl, stt, stl] = [0, 0, 0, 0, 0];
  for (let i = 0; i < energy.length; i++) {
    const level = 10 * Math.log10(energy[i]! / energy[0]!);
    if (level > -5 || level < -35) continue;
    const t = i / sampleRate;
    n++;
    st += t;
    sl += level;
    stt += t * t;
    stl += t * level;
  }
  return (-60 * (n * stt - st * st)) / (n * stl - st * sl);
}

/** The largest absolute difference. */
export function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  let result = 0;
  for (let i = 0; i < a.length; i++) result = Math.max(result, Math.abs(a[i]! - b[i]!));
  return result;
}
