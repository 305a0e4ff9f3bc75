import { AUDIO_WINDOW_HOPS } from '../grid.js';
import { applyBank, type MelBank } from './mel.js';
import { BINS, type Spectrum } from './spectrum.js';
import { FRAME_HOP, FRAME_LENGTH } from './window.js';

/** What each of the 96 frames of a window sounds like. Arrays are `[96]` unless noted. */
export interface FrameSeries {
  /** Mel magnitudes `[96, bands]`. */
  mel: Float64Array;
  /** log10 of the mean square, with 1e-8 added (-80 dB is silence). */
  level: Float64Array;
  /** Square root of the share of zero crossings. */
  crossings: Float64Array;
  /** Mean and standard deviation of the mel magnitudes over the bands, which run from -0.5 to 0.5. */
  centroid: Float64Array;
  spread: Float64Array;
  /** ln of the geometric over the arithmetic mean of the magnitudes. */
  flatness: Float64Array;
  /** ln of the largest over the mean magnitude from 250 to 4000 Hz. */
  prominence: Float64Array;
  /** Share of neighbouring frames whose largest magnitude lies within one bin. */
  steady: number;
  /** ln of the magnitudes below 250 Hz over all. */
  low: number;
}

/** Added to magnitudes: -60 dB of full scale, so that silence has a spectrum. */
const SOFT = 1e-3;
const FIRST_VOICE_BIN = 8;
const LAST_VOICE_BIN = 128;

/** Describes the frames of a window of 15,600 samples at 16 kHz. */
export function frameSeries(window: Float32Array, spectrum: Spectrum, bank: MelBank): FrameSeries {
  const frames = AUDIO_WINDOW_HOPS;
  const { bands } = bank;
  const series = () => new Float64Array(frames);
  const mel = new Float64Array(frames * bands);
  const [level, crossings, centroid] = [series(), series(), series()];
  const [spread, flatness, prominence] = [series(), series(), series()];
  const magnitudes = new Float64Array(BINS);
  let steady = 0;
  let lowSum = 0;
  let allSum = 0;
  let lastTop = Number.NEGATIVE_INFINITY;
  for (let f = 0; f < frames; f++) {
    const start = f * FRAME_HOP;
    let energy = 0;
    let crossed = 0;
    for (let i = start; i < start + FRAME_LENGTH; i++) {
      const x = window[i]!;
      energy += x * x;
      if (i > start && x * window[i - 1]! < 0) crossed++;
    }
    level[f] = Math.log10(energy / FRAME_LENGTH + 1e-8);
    crossings[f] = Math.sqrt(crossed / FRAME_LENGTH);

    spectrum.magnitudes(window, start, magnitudes);
    applyBank(bank, magnitudes, mel, f * bands);
    let sum = 0;
    let logs = 0;
    let voice = 0;
    let top = FIRST_VOICE_BIN;
    for (let bin = 1; bin < BINS; bin++) {
      const m = magnitudes[bin]! + SOFT;
      sum += m;
      logs += Math.log(m);
      if (bin < FIRST_VOICE_BIN) lowSum += m;
      else if (bin <= LAST_VOICE_BIN) {
        voice += m;
        if (m > magnitudes[top]! + SOFT) top = bin;
      }
    }
    allSum += sum;
    flatness[f] = logs / (BINS - 1) - Math.log(sum / (BINS - 1));
    prominence[f] = Math.log((magnitudes[top]! + SOFT) / (voice / (LAST_VOICE_BIN - FIRST_VOICE_BIN + 1)));
    if (Math.abs(top - lastTop) <= 1) steady++;
    lastTop = top;

    let weight = SOFT;
    let first = 0;
    let second = 0;
    for (let band = 0; band < bands; band++) {
      const m = mel[f * bands + band]!;
      const place = (band + 0.5) / bands - 0.5;
      weight += m;
      first += m * place;
      second += m * place * place;
    }
    const centre = first / weight;
    centroid[f] = centre;
    spread[f] = Math.sqrt(Math.max(0, second / weight - centre * centre));
  }
  return {
    ...{ mel, level, crossings, centroid, spread, flatness, prominence },
    steady: steady / (frames - 1),
    low: Math.log(lowSum / allSum),
  };
}
