import type { Dimension } from '../dimension.js';
import { AUDIO_WINDOW_HOPS } from '../grid.js';
import { frameSeries } from './frame-series.js';
import { GLOBAL_DIMENSIONS, globals } from './globals.js';
import { melBank } from './mel.js';
import { Spectrum } from './spectrum.js';

const BANDS = 32;
const [LOWEST, HIGHEST] = [60, 7800];
const BANK = melBank(BANDS, LOWEST, HIGHEST);
/** Added to mel magnitudes before the logarithm: what counts as silence. */
const FLOOR = 0.01;

const bands = (name: string, formula: string): Dimension[] =>
  Array.from({ length: BANDS }, (_, band) => {
    const mel = (hertz: number) => 1127 * Math.log1p(hertz / 700);
    const centre = mel(LOWEST) + ((band + 1) * (mel(HIGHEST) - mel(LOWEST))) / (BANDS + 1);
    const hertz = Math.round(700 * Math.expm1(centre / 1127));
    return { name: `${name}.${band}`, formula: `${formula}, band around ${hertz} Hz`, unit: 'ln magnitude' };
  });

/** What each column of a lite audio row is, in order. M is ln(mel magnitude + 0.01) of a frame and band. */
export const LITE_AUDIO_DIMENSIONS: readonly Dimension[] = Object.freeze([
  ...bands('mel.mean', 'mean over frames of M'),
  ...bands('mel.sd', 'standard deviation over frames of M'),
  ...bands('mel.flux', 'mean over frames of max(0, M_t - M_t-1)'),
  ...GLOBAL_DIMENSIONS,
]);

/** Computes rows from windows of 15,600 samples; one instance reuses its spectrum. */
export class LiteAudio {
  private readonly spectrum = new Spectrum();

  /** Writes the 128 values of one window. */
  row(window: Float32Array, out: Float32Array): void {
    const frames = frameSeries(window, this.spectrum, BANK);
    const flux = bandStatistics(frames.mel, out);
    out.set(globals(window, frames, flux), 3 * BANDS);
  }
}

/** Mean, deviation and flux of each band into the first 96 columns; the flux averaged over bands comes back. */
function bandStatistics(mel: Float64Array, out: Float32Array): Float64Array {
  const frames = AUDIO_WINDOW_HOPS;
  const flux = new Float64Array(frames - 1);
  const column = new Float64Array(frames);
  for (let band = 0; band < BANDS; band++) {
    let sum = 0;
    for (let t = 0; t < frames; t++) sum += column[t] = Math.log(mel[t * BANDS + band]! + FLOOR);
    const mean = sum / frames;
    let square = (column[0]! - mean) ** 2;
    let rises = 0;
    for (let t = 1; t < frames; t++) {
      square += (column[t]! - mean) ** 2;
      const rise = Math.max(0, column[t]! - column[t - 1]!);
      rises += rise;
      flux[t - 1]! += rise / BANDS;
    }
    out[band] = mean;
    out[BANDS + band] = Math.sqrt(square / frames);
    out[2 * BANDS + band] = rises / (frames - 1);
  }
  return flux;
}
