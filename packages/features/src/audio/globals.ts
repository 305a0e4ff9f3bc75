import { quantile } from '@robusta/core';
import type { Dimension } from '../dimension.js';
import { SAMPLE_RATE } from '../grid.js';
import { summary } from '../statistics.js';
import type { FrameSeries } from './frame-series.js';
import { FRAME_HOP } from './window.js';

const MODULATION = [1, 2, 4, 8, 16];
const d = (name: string, formula: string, unit: string): Dimension => ({ name, formula, unit });

/** What {@link globals} gives, in order. L is log10 of the mean square of a frame + 1e-8. */
export const GLOBAL_DIMENSIONS: readonly Dimension[] = [
  d('level.mean', 'mean of L', 'log10 power'),
  d('level.sd', 'standard deviation of L', 'log10 power'),
  d('level.p10', '10th percentile of L', 'log10 power'),
  d('level.p50', 'median of L', 'log10 power'),
  d('level.max', 'largest L', 'log10 power'),
  d('level.rise', 'largest L_t - L_t-2', 'log10 power'),
  d('level.fall', 'largest L_t-2 - L_t', 'log10 power'),
  d('level.decay', 'mean over the 20 frames after the largest L of L less the largest', 'log10 power'),
  d('level.rises', 'share of frames with L_t - L_t-2 > 0.6 (6 dB)', '1'),
  d('level.quiet', 'share of frames with L < largest L - 2 (20 dB)', '1'),
  d('peak', 'ln(largest |x| + 0.001)', 'ln'),
  d('crest', 'ln of (largest |x| + 0.001) over (rms x + 0.001)', 'ln'),
  d('kurtosis', 'ln of (mean x^4 + 3e-12) over ((mean x^2)^2 + 1e-12)', 'ln'),
  d('crossings.mean', 'mean of the square root of the share of zero crossings', '1'),
  d('crossings.sd', 'standard deviation of the same', '1'),
  d('centroid.mean', 'mean of the centroid of the mel magnitudes, -0.5 low to 0.5 high', '1'),
  d('centroid.sd', 'standard deviation of the same', '1'),
  d('centroid.step', 'mean step from frame to frame of the same', '1'),
  d('spread', 'mean of the standard deviation of the mel magnitudes about their centroid', '1'),
  d(
    'flatness.mean',
    'mean of ln of the geometric over the arithmetic mean of the magnitudes, each + 0.001',
    'ln',
  ),
  d('flatness.sd', 'standard deviation of the same', 'ln'),
  d('prominence.mean', 'mean of ln of the largest over the mean magnitude from 250 to 4000 Hz', 'ln'),
  d('prominence.max', 'largest of the same', 'ln'),
  d('steady', 'share of neighbouring frames whose largest magnitude lies within one bin', '1'),
  d('flux.max', 'largest over frames of the mean over bands of max(0, M_t - M_t-1)', 'ln magnitude'),
  d('flux.sd', 'standard deviation of the same', 'ln magnitude'),
  d('low', 'ln of the magnitudes below 250 Hz over all, each + 0.001', 'ln'),
  ...MODULATION.map((hertz) => d(`modulation.${hertz}`, `amplitude of L at ${hertz} Hz`, 'log10 power')),
];

/**
 * One number for each of {@link GLOBAL_DIMENSIONS}.
 * @param flux - mean over bands of max(0, M_t - M_t-1), one a step between frames
 */
export function globals(window: Float32Array, frames: FrameSeries, flux: Float64Array): number[] {
  const { level, crossings, centroid, spread, flatness, prominence, steady, low } = frames;
  const wave = waveform(window);
  const about = summary(level);
  const sorted = Float64Array.from(level).sort();
  const events = levelEvents(level);
  const zero = summary(crossings);
  const centre = summary(centroid);
  const flat = summary(flatness);
  const prominent = summary(prominence);
  const fluxes = summary(flux);
  return [
    about.mean,
    about.sd,
    quantile(sorted, 0.1),
    quantile(sorted, 0.5),
    about.max,
    events.rise,
    events.fall,
    events.decay,
    events.rises,
    events.quiet,
    Math.log(wave.peak + 0.001),
    Math.log((wave.peak + 0.001) / (Math.sqrt(wave.square) + 0.001)),
    Math.log((wave.fourth + 3e-12) / (wave.square * wave.square + 1e-12)),
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
    steady,
    fluxes.max,
    fluxes.sd,
    low,
    ...MODULATION.map((hertz) => amplitude(level, about.mean, hertz)),
  ];
}

function waveform(window: Float32Array): { peak: number; square: number; fourth: number } {
  let peak = 0;
  let square = 0;
  let fourth = 0;
  for (let i = 0; i < window.length; i++) {
    const x = window[i]!;
    const energy = x * x;
    if (Math.abs(x) > peak) peak = Math.abs(x);
    square += energy;
    fourth += energy * energy;
  }
  return { peak, square: square / window.length, fourth: fourth / window.length };
}

function levelEvents(level: Float64Array) {
  const n = level.length;
  let [rise, fall, rises, loudest] = [0, 0, 0, 0];
  for (let t = 0; t < n; t++) {
    if (level[t]! > level[loudest]!) loudest = t;
    if (t < 2) continue;
    const step = level[t]! - level[t - 2]!;
    rise = Math.max(rise, step);
    fall = Math.max(fall, -step);
    if (step > 0.6) rises++;
  }
  const peak = level[loudest]!;
  const after = level.subarray(loudest + 1, loudest + 21);
  let [decay, quiet] = [0, 0];
  for (const value of after) decay += (value - peak) / after.length;
  for (const value of level) if (value < peak - 2) quiet++;
  return { rise, fall, decay, rises: rises / (n - 2), quiet: quiet / n };
}

/** Amplitude at one frequency of a series of 100 values a second. */
function amplitude(series: Float64Array, mean: number, hertz: number): number {
  let re = 0;
  let im = 0;
  for (let t = 0; t < series.length; t++) {
    const angle = (2 * Math.PI * hertz * t * FRAME_HOP) / SAMPLE_RATE;
    re += (series[t]! - mean) * Math.cos(angle);
    im += (series[t]! - mean) * Math.sin(angle);
  }
  return (2 * Math.sqrt(re * re + im * im)) / series.length;
}
