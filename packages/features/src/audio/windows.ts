import { z } from 'zod';
import { AUDIO_WINDOW_HOPS, type AudioAnchor, audioWindowStart, HOP_SECONDS, SAMPLE_RATE } from '../grid.js';
import { FRAME_HOP } from './window.js';

/** How the 0.96 s windows of the rows follow one another. */
export interface WindowGrid {
  anchor: AudioAnchor;
  hopSeconds: number;
}

/** Samples of 96 hops, 0.96 s: what a row is anchored by. */
const LENGTH = AUDIO_WINDOW_HOPS * FRAME_HOP;
/** Samples in three snippets; a third of it is no whole number. */
const SNIPPETS_3 = 3 * HOP_SECONDS * SAMPLE_RATE;

/** Options of an extractor that make a {@link WindowGrid}. */
export const gridFields = {
  anchor: z.enum(['start', 'centre', 'end']).default('end'),
  // Beyond the length of a window, sound between two windows would be in no row.
  hopSeconds: z.number().min(0.01).max(0.96).default(HOP_SECONDS),
};

/** First sample of the window of row k; may be negative. Computed from k itself, so that rows never drift. */
export function windowStart(k: number, { anchor, hopSeconds }: WindowGrid): number {
  if (hopSeconds === HOP_SECONDS) return audioWindowStart(k, anchor);
  const hop = hopSeconds * SAMPLE_RATE;
  if (anchor === 'start') return Math.round(k * hop);
  if (anchor === 'centre') return Math.round((k + 0.5) * hop) - LENGTH / 2;
  return Math.round((k + 1) * hop) - LENGTH;
}

/** Full hops in so many samples. */
export function fullRows(samples: number, { hopSeconds }: WindowGrid): number {
  if (hopSeconds === HOP_SECONDS) return Math.floor((3 * samples) / SNIPPETS_3);
  const rows = Math.floor(samples / (hopSeconds * SAMPLE_RATE));
  // A hop such as 0.1 s is a little more than a tenth: the quotient may have lost a whole.
  return coveredSamples(rows + 1, { hopSeconds }) <= samples ? rows + 1 : rows;
}

/** Samples that the hops of so many rows cover. */
export function coveredSamples(rows: number, { hopSeconds }: Pick<WindowGrid, 'hopSeconds'>): number {
  if (hopSeconds === HOP_SECONDS) return Math.round((rows * SNIPPETS_3) / 3);
  return Math.round(rows * hopSeconds * SAMPLE_RATE);
}

/** The hop as recipes have it. */
export function hopName(hopSeconds: number): string {
  return hopSeconds === HOP_SECONDS ? '2/3 s' : `${hopSeconds} s`;
}
