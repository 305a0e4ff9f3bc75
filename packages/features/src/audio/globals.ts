import type { Dimension } from '../dimension.js';
import { summary } from '../statistics.js';

/** What the 96 frames of a window say besides their bands. */
export interface FrameSeries {
  /** L: log10 of the mean square. */
  level: Float64Array;
  /** Square root of the share of zero crossings. */
  crossings: Float64Array;
  /** Mean position on the mel axis, in [-0.5, 0.5]. */
  centroid: Float64Array;
  /** ln of the geometric over the arithmetic mean of the magnitudes. */
  flatness: Float64Array;
  /** Mean over bands of the rises of M. */
  flux: Float64Array;
  /** ln of the magnitudes below 250 Hz over all magnitudes of the window. */
  low: number;
}

const d = (name: string, formula: string, unit: string): Dimension => ({ name, formula, unit });

export const GLOBAL_DIMENSIONS: readonly Dimension[] = [
  d('level.mean', 'mean of L', 'log10 power'),
  d('level.sd', 'standard deviation of L', 'log10 power'),
  d('level.rise', 'largest L_t - L_t-2', 'log10 power'),
  d('level.fall', 'largest L_t-2 - L_t', 'log10 power'),
  d(
    'level.decay',
    'mean of L over the 20 frames after the largest, less the largest; 0 without such frames',
    'log10 power',
  ),
  d('level.rises', 'share of frames with L_t - L_t-2 > 0.6 (6 dB)', '1'),
  d('level.quiet', 'share of frames with L < largest L - 2 (20 dB)', '1'),
  d('crest', 'ln of (largest |x| + 0.001) over (rms x + 0.001)', 'ln'),
  d('crossings.mean', 'mean of the square root of the share of zero crossings', '1'),
  d('crossings.sd', 'standard deviation of the same', '1'),
  d('centroid.mean', 'mean of the centroid of the mel magnitudes, -0.5 low to 0.5 high', '1'),
  d('centroid.sd', 'standard deviation of the same', '1'),
  d('centroid.step', 'mean step from frame to frame of the same', '1'),
  d('flatness', 'mean of ln of the geometric over the arithmetic mean of the magnitudes, each + 0.001', 'ln'),
  d('flux.max', 'largest over frames of the mean over bands of max(0, M_t - M_t-1)', 'ln magnitude'),
  d('low', 'ln of the magnitudes below 250 Hz over all', 'ln'),
];

/** One number for each of {@link GLOBAL_DIMENSIONS}. */
export function globals(window: Float32Array, frames: FrameSeries): number[] {
  const { level, crossings, centroid, flatness, flux, low } = frames;
  const wave = waveform(window);
  const about = summary(level);
  const events = levelEvents(level);
  const zero = summary(crossings);
  const centre = summary(centroid);
  return [
    about.mean,
    about.sd,
    events.rise,
    events.fall,
    events.decay,
    events.rises,
    events.quiet,
    Math.log((wave.peak + 0.001) / (Math.sqrt(wave.square) + 0.001)),
    zero.mean,
    zero.sd,
    centre.mean,
    centre.sd,
    centre.step,
    summary(flatness).mean,
    summary(flux).max,
    low,
  ];
}

function waveform(window: Float32Array): { peak: number; square: number } {
  let peak = 0;
  let square = 0;
  for (let i = 0; i < window.length; i++) {
    const x = window[i]!;
    if (Math.abs(x) > peak) peak = Math.abs(x);
    square += x * x;
  }
  return { peak, square: square / window.length };
}

function levelEvents(level: Float64Array) {
  const n = level.length;
  let loudest = 0;
  let rise = 0;
  let fall = 0;
  let rises = 0;
  for (let t = 0; t < n; t++) {
    if (level[t]! > level[loudest]!) loudest = t;
    if (t < 2) continue;
    const step = level[t]! - level[t - 2]!;
    rise = Math.max(rise, step);
    fall = Math.max(fall, -step);
    if (step > 0.6) rises++;
  }
  let decay = 0;
  let quiet = 0;
  const after = Math.min(20, n - 1 - loudest);
  for (let t = 0; t < n; t++) {
    if (t > loudest && t <= loudest + after) decay += (level[t]! - level[loudest]!) / after;
    if (level[t]! < level[loudest]! - 2) quiet++;
  }
  return { rise, fall, decay, rises: rises / (n - 2), quiet: quiet / n };
}
