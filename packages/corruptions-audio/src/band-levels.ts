import FFT from 'fft.js';

/** Samples of a frame of the measurement. */
const SIZE = 8192;

/**
 * Power per hertz in third-octave bands, dB, by Welch's method (Hann, half overlap).
 * @param samples - at least 8192
 * @param centers - middles of the bands, Hz
 */
export function bandLevels(samples: Float32Array, sampleRate: number, centers: readonly number[]): number[] {
  const fft = new FFT(SIZE);
  const data = new Float64Array(2 * SIZE);
  const spectrum = new Float64Array(2 * SIZE);
  const power = new Float64Array(SIZE / 2);
  for (let at = 0; at + SIZE <= samples.length; at += SIZE / 2) {
    for (let i = 0; i < SIZE; i++) {
      data[2 * i] = samples[at + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / SIZE));
    }
    fft.transform(spectrum, data);
    for (let k = 0; k < power.length; k++) power[k]! += spectrum[2 * k]! ** 2 + spectrum[2 * k + 1]! ** 2;
  }
  return centers.map((center) => {
    const low = Math.round((center * 2 ** (-1 / 6) * SIZE) / sampleRate);
    const high = Math.round((center * 2 ** (1 / 6) * SIZE) / sampleRate);
    const band = power.subarray(low, Math.max(low + 1, high));
    return 10 * Math.log10(band.reduce((sum, value) => sum + value, 0) / band.length);
  });
}
