import type { Dimension } from '../dimension.js';
import { AUDIO_WINDOW_HOPS } from '../grid.js';
import { quantile } from '../statistics.js';
import { deviation, largest, mean, rises } from './bands.js';
import { type FrameSeries, GLOBAL_DIMENSIONS, globals } from './globals.js';
import { applyBank, melBank } from './mel.js';
import { noiseFloor } from './noise-floor.js';
import { BINS, FRAME_HOP, FRAME_LENGTH, Spectrum } from './spectrum.js';

/** Samples that one row needs: 96 hops and the reach of the last frame, 15,600. */
export const AUDIO_WINDOW = (AUDIO_WINDOW_HOPS - 1) * FRAME_HOP + FRAME_LENGTH;

/** Few and wide: with more bands, small training sets learn single sounds by heart. */
const BANDS = 8;
const BANK = melBank(BANDS, 60, 7800);
/** Added to mel magnitudes before the logarithm: what counts as silence. */
const FLOORS = { quiet: 0.01, soft: 0.03, loud: 0.1 } as const;
/** First bins of eight bands of equal width in mel from 60 to 7800 Hz, and the end of the last. */
const FLAT_EDGES = [2, 8, 16, 27, 44, 68, 103, 154, 250];
const FLAT_BANDS = FLAT_EDGES.length - 1;
type Flatness = { quiet: Float64Array; loud: Float64Array };

const CENTRES = Array.from({ length: BANDS }, (_, band) => {
  const mel = (hertz: number) => 1127 * Math.log1p(hertz / 700);
  const centre = mel(60) + ((band + 1) * (mel(7800) - mel(60))) / (BANDS + 1);
  return Math.round(700 * Math.expm1(centre / 1127));
});
const bands = (name: string, formula: string, unit = 'ln magnitude'): Dimension[] =>
  CENTRES.map((hertz, band) => ({
    name: `${name}.${band}`,
    formula: `${formula}, band around ${hertz} Hz`,
    unit,
  }));

const perBand = (name: string, formula: (range: string) => string, unit = 'ln magnitude'): Dimension[] =>
  FLAT_EDGES.slice(1).map((end, band) => ({
    name: `${name}.${band}`,
    formula: formula(`from ${31.25 * FLAT_EDGES[band]!} to ${31.25 * (end - 1)} Hz`),
    unit,
  }));
const flatness = (name: string, floor: number) =>
  perBand(
    name,
    (range) =>
      `mean of ln(|X| + ${floor}) over bins less ln(mean |X| + ${floor}), mean over frames, ${range}`,
  );

/** What each column of a lite audio row is, in order. */
export const LITE_AUDIO_DIMENSIONS: readonly Dimension[] = Object.freeze([
  ...bands('flux.quiet', 'mean of max(0, M_t - M_t-1)'),
  ...bands('flux.soft', 'mean of max(0, M_t - M_t-1), M with 0.03 for 0.01'),
  ...bands('flux.loud', 'mean of max(0, M_t - M_t-1), M with 0.1 for 0.01'),
  ...bands('flux.lag2', 'mean of max(0, M_t - M_t-2)'),
  ...bands('flux.lag2.loud', 'mean of max(0, M_t - M_t-2), M with 0.1 for 0.01'),
  ...bands('flux.p50', 'median of max(0, M_t - M_t-1)'),
  ...bands('flux.p90', '90th percentile of max(0, M_t - M_t-1)'),
  ...bands('flux.spread', 'standard deviation of max(0, M_t - M_t-1)'),
  ...bands('onset', 'largest max(0, M_t - M_t-3), M with 0.1 for 0.01'),
  ...bands('release', 'largest max(0, M_t-3 - M_t), M with 0.1 for 0.01'),
  ...flatness('flat.quiet', FLOORS.quiet),
  ...flatness('flat.loud', FLOORS.loud),
  ...perBand('floor.flat', (range) => `geometric over arithmetic mean of F + 0.001, ${range}`, '1'),
  ...perBand('floor.share', (range) => `share of F + 0.001 of all eight bands, ${range}`, '1'),
  ...GLOBAL_DIMENSIONS,
]);

/** Computes rows from windows of 15,600 samples; one instance reuses its buffers. */
export class LiteAudio {
  private readonly spectrum = new Spectrum();
  private readonly magnitudes = new Float64Array(BINS);
  private readonly mel = new Float64Array(AUDIO_WINDOW_HOPS * BANDS);
  /** Magnitudes of all frames, `[257][96]`. */
  private readonly all = Array.from({ length: BINS }, () => new Float64Array(AUDIO_WINDOW_HOPS));

  row(window: Float32Array, out: Float32Array): void {
    const flat = { quiet: new Float64Array(FLAT_BANDS), loud: new Float64Array(FLAT_BANDS) };
    const frames = this.analyse(window, flat);
    const quiet = logOf(this.mel, FLOORS.quiet);
    const soft = logOf(this.mel, FLOORS.soft);
    const loud = logOf(this.mel, FLOORS.loud);
    const fine = rises(quiet, BANDS, 1);
    for (const series of fine) {
      for (let t = 0; t < series.length; t++) frames.flux[t]! += series[t]! / BANDS;
    }
    const sorted = fine.map((series) => Float64Array.from(series).sort());
    out.set([
      ...fine.map(mean),
      ...rises(soft, BANDS, 1).map(mean),
      ...rises(loud, BANDS, 1).map(mean),
      ...rises(quiet, BANDS, 2).map(mean),
      ...rises(loud, BANDS, 2).map(mean),
      ...sorted.map((series) => quantile(series, 0.5)),
      ...sorted.map((series) => quantile(series, 0.9)),
      ...fine.map(deviation),
      ...rises(loud, BANDS, 3).map(largest),
      ...rises(
        loud.map((value) => -value),
        BANDS,
        3,
      ).map(largest),
      ...flat.quiet,
      ...flat.loud,
      ...noiseFloor(this.all, FLAT_EDGES),
      ...globals(window, frames),
    ]);
  }

  /** Fills the mel magnitudes and `flat`, and gives the series over frames (`flux` still empty). */
  private analyse(window: Float32Array, flat: Flatness): FrameSeries {
    const { mel, magnitudes } = this;
    const n = AUDIO_WINDOW_HOPS;
    const level = new Float64Array(n);
    const crossings = new Float64Array(n);
    const centroid = new Float64Array(n);
    const flatness = new Float64Array(n);
    const sums = { low: 0, all: 0 };
    for (let t = 0; t < n; t++) {
      const start = t * FRAME_HOP;
      level[t] = Math.log10(meanSquare(window, start) + 1e-8);
      crossings[t] = Math.sqrt(crossingShare(window, start));
      this.spectrum.magnitudes(window, start, magnitudes);
      applyBank(BANK, magnitudes, mel, t * BANDS);
      for (let bin = 0; bin < BINS; bin++) this.all[bin]![t] = magnitudes[bin]!;
      centroid[t] = melCentroid(mel, t);
      flatness[t] = spectralShape(magnitudes, sums);
      addFlatness(magnitudes, FLOORS.quiet, flat.quiet);
      addFlatness(magnitudes, FLOORS.loud, flat.loud);
    }
    return {
      level,
      crossings,
      centroid,
      flatness,
      flux: new Float64Array(n - 1),
      low: Math.log(sums.low / sums.all),
    };
  }
}

function logOf(mel: Float64Array, floor: number): Float64Array {
  const out = new Float64Array(mel.length);
  for (let i = 0; i < mel.length; i++) out[i] = Math.log(mel[i]! + floor);
  return out;
}

function meanSquare(window: Float32Array, start: number): number {
  let sum = 0;
  for (let i = start; i < start + FRAME_LENGTH; i++) sum += window[i]! * window[i]!;
  return sum / FRAME_LENGTH;
}

function crossingShare(window: Float32Array, start: number): number {
  let count = 0;
  for (let i = start + 1; i < start + FRAME_LENGTH; i++) if (window[i]! * window[i - 1]! < 0) count++;
  return count / FRAME_LENGTH;
}

function melCentroid(mel: Float64Array, t: number): number {
  let weight = 0.001;
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    const m = mel[t * BANDS + band]!;
    weight += m;
    sum += m * ((band + 0.5) / BANDS - 0.5);
  }
  return sum / weight;
}

/** ln of the geometric over the arithmetic mean; adds to the sums of low and of all magnitudes. */
function spectralShape(magnitudes: Float64Array, sums: { low: number; all: number }): number {
  let sum = 0;
  let logs = 0;
  for (let bin = 1; bin < BINS; bin++) {
    const m = magnitudes[bin]! + 0.001;
    sum += m;
    logs += Math.log(m);
    if (bin < 8) sums.low += m;
  }
  sums.all += sum;
  return logs / (BINS - 1) - Math.log(sum / (BINS - 1));
}

/** Adds a frame's flatness of each band, as a share of the window. */
function addFlatness(magnitudes: Float64Array, floor: number, flat: Float64Array): void {
  for (let band = 0; band < flat.length; band++) {
    const from = FLAT_EDGES[band]!;
    const count = FLAT_EDGES[band + 1]! - from;
    let sum = 0;
    let logs = 0;
    for (let bin = from; bin < from + count; bin++) {
      sum += magnitudes[bin]!;
      logs += Math.log(magnitudes[bin]! + floor);
    }
    flat[band]! += (logs / count - Math.log(sum / count + floor)) / AUDIO_WINDOW_HOPS;
  }
}
