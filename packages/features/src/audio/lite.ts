import type { Dimension } from '../dimension.js';
import { AUDIO_WINDOW_HOPS, SAMPLE_RATE } from '../grid.js';
import { quantile, summary } from '../visual/group.js';
import { applyBank, melBank } from './mel.js';
import { BINS, FRAME_HOP, FRAME_LENGTH, Spectrum } from './spectrum.js';

const BANDS = 32;
const BANK = melBank(BANDS, 60, 7800);
/** Samples that one row needs: 96 hops and the reach of the last frame, 15,600. */
export const AUDIO_WINDOW = (AUDIO_WINDOW_HOPS - 1) * FRAME_HOP + FRAME_LENGTH;
const FLOOR = 0.01;
const MODULATION = [1, 2, 4, 8, 16];

const d = (name: string, formula: string, unit: string) => ({ name, formula, unit });
const bands = (name: string, formula: string) =>
  Array.from({ length: BANDS }, (_, band) =>
    d(`${name}.${band}`, `${formula} of band ${band}`, 'ln magnitude'),
  );

export const LITE_AUDIO_DIMENSIONS: readonly Dimension[] = Object.freeze([
  ...bands('mel.mean', 'mean over frames of M'),
  ...bands('mel.sd', 'standard deviation over frames of M'),
  ...bands('mel.flux', 'mean over frames of max(0, M_t - M_t-1)'),
  d('level.mean', 'mean of L', '10 dB'),
  d('level.sd', 'standard deviation of L', '10 dB'),
  d('level.p10', '10th percentile of L', '10 dB'),
  d('level.p50', 'median of L', '10 dB'),
  d('level.max', 'largest L', '10 dB'),
  d('level.rise', 'largest L_t - L_t-2', '10 dB'),
  d('level.fall', 'largest L_t - L_t+2', '10 dB'),
  d('level.decay', 'mean of L over the 20 frames after the largest, less the largest', '10 dB'),
  d('level.rises', 'share of frames with L_t - L_t-2 > 6 dB', '1'),
  d('level.quiet', 'share of frames 20 dB below the largest', '1'),
  d('peak', 'ln of the largest |sample|, + 0.001', 'ln'),
  d('crest', 'ln of the largest |sample| over the rms, each + 0.001', 'ln'),
  d('kurtosis', 'ln of the kurtosis of the samples', 'ln'),
  d('crossings.mean', 'sqrt of the share of zero crossings', '1'),
  d('crossings.sd', 'standard deviation over frames of the same', '1'),
  d('centroid.mean', 'mean band of the mel magnitudes / 32', '1'),
  d('centroid.sd', 'standard deviation over frames of the same', '1'),
  d('centroid.step', 'mean step from frame to frame of the same', '1'),
  d('spread.mean', 'mean over frames of the standard deviation of bands / 32', '1'),
  d('flatness.mean', 'mean over frames of ln geometric over arithmetic mean of the magnitudes', 'ln'),
  d('flatness.sd', 'standard deviation over frames of the same', 'ln'),
  d('prominence.mean', 'mean over frames of ln largest over mean magnitude from 250 to 4000 Hz', 'ln'),
  d('prominence.max', 'largest of the same', 'ln'),
  d('steady', 'share of neighbouring frames whose largest magnitude lies within one bin', '1'),
  d('flux.max', 'largest over frames of the mean over bands of max(0, M_t - M_t-1)', 'ln magnitude'),
  d('flux.sd', 'standard deviation over frames of the same', 'ln magnitude'),
  d('low', 'ln of magnitudes below 250 Hz over all', 'ln'),
  ...MODULATION.map((hertz) => d(`modulation.${hertz}`, `amplitude of L at ${hertz} Hz`, '10 dB')),
] satisfies Dimension[]);

/** Computes rows from windows of 15,600 samples; one instance reuses its buffers. */
export class LiteAudio {
  private readonly spectrum = new Spectrum();
  private readonly magnitudes = new Float64Array(BINS);
  private readonly mel = new Float64Array(AUDIO_WINDOW_HOPS * BANDS);

  row(window: Float32Array, out: Float32Array): void {
    const { mel, magnitudes } = this;
    const frames = AUDIO_WINDOW_HOPS;
    const level = new Float64Array(frames);
    const crossings = new Float64Array(frames);
    const centroid = new Float64Array(frames);
    const spread = new Float64Array(frames);
    const flatness = new Float64Array(frames);
    const prominence = new Float64Array(frames);
    let steady = 0;
    let lowSum = 0;
    let allSum = 0;
    let lastTop = -9;
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
      this.spectrum.magnitudes(window, start, magnitudes);
      applyBank(BANK, magnitudes, mel, f * BANDS);
      let sum = 0;
      let logs = 0;
      let top = 8;
      let part = 0;
      for (let bin = 1; bin < BINS; bin++) {
        const m = magnitudes[bin]! + 1e-3;
        sum += m;
        logs += Math.log(m);
        if (bin < 8) lowSum += m;
        if (bin >= 8 && bin <= 128) {
          part += m;
          if (m > magnitudes[top]! + 1e-3) top = bin;
        }
      }
      allSum += sum;
      flatness[f] = logs / (BINS - 1) - Math.log(sum / (BINS - 1));
      prominence[f] = Math.log((magnitudes[top]! + 1e-3) / (part / 121));
      if (Math.abs(top - lastTop) <= 1) steady++;
      lastTop = top;
      let weight = 1e-3;
      let first = 0;
      let second = 0;
      for (let b = 0; b < BANDS; b++) {
        const m = mel[f * BANDS + b]!;
        const x = (b + 0.5) / BANDS - 0.5;
        weight += m;
        first += m * x;
        second += m * x * x;
      }
      centroid[f] = first / weight;
      spread[f] = Math.sqrt(Math.max(0, second / weight - centroid[f]! ** 2));
    }
    const flux = new Float64Array(frames - 1);
    for (let i = 0; i < mel.length; i++) mel[i] = Math.log(mel[i]! + FLOOR);
    for (let b = 0; b < BANDS; b++) {
      let sum = 0;
      let rise = 0;
      for (let f = 0; f < frames; f++) {
        sum += mel[f * BANDS + b]!;
        if (f === 0) continue;
        const up = Math.max(0, mel[f * BANDS + b]! - mel[(f - 1) * BANDS + b]!);
        rise += up;
        flux[f - 1]! += up / BANDS;
      }
      const mean = sum / frames;
      let square = 0;
      for (let f = 0; f < frames; f++) square += (mel[f * BANDS + b]! - mean) ** 2;
      out[b] = mean;
      out[BANDS + b] = Math.sqrt(square / frames);
      out[2 * BANDS + b] = rise / (frames - 1);
    }
    let peak = 0;
    let square = 0;
    let fourth = 0;
    for (let i = 0; i < AUDIO_WINDOW; i++) {
      const x = window[i]!;
      peak = Math.max(peak, Math.abs(x));
      square += x * x;
      fourth += x * x * x * x;
    }
    square /= AUDIO_WINDOW;
    fourth /= AUDIO_WINDOW;
    let rise = 0;
    let fall = 0;
    let rises = 0;
    let loudest = 0;
    for (let f = 0; f < frames; f++) if (level[f]! > level[loudest]!) loudest = f;
    let decay = 0;
    let after = 0;
    let quiet = 0;
    for (let f = 0; f < frames; f++) {
      if (f >= 2) {
        const step = level[f]! - level[f - 2]!;
        rise = Math.max(rise, step);
        fall = Math.max(fall, -step);
        if (step > 0.6) rises++;
      }
      if (f > loudest && f <= loudest + 20) {
        decay += level[f]! - level[loudest]!;
        after++;
      }
      if (level[f]! < level[loudest]! - 2) quiet++;
    }
    const sorted = Float64Array.from(level).sort();
    const about = summary(level);
    const zero = summary(crossings);
    const centre = summary(centroid);
    const flat = summary(flatness);
    const prominent = summary(prominence);
    const fluxes = summary(flux);
    const values = [
      about.mean,
      about.sd,
      quantile(sorted, 0.1),
      quantile(sorted, 0.5),
      about.max,
      rise,
      fall,
      after > 0 ? decay / after : 0,
      rises / (frames - 2),
      quiet / frames,
      Math.log(peak + 0.001),
      Math.log((peak + 0.001) / (Math.sqrt(square) + 0.001)),
      Math.log((fourth + 3e-12) / (square * square + 1e-12)),
      zero.mean,
      zero.sd,
      centre.mean,
      centre.sd,
      centre.step,
      summary(spread).mean,
      flat.mean,
      flat.sd,
      prominent.mean,
      prominent.max,
      steady / (frames - 1),
      fluxes.max,
      fluxes.sd,
      Math.log(lowSum / allSum),
      ...MODULATION.map((hertz) => amplitude(level, about.mean, hertz)),
    ];
    for (let i = 0; i < values.length; i++) out[3 * BANDS + i] = values[i]!;
  }
}

/** Amplitude of a series of 100 values a second at one frequency. */
function amplitude(series: Float64Array, mean: number, hertz: number): number {
  let re = 0;
  let im = 0;
  for (let f = 0; f < series.length; f++) {
    const angle = (2 * Math.PI * hertz * f * FRAME_HOP) / SAMPLE_RATE;
    re += (series[f]! - mean) * Math.cos(angle);
    im += (series[f]! - mean) * Math.sin(angle);
  }
  return (2 * Math.sqrt(re * re + im * im)) / series.length;
}
