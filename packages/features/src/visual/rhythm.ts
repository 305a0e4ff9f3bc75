import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';

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
/** Below this squared amplitude the shares fade to zero. */
const FLOOR = 1e-5;
/** Side of the fine blocks (px). */
const FINE = 4;

const d = (name: string, formula: string, unit = 'luma') => ({ name: `rhythm.${name}`, formula, unit });
const hertz = ([low, high]: readonly [number, number]) =>
  low === high ? `${0.75 * low} Hz` : `${0.75 * low}-${0.75 * high} Hz`;

/** Orthonormal DCT-II, index `[k, t]`. */
const BASIS = Float64Array.from({ length: WINDOW_FRAMES * WINDOW_FRAMES }, (_, i) => {
  const k = Math.floor(i / WINDOW_FRAMES);
  const t = i % WINDOW_FRAMES;
  return Math.sqrt(2 / WINDOW_FRAMES) * Math.cos((Math.PI * k * (t + 0.5)) / WINDOW_FRAMES);
});

/** How fast brightness goes up and down: cosine transforms over the 16 frames, of cells and of small blocks. */
export const rhythm: FeatureGroup = {
  dimensions: [
    ...BANDS.map((band, i) => d(`mean.${i}`, `c(rms over cells of the amplitude at ${hertz(band)})`)),
    ...BANDS.map((band, i) => d(`top.${i}`, `c(largest over cells of the amplitude at ${hertz(band)})`)),
    ...BANDS.map((band, i) =>
      d(`share.${i}`, `share of the squared amplitudes of the cells at ${hertz(band)}`, '1'),
    ),
    d('centroid', 'mean index of the squared amplitudes of the cells / 15', '1'),
    ...BANDS.map((band, i) =>
      d(`fine.${i}`, `c(rms over ${FINE}x${FINE} pixel blocks of the amplitude at ${hertz(band)})`),
    ),
    ...BANDS.map((band, i) =>
      d(`fine.top.${i}`, `c(largest over ${FINE}x${FINE} pixel blocks of the amplitude at ${hertz(band)})`),
    ),
    d('fine.centroid', `mean index of the squared amplitudes of the ${FINE}x${FINE} pixel blocks / 15`, '1'),
    d('fine.excess', 'ln of the rms amplitude of the blocks over that of the cells, each + 0.001', '1'),
  ],
  compute({ luma, width, height }: Snippet, out, offset) {
    const cells = luma.map((image) => {
      const means = new Float64Array(CELLS);
      cellMeans(image, width, height, false, means);
      return means;
    });
    const blocks = luma.map((image) => blockMeans(image, width, height));
    const coarse = spectrum(cells);
    const fine = spectrum(blocks);
    const amplitudes = (values: Float64Array) => Array.from(values, (value) => compress(Math.sqrt(value)));
    const w = new Writer(out, offset);
    w.put(...amplitudes(coarse.mean), ...amplitudes(coarse.top));
    w.put(...Array.from(coarse.mean, (value) => value / (coarse.sum + FLOOR)), coarse.centroid);
    w.put(...amplitudes(fine.mean), ...amplitudes(fine.top), fine.centroid);
    w.put(Math.log((Math.sqrt(fine.sum) + 0.001) / (Math.sqrt(coarse.sum) + 0.001)));
  },
};

interface BandSpectrum {
  /** Mean and largest squared amplitude of each band. */
  mean: Float64Array;
  top: Float64Array;
  /** Sum of `mean`. */
  sum: number;
  /** Mean index in [0, 1]. */
  centroid: number;
}

/** Squared amplitudes of each place's series, by band; `series[t][place]`. */
function spectrum(series: Float64Array[]): BandSpectrum {
  const places = series[0]!.length;
  const mean = new Float64Array(BANDS.length);
  const top = new Float64Array(BANDS.length);
  const values = new Float64Array(WINDOW_FRAMES);
  let sum = 0;
  let weighted = 0;
  for (let place = 0; place < places; place++) {
    for (let t = 0; t < WINDOW_FRAMES; t++) values[t] = series[t]![place]!;
    for (let band = 0; band < BANDS.length; band++) {
      let square = 0;
      for (let k = BANDS[band]![0]; k <= BANDS[band]![1]; k++) {
        const power = squaredAmplitude(values, k);
        square += power;
        weighted += (k / 15) * power;
      }
      mean[band]! += square / places;
      sum += square;
      if (square > top[band]!) top[band] = square;
    }
  }
  return { mean, top, sum: sum / places, centroid: weighted / (sum + FLOOR * places) };
}

function squaredAmplitude(values: Float64Array, k: number): number {
  let amplitude = 0;
  for (let t = 0; t < WINDOW_FRAMES; t++) amplitude += BASIS[k * WINDOW_FRAMES + t]! * values[t]!;
  return (amplitude * amplitude) / WINDOW_FRAMES;
}

function blockMeans(image: Float32Array, width: number, height: number): Float64Array {
  const columns = Math.floor(width / FINE);
  const rows = Math.floor(height / FINE);
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows * FINE; y++) {
    const row = Math.floor(y / FINE) * columns;
    for (let x = 0; x < columns * FINE; x++) out[row + ((x / FINE) | 0)]! += image[y * width + x]!;
  }
  for (let i = 0; i < out.length; i++) out[i]! /= FINE * FINE;
  return out;
}
