import { createRng, deriveSeed } from '@robusta/core';
import FFT from 'fft.js';
import { createConvolver } from './convolve.js';
import { gaussianNoise } from './gaussian.js';
import { blockSource, type NoiseSource } from './noise-source.js';
import { createSampleQueue } from './sample-queue.js';
import type { Stage } from './stage.js';

/** A short-wave channel of two paths, after the Watterson model of ITU-R F.1487. */
export interface FadingChannel {
  /** Delay of the second path, ms. */
  delayMs: number;
  /** Doppler spread (two standard deviations of the spectrum) of each path, Hz. */
  dopplerHz: number;
}

/** The band of a voice channel, Hz. */
const BAND = [300, 3000] as const;
/** Steps of the fading gains in one period of the Doppler spread. */
const STEPS = 16;
/** Samples of crackle that are made at a time. */
const BLOCK = 16384;

const filterTaps = (sampleRate: number) => 1024 * 2 ** Math.max(0, Math.ceil(Math.log2(sampleRate / 48000)));

/**
 * y(t) = Re[g1(t) a(t) + g2(t) a(t - delay)]: a is the analytic signal of the sound in the voice band, g1 and g2 are
 * independent complex Gaussian processes with a Gaussian Doppler spectrum and a mean power of 1/2. The filter's own
 * delay is taken out. All channels fade alike.
 */
export function createFadingStage(
  seed: number,
  sampleRate: number,
  channelCount: number,
  { delayMs, dopplerHz }: FadingChannel,
): Stage {
  const taps = filterTaps(sampleRate);
  const delay = Math.round((delayMs * sampleRate) / 1000);
  const { re, im } = analyticBand(taps, sampleRate);
  const pairs = Array.from({ length: channelCount }, () => [re, im]).flat();
  const filter = createConvolver(pairs, pairs.length);
  // The filter's output for time t comes half its length later.
  const queues = pairs.map(() => {
    const queue = createSampleQueue(-taps / 2 - delay);
    queue.pad(delay);
    return queue;
  });
  const gains = [
    createFading(deriveSeed(seed, 'path', 1), dopplerHz),
    createFading(deriveSeed(seed, 'path', 2), dopplerHz),
  ] as const;
  let taken = 0;
  let given = 0;

  function advance(filtered: readonly Float32Array[]): Float32Array[] {
    filtered.forEach((samples, p) => {
      queues[p]!.push(samples);
    });
    const count = Math.max(0, Math.min(taken, queues[0]!.end) - given);
    const outputs = Array.from({ length: channelCount }, () => new Float32Array(count));
    const pieces = queues.map((queue) => queue.view(given - delay, count + delay));
    for (let n = 0; n < count; n++) {
      const t = (given + n) / sampleRate;
      const [g1, g2] = [gains[0](t), gains[1](t)];
      for (let c = 0; c < channelCount; c++) {
        const real = pieces[2 * c]!;
        const imaginary = pieces[2 * c + 1]!;
        outputs[c]![n] =
          g1.re * real[n + delay]! - g1.im * imaginary[n + delay]! + g2.re * real[n]! - g2.im * imaginary[n]!;
      }
    }
    given += count;
    for (const queue of queues) queue.forget(given - delay);
    return outputs;
  }

  return {
    push(channels) {
      taken += channels[0]!.length;
      return advance(filter.push(channels.flatMap((samples) => [samples, samples])));
    },
    flush() {
      const rest = new Float32Array(taps / 2);
      const first = advance(filter.push(pairs.map(() => rest)));
      const last = advance(filter.flush());
      return first.map((samples, c) => Float32Array.of(...samples, ...last[c]!));
    },
  };
}

/** One gain at a time t (s): white complex noise through a Gaussian filter on a grid, cubic in between. */
function createFading(seed: number, dopplerHz: number): (t: number) => { re: number; im: number } {
  const rate = STEPS * dopplerHz;
  // The amplitude response of a Gaussian spectrum of deviation D / 2 is a Gaussian in time, of deviation 1 / (sqrt(2) pi D).
  const deviation = STEPS / (Math.SQRT2 * Math.PI);
  const half = Math.ceil(4 * deviation);
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, j) =>
    Math.exp(-0.5 * ((j - half) / deviation) ** 2),
  );
  const energy = weights.reduce((sum, value) => sum + value * value, 0);
  // Mean power 1/2 in all: 1/4 in each part.
  const scale = 0.5 / Math.sqrt(energy);
  const gridValue = (k: number) => {
    const real = gaussianNoise(deriveSeed(seed, 'real'), new Float64Array(weights.length), k);
    const imaginary = gaussianNoise(deriveSeed(seed, 'imaginary'), new Float64Array(weights.length), k);
    let re = 0;
    let im = 0;
    for (let j = 0; j < weights.length; j++) {
      re += scale * weights[j]! * real[j]!;
      im += scale * weights[j]! * imaginary[j]!;
    }
    return { re, im };
  };
  let cell = 0;
  let [a, b, c, d] = [gridValue(0), gridValue(1), gridValue(2), gridValue(3)];
  const result = { re: 0, im: 0 };
  return (t) => {
    const at = t * rate;
    for (; cell < Math.floor(at); cell++) [a, b, c, d] = [b, c, d, gridValue(cell + 4)];
    const x = at - cell;
    result.re = cubic(a.re, b.re, c.re, d.re, x);
    result.im = cubic(a.im, b.im, c.im, d.im, x);
    return result;
  };
}

/** Catmull and Rom's cubic between b (x = 0) and c (x = 1). */
function cubic(a: number, b: number, c: number, d: number, x: number): number {
  return b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
}

/**
 * Clicks at random times (Poisson), each Gaussian noise that decays within 0.5 to 3 ms from a level 12 dB above 1 (log-
 * normal, 6 dB), through the band of the channel.
 */
export function crackle(clicksPerSecond: number): (seed: number, sampleRate: number) => NoiseSource {
  return (seed, sampleRate) => {
    const rng = createRng(seed);
    const { re } = analyticBand(filterTaps(sampleRate), sampleRate);
    const filter = createConvolver([re], 1);
    const gap = () => -Math.log(1 - rng.uniform()) * (sampleRate / clicksPerSecond);
    const longest = Math.ceil(0.03 * sampleRate);
    let carried = new Float32Array(BLOCK + longest);
    let next = clicksPerSecond > 0 ? gap() : Number.POSITIVE_INFINITY;
    return blockSource(() => {
      for (;;) {
        for (; next < BLOCK; next += gap()) {
          const decay = (0.5 + 2.5 * rng.uniform()) * 0.001 * sampleRate;
          const level = 10 ** ((12 + 6 * rng.normal()) / 20);
          const start = Math.floor(next);
          for (let n = 0; n < longest; n++) {
            carried[start + n]! += level * Math.exp(-n / decay) * rng.normal();
          }
        }
        next -= BLOCK;
        const block = carried.subarray(0, BLOCK);
        const [output] = filter.push([block]);
        const rest = new Float32Array(BLOCK + longest);
        rest.set(carried.subarray(BLOCK));
        carried = rest;
        if (output!.length > 0) return output!;
      }
    });
  };
}

/** The voice band of a real signal and its Hilbert transform: two filters under a Hann window, both late by taps / 2. */
function analyticBand(taps: number, sampleRate: number): { re: Float64Array; im: Float64Array } {
  const fft = new FFT(taps);
  const spectrum = new Float64Array(2 * taps);
  for (let k = 1; k < taps / 2; k++) {
    const frequency = (k * sampleRate) / taps;
    spectrum[2 * k] = frequency >= BAND[0] && frequency <= BAND[1] ? 2 : 0;
  }
  const impulse = new Float64Array(2 * taps);
  fft.inverseTransform(impulse, spectrum);
  const part = (offset: 0 | 1) =>
    Float64Array.from({ length: taps }, (_, n) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / taps);
      return window * impulse[2 * ((n + taps / 2) % taps) + offset]!;
    });
  return { re: part(0), im: part(1) };
}
