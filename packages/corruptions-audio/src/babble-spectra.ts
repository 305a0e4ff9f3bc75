import type { SpectrumPoint } from './noise-spectra.js';

/** Power per hertz of NOISEX-92's babble in third-octave bands, as measured on two excerpts: dB against 1 kHz. */
export const BABBLE_TARGET: readonly SpectrumPoint[] = [
  [63, -1.6],
  [80, -1.9],
  [100, 8.5],
  [125, 13.5],
  [160, 14.4],
  [200, 11.4],
  [250, 9.6],
  [315, 10.3],
  [400, 9.4],
  [500, 10.2],
  [630, 8.5],
  [800, 3.6],
  [1000, 0],
  [1250, -0.6],
  [1600, -2.7],
  [2000, -6.6],
  [2500, -8],
  [3150, -12.1],
  [4000, -16],
  [5000, -22.1],
  [6300, -25.6],
  [8000, -28.7],
];
