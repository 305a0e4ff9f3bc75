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

/** Mean power in the bins of 8192 samples, by Welch's method: Hann, half overlap. */
function welch(samples: Float32Array): Float64Array {
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
  return power;
}

/** Levels of {@link bandLevels} in the third-octaves between two frequencies. */
export function thirdOctaveLevels(
  samples: Float32Array,
  sampleRate: number,
  from: number,
  to: number,
): number[] {
  const centers: number[] = [];
  for (let center = from; center <= to; center *= 2 ** (1 / 3)) centers.push(center);
  return bandLevels(samples, sampleRate, centers);
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

/** Standard deviation (dB) of the levels of 32 ms frames, and the excess kurtosis of the samples. */
export function levelStatistics(
  samples: Float32Array,
  sampleRate: number,
): { spread: number; kurtosis: number } {
  const size = Math.round(0.032 * sampleRate);
  const levels: number[] = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    levels.push(20 * Math.log10(rmsOf(samples.subarray(at, at + size))));
  }
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  const spread = Math.sqrt(levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length);
  let [second, fourth] = [0, 0];
  for (const sample of samples) {
    second += sample ** 2 / samples.length;
    fourth += sample ** 4 / samples.length;
  }
  return { spread, kurtosis: fourth / second ** 2 - 3 };
}

/** Power per hertz (dB) in third-octave bands of given centers, by Welch's method: Hann 8192, half overlap. */
export function bandLevels(samples: Float32Array, sampleRate: number, centers: readonly number[]): number[] {
  const power = welch(samples);
  return centers.map((center) => {
    const low = Math.round((center * 2 ** (-1 / 6) * 8192) / sampleRate);
    const high = Math.round((center * 2 ** (1 / 6) * 8192) / sampleRate);
    const band = power.subarray(low, Math.max(low + 1, high));
    return 10 * Math.log10(band.reduce((sum, value) => sum + value, 0) / band.length);
  });
}

/** The noise itself: what is added to silence, at a level of about 1. */
export function noiseAlone(
  corrupt: (clip: { sampleRate: number; channels: Float32Array[] }) => { channels: Float32Array[] },
  seconds: number,
  sampleRate: number,
): Float32Array {
  return corrupt({ sampleRate, channels: [new Float32Array(seconds * sampleRate)] }).channels[0]!;
}

/** Slope (dB an octave) and largest residual of a line through levels over log2 f. */
export function lineFit(
  bands: readonly number[],
  levels: readonly number[],
): { slope: number; residual: number } {
  const x = bands.map(Math.log2);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(levels)];
  const slope =
    x.reduce((sum, value, i) => sum + (value - mx) * (levels[i]! - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const residual = Math.max(...x.map((value, i) => Math.abs(levels[i]! - my - slope * (value - mx))));
  return { slope, residual };
}
