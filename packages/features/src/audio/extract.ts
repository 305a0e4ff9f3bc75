import { type FeatureSequence, RobustaError, throwIfAborted } from '@robusta/core';
import { type AudioAnchor, audioWindowStart, SAMPLE_RATE } from '../grid.js';
import type { AudioReport, ExtractionProgress } from '../options.js';
import { RowBuffer } from '../row-buffer.js';
import { AUDIO_WINDOW, LITE_AUDIO_DIMENSIONS, LiteAudio } from './lite.js';

/** Samples a snippet, 16000 * 16 / 24, as a fraction of three. */
const SNIPPET_THIRDS = 2 * SAMPLE_RATE;
const PIECE = SAMPLE_RATE;

/** Pieces of mono 16 kHz sound in, one lite row a snippet out; holds about two seconds at a time. */
export async function extractLiteAudio(
  pieces: AsyncIterable<Float32Array>,
  anchor: AudioAnchor,
  options: {
    snippets?: number | undefined;
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: ExtractionProgress) => void) | undefined;
  },
): Promise<{ sequence: FeatureSequence; report: AudioReport }> {
  const dim = LITE_AUDIO_DIMENSIONS.length;
  const buffer = new RowBuffer(dim);
  const lite = new LiteAudio();
  const window = new Float32Array(AUDIO_WINDOW);
  const held = new HeldSamples();
  const limit = options.snippets ?? Number.POSITIVE_INFINITY;
  const emit = () => {
    held.copy(audioWindowStart(buffer.rows, anchor), window);
    lite.row(window, buffer.next());
    options.onProgress?.({ snippets: buffer.rows, seconds: held.end / SAMPLE_RATE });
  };
  for await (const samples of pieces) {
    for (let from = 0; from < samples.length; from += PIECE) {
      throwIfAborted(options.signal);
      held.push(samples.subarray(from, from + PIECE));
      while (buffer.rows < limit && audioWindowStart(buffer.rows, anchor) + AUDIO_WINDOW <= held.end) emit();
      held.dropBefore(audioWindowStart(buffer.rows, anchor));
    }
  }
  throwIfAborted(options.signal);
  if (held.end === 0) {
    throw new RobustaError('EMPTY_INPUT', 'the sound has no samples', {
      hint: 'treat a recording without sound as a missing modality',
    });
  }
  const length = options.snippets ?? Math.max(1, Math.floor((3 * held.end) / SNIPPET_THIRDS));
  while (buffer.rows < length) {
    throwIfAborted(options.signal);
    emit();
  }
  const covered = Math.round((length * SNIPPET_THIRDS) / 3);
  return {
    sequence: { modality: 'audio', length, crops: 1, dim, data: buffer.finish() },
    report: {
      samples: held.end,
      droppedSamples: Math.max(0, held.end - covered),
      paddedSamples: Math.max(0, covered - held.end),
    },
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
