import { RobustaError, throwIfAborted } from '@robusta/core';
import { AUDIO_WINDOW, SAMPLE_RATE } from '../grid.js';
import type { AudioReport } from '../options.js';
import { coveredSamples, fullRows, type WindowGrid, windowStart } from './windows.js';

const PIECE = SAMPLE_RATE;

/**
 * Cuts pieces of mono 16 kHz sound into the window of each row; holds about two seconds at a time.
 * @param take - gets each window of 15,600 samples in order, only until its promise settles, and the seconds read so far
 */
export async function eachWindow(
  pieces: AsyncIterable<Float32Array>,
  grid: WindowGrid,
  options: { snippets?: number | undefined; signal?: AbortSignal | undefined },
  take: (window: Float32Array, seconds: number) => void | Promise<void>,
): Promise<AudioReport> {
  const window = new Float32Array(AUDIO_WINDOW);
  const held = new HeldSamples();
  const limit = options.snippets ?? Number.POSITIVE_INFINITY;
  let rows = 0;
  const emit = () => {
    held.copy(windowStart(rows++, grid), window);
    return take(window, held.end / SAMPLE_RATE);
  };
  for await (const samples of pieces) {
    for (let from = 0; from < samples.length; from += PIECE) {
      throwIfAborted(options.signal);
      held.push(samples.subarray(from, from + PIECE));
      while (rows < limit && windowStart(rows, grid) + AUDIO_WINDOW <= held.end) await emit();
      held.dropBefore(windowStart(rows, grid));
    }
  }
  throwIfAborted(options.signal);
  if (held.end === 0) {
    throw new RobustaError('EMPTY_INPUT', 'the sound has no samples', {
      hint: 'treat a recording without sound as a missing modality',
    });
  }
  const length = options.snippets ?? Math.max(1, fullRows(held.end, grid));
  while (rows < length) {
    throwIfAborted(options.signal);
    await emit();
  }
  const covered = coveredSamples(length, grid);
  return {
    samples: held.end,
    droppedSamples: Math.max(0, held.end - covered),
    paddedSamples: Math.max(0, covered - held.end),
  };
}

/** The end of a stream of samples, addressed by the position in the whole. */
class HeldSamples {
  /** Samples pushed so far. */
  end = 0;
  private begin = 0;
  private data = new Float32Array(4 * PIECE);

  push(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++) {
      if (Number.isFinite(samples[i]!)) continue;
      throw new RobustaError('NON_FINITE', `sample ${this.end + i} at 16 kHz is ${samples[i]}`, {
        hint: 'replace NaN and infinite samples before extraction',
        details: { sample: this.end + i },
      });
    }
    this.data.set(samples, this.end - this.begin);
    this.end += samples.length;
  }

  dropBefore(position: number): void {
    const begin = Math.min(this.end, Math.max(this.begin, position));
    this.data.copyWithin(0, begin - this.begin, this.end - this.begin);
    this.begin = begin;
  }

  /** Samples from `start` on, zeros outside the recording. */
  copy(start: number, out: Float32Array): void {
    out.fill(0);
    const from = Math.max(start, this.begin);
    const to = Math.min(start + out.length, this.end);
    if (to > from) out.set(this.data.subarray(from - this.begin, to - this.begin), from - start);
  }
}
