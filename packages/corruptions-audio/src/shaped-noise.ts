import { deriveSeed } from '@robusta/core';
import FFT from 'fft.js';
import { createConvolver } from './convolve.js';
import { blockSource, type NoiseSynthesis, whiteSource } from './noise-source.js';

/** Samples that are made at a time. */
const BLOCK = 16384;

/**
 * Gaussian noise of a given spectrum: white noise through a linear-phase filter of unit energy.
 * @param taps - the length of the filter at a sample rate, a power of two
 * @param magnitude - the response at a frequency, any unit
 * @param shape - `windowed` for a filter under a Hann window, which is smooth between the frequencies it is made from
 */
export function shapedNoise(
  taps: (sampleRate: number) => number,
  magnitude: (frequency: number) => number,
  shape: 'plain' | 'windowed' = 'plain',
): NoiseSynthesis {
  return (seed, sampleRate) => {
    const response = linearPhase(taps(sampleRate), sampleRate, magnitude, shape === 'windowed');
    return filteredNoise(deriveSeed(seed, 'white'), scaledToUnitEnergy(response));
  };
}

/** White noise through a filter, from where the filter is full. */
export function filteredNoise(seed: number, response: Float64Array) {
  const white = whiteSource(seed);
  const filter = createConvolver([response], 1);
  let before = response.length - 1;
  return blockSource(() => {
    for (;;) {
      const [output] = filter.push([white(BLOCK)]);
      const unfilled = Math.min(before, output!.length);
      before -= unfilled;
      if (output!.length > unfilled) return output!.subarray(unfilled);
    }
  });
}

/**
 * The filter of a real, even response, by sampling it at as many frequencies as it has taps: symmetric about taps / 2,
 * where a filter of odd length under a Hann window ends in zeros.
 * @param taps - a power of two
 * @param windowed - smooths the response between the samples, at the price of sharp edges
 */
export function linearPhase(
  taps: number,
  sampleRate: number,
  magnitude: (frequency: number) => number,
  windowed = false,
): Float64Array {
  const fft = new FFT(taps);
  const spectrum = new Float64Array(2 * taps);
  for (let k = 0; k < taps; k++) {
    spectrum[2 * k] = magnitude((Math.min(k, taps - k) * sampleRate) / taps);
  }
  const impulse = new Float64Array(2 * taps);
  fft.inverseTransform(impulse, spectrum);
  return Float64Array.from({ length: taps }, (_, n) => {
    const window = windowed ? 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / taps) : 1;
    return window * impulse[2 * ((n + taps / 2) % taps)]!;
  });
}

/** Scales a filter so that white noise keeps its level. */
export function scaledToUnitEnergy(response: Float64Array): Float64Array {
  const scale = 1 / Math.sqrt(response.reduce((sum, tap) => sum + tap * tap, 0));
  return response.map((tap) => tap * scale);
}
