import { quantile } from '@robusta/core';
import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';
import { halve } from './working-image.js';

/** First and last DCT-II index of each band; index k of 16 frames is k * 0.75 Hz at 24 fps. */
const BANDS: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 5],
  [6, 8],
  [9, 12],
  [13, 15],
];
/** Below this mean square the shares fade to zero. */
const FLOOR = 1e-5;
const RANKS = [3, 11, 23];
const QUANTILES = [0.5, 0.75, 0.9, 0.97];
const percent = (q: number) => Math.round(q * 100);

const d = (name: string, formula: string, unit = 'luma') => ({ name: `rhythm.${name}`, formula, unit });
const hertz = ([low, high]: readonly [number, number]) =>
  low === high ? `${0.75 * low} Hz` : `${0.75 * low}-${0.75 * high} Hz`;
const each = (name: string, what: (at: string) => string, unit?: string) =>
  BANDS.map((band, i) => d(`${name}.${i}`, what(`the amplitude at ${hertz(band)}`), unit));

/** Orthonormal DCT-II, index `[k, t]`. */
const BASIS = Float64Array.from({ length: WINDOW_FRAMES * WINDOW_FRAMES }, (_, i) => {
  const k = Math.floor(i / WINDOW_FRAMES);
  const t = i % WINDOW_FRAMES;
  return Math.sqrt(2 / WINDOW_FRAMES) * Math.cos((Math.PI * k * (t + 0.5)) / WINDOW_FRAMES);
});

/**
 * How fast brightness goes up and down: cosine transforms over the 16 frames of the 48 cells, of 4x4 pixel blocks and
 * of 2x2 pixel dots. Amplitudes are rms over time.
 */
export const rhythm: FeatureGroup = {
  dimensions: [
    ...each('cells.mean', (amplitude) => `c(rms over cells of ${amplitude})`),
    ...each('cells.top', (amplitude) => `c(largest over cells of ${amplitude})`),
    ...RANKS.flatMap((rank) =>
      each(`cells.r${rank}`, (amplitude) => `c(${amplitude} of cell ${rank} of 48, from high to low)`),
    ),
    ...each('cells.share', (amplitude) => `share of ${amplitude}, squared, mean over cells`, '1'),
    d('cells.centroid', 'mean index of the squared amplitudes of the cells / 15', '1'),
    ...each('blocks.mean', (amplitude) => `c(rms over blocks of ${amplitude})`),
    ...QUANTILES.flatMap((q) =>
      each(
        `blocks.p${percent(q)}`,
        (amplitude) => `c(${percent(q)}th percentile over blocks of ${amplitude})`,
      ),
    ),
    ...each('blocks.top', (amplitude) => `c(largest over blocks of ${amplitude})`),
    ...each('blocks.share', (amplitude) => `share of ${amplitude}, squared, mean over blocks`, '1'),
    d('blocks.centroid', 'mean index of the squared amplitudes of the blocks / 15', '1'),
    ...each('dots.mean', (amplitude) => `c(rms over dots of ${amplitude})`),
    ...each('dots.top', (amplitude) => `c(largest over dots of ${amplitude})`),
    ...each('dots.share', (amplitude) => `share of ${amplitude}, squared, mean over dots`, '1'),
  ],
  compute({ luma, width, height }: Snippet, out, offset) {
    const dots = luma.map((image) => halve(image, width, height));
    const blocks = dots.map((image) => halve(image, width >> 1, height >> 1));
    const cells = luma.map((image) => {
      const means = new Float64Array(CELLS);
      cellMeans(image, width, height, false, means);
      return means;
    });
    const coarse = spectrum(cells);
    const middle = spectrum(blocks);
    const fine = spectrum(dots);
    const coarseSorted = sortedBands(coarse);
    const middleSorted = sortedBands(middle);
    const amplitudes = (powers: ArrayLike<number>) =>
      Array.from(powers, (power) => compress(Math.sqrt(power)));
    const w = new Writer(out, offset);
    w.put(...amplitudes(coarse.mean), ...amplitudes(coarse.top));
    for (const rank of RANKS) w.put(...amplitudes(coarseSorted.map((powers) => powers[CELLS - 1 - rank]!)));
    w.put(...shares(coarse), coarse.centroid);
    w.put(...amplitudes(middle.mean));
    for (const q of QUANTILES) w.put(...amplitudes(middleSorted.map((powers) => quantile(powers, q))));
    w.put(...amplitudes(middle.top), ...shares(middle), middle.centroid);
    w.put(...amplitudes(fine.mean), ...amplitudes(fine.top), ...shares(fine));
  },
};

interface BandSpectrum {
  /** Squared amplitudes `[band][place]`. */
  powers: Float64Array[];
  /** Their mean and largest over places. */
  mean: Float64Array;
  top: Float64Array;
  /** Mean index in [0, 1]. */
  centroid: number;
}

/** Squared amplitudes of each place's series, by band; `series[t][place]`. */
function spectrum(series: ArrayLike<number>[]): BandSpectrum {
  const places = series[0]!.length;
  const powers = BANDS.map(() => new Float64Array(places));
  let weighted = 0;
  let sum = FLOOR * places;
  const amplitude = new Float64Array(places);
  BANDS.forEach(([low, high], band) => {
    for (let k = low; k <= high; k++) {
      amplitude.fill(0);
      for (let t = 0; t < WINDOW_FRAMES; t++)
        addScaled(amplitude, series[t]!, series[0]!, BASIS[k * WINDOW_FRAMES + t]!);
      const power = addSquares(powers[band]!, amplitude);
      sum += power;
      weighted += (k / 15) * power;
    }
  });
  return {
    powers,
    mean: Float64Array.from(powers, (values) => values.reduce((a, b) => a + b, 0) / places),
    top: Float64Array.from(powers, (values) => values.reduce((a, b) => Math.max(a, b), 0)),
    centroid: weighted / sum,
  };
}

/** Values are taken less those of the first frame: a constant has no amplitude, and so none is left by rounding. */
function addScaled(
  sums: Float64Array,
  values: ArrayLike<number>,
  first: ArrayLike<number>,
  factor: number,
): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * (values[i]! - first[i]!);
}

/** Adds the mean squares of an amplitude over the 16 frames, and gives the sum of what was added. */
function addSquares(powers: Float64Array, amplitude: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < powers.length; i++) {
    const power = (amplitude[i]! * amplitude[i]!) / WINDOW_FRAMES;
    powers[i]! += power;
    sum += power;
  }
  return sum;
}

const sortedBands = ({ powers }: BandSpectrum) => powers.map((values) => Float64Array.from(values).sort());

function shares({ mean }: BandSpectrum): number[] {
  let sum = FLOOR;
  for (const value of mean) sum += value;
  return Array.from(mean, (value) => value / sum);
}
