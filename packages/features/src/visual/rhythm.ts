import { WINDOW_FRAMES } from '../grid.js';
import { CELLS, cellMeans } from './cells.js';
import { compress, type FeatureGroup, Writer } from './group.js';
import type { Snippet } from './snippet.js';

/** First and last DCT-II index of each band; index k of 16 frames is k * 0.75 Hz at 24 fps. */
const BANDS: [number, number][] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 5],
  [6, 8],
  [9, 12],
  [13, 15],
];
const d = (name: string, formula: string, unit = 'luma') => ({ name: `rhythm.${name}`, formula, unit });
const hertz = ([low, high]: [number, number]) =>
  low === high ? `${0.75 * low} Hz` : `${0.75 * low}-${0.75 * high} Hz`;

const BASIS = Float64Array.from({ length: WINDOW_FRAMES * WINDOW_FRAMES }, (_, i) => {
  const k = Math.floor(i / WINDOW_FRAMES);
  const t = i % WINDOW_FRAMES;
  return Math.sqrt(2 / WINDOW_FRAMES) * Math.cos((Math.PI * k * (t + 0.5)) / WINDOW_FRAMES);
});

/** How fast the brightness of the 48 cells goes up and down: a cosine transform over the 16 frames. */
export const rhythm: FeatureGroup = {
  dimensions: [
    ...BANDS.map((band, i) => d(`mean.${i}`, `c(rms over cells of the amplitude at ${hertz(band)})`)),
    ...BANDS.map((band, i) => d(`top.${i}`, `c(largest over cells of the amplitude at ${hertz(band)})`)),
    ...BANDS.map((band, i) => d(`share.${i}`, `share of the squared amplitudes at ${hertz(band)}`, '1')),
    d('centroid', 'mean index of the squared amplitudes / 15', '1'),
  ],
  compute({ luma, width, height }: Snippet, out, offset) {
    const series = luma.map((image) => {
      const cell = new Float64Array(CELLS);
      cellMeans(image, width, height, false, cell);
      return cell;
    });
    const mean = new Float64Array(BANDS.length);
    const top = new Float64Array(BANDS.length);
    let sum = 1e-5;
    let weighted = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      for (let band = 0; band < BANDS.length; band++) {
        let square = 0;
        for (let k = BANDS[band]![0]; k <= BANDS[band]![1]; k++) {
          let amplitude = 0;
          for (let t = 0; t < WINDOW_FRAMES; t++)
            amplitude += BASIS[k * WINDOW_FRAMES + t]! * series[t]![cell]!;
          const power = (amplitude * amplitude) / WINDOW_FRAMES;
          square += power;
          weighted += (k / 15) * (power / CELLS);
        }
        mean[band]! += square / CELLS;
        sum += square / CELLS;
        top[band] = Math.max(top[band]!, square);
      }
    }
    const w = new Writer(out, offset);
    w.put(...Array.from(mean, (value) => compress(Math.sqrt(value))));
    w.put(...Array.from(top, (value) => compress(Math.sqrt(value))));
    w.put(...Array.from(mean, (value) => value / sum), weighted / sum);
  },
};
