import { RobustaError } from '@robusta/core';
import { AUDIO_WINDOW, AUDIO_WINDOW_HOPS, type AudioAnchor, audioWindowStart } from '../grid.js';
import { BANDS, logMelWriter } from './log-mel-writer.js';
import { frameCount } from './window.js';

const EXAMPLE_FRAMES = AUDIO_WINDOW_HOPS;
/** Numbers of a patch `[96, 64]`. */
export const PATCH = EXAMPLE_FRAMES * BANDS;

/** A log-mel spectrogram. */
export interface LogMel {
  /** Frames of 25 ms, every 10 ms. */
  frames: number;
  bands: 64;
  /** `ln(mel + 0.01)`, `[frames, 64]`, row-major. */
  data: Float64Array;
}

/**
 * VGGish's front end: 400-sample periodic Hann window every 160 samples, 512-point FFT, magnitudes, 64 mel bands
 * from 125 to 7500 Hz, `ln(mel + 0.01)`. No padding: the first frame starts at sample 0, an incomplete last frame is
 * dropped, so fewer than 400 samples give no frame.
 * @param audio16k - mono samples at 16 kHz, in [-1, 1]
 * @throws NON_FINITE naming the first sample that is NaN, infinite or beyond single precision
 */
export function logMel(audio16k: Float32Array | Float64Array): LogMel {
  checkSamples(audio16k, 'logMel');
  const frames = frameCount(audio16k.length);
  const data = new Float64Array(frames * BANDS);
  logMelWriter().write(audio16k, frames, data, 0);
  return { frames, bands: BANDS, data };
}

/**
 * Log-mel patches of 0.96 s, as VGGish takes them: frames `[k * hop, k * hop + 96)`, incomplete ones dropped.
 * @param audio16k - mono samples at 16 kHz, in [-1, 1]
 * @param options.hopSeconds - seconds from a patch to the next, rounded to whole 10 ms frames; default 0.96
 * @returns `[N, 96, 64]`, row-major; empty below 15,600 samples
 * @throws BAD_OPTION for a hop below 10 ms; NON_FINITE as {@link logMel}
 */
export function logMelExamples(
  audio16k: Float32Array | Float64Array,
  { hopSeconds = 0.96 }: { hopSeconds?: number } = {},
): Float32Array {
  const hop = Math.round(hopSeconds * 100);
  if (!(hop >= 1 && Number.isFinite(hop))) {
    throw new RobustaError(
      'BAD_OPTION',
      `logMelExamples: hopSeconds must be at least 0.01, received ${hopSeconds}`,
    );
  }
  checkSamples(audio16k, 'logMelExamples');
  const frames = frameCount(audio16k.length);
  const count = frames < EXAMPLE_FRAMES ? 0 : 1 + Math.floor((frames - EXAMPLE_FRAMES) / hop);
  const used = count === 0 ? 0 : (count - 1) * hop + EXAMPLE_FRAMES;
  const rows = new Float32Array(used * BANDS);
  logMelWriter().write(audio16k, used, rows, 0);
  if (hop === EXAMPLE_FRAMES) return rows;
  const out = new Float32Array(count * PATCH);
  for (let k = 0; k < count; k++) {
    const start = k * hop * BANDS;
    out.set(rows.subarray(start, start + PATCH), k * PATCH);
  }
  return out;
}

/**
 * Log-mel patches of 0.96 s on the snippet grid: patch k belongs to the snippet [k, k + 1) * 2/3 s. Where a patch
 * reaches beyond the recording it sees silence.
 * @param audio16k - mono samples at 16 kHz, in [-1, 1]
 * @param options.snippets - T, the number of patches
 * @param options.anchor - what patch and snippet have in common; default `end`
 * @returns `[T, 96, 64]`, row-major
 * @throws BAD_OPTION for a number of snippets that is not a whole number from 1 on; NON_FINITE as {@link logMel}
 */
export function logMelSnippets(
  audio16k: Float32Array | Float64Array,
  { snippets, anchor = 'end' }: { snippets: number; anchor?: AudioAnchor },
): Float32Array {
  if (!(Number.isSafeInteger(snippets) && snippets >= 1)) {
    throw new RobustaError(
      'BAD_OPTION',
      `logMelSnippets: snippets must be a whole number from 1 on, received ${snippets}`,
    );
  }
  const out = new Float32Array(snippets * PATCH);
  const patch = new Float64Array(AUDIO_WINDOW);
  const writer = logMelWriter();
  checkSamples(audio16k, 'logMelSnippets');
  for (let k = 0; k < snippets; k++) {
    const start = audioWindowStart(k, anchor);
    const from = Math.max(0, start);
    const to = Math.min(audio16k.length, start + patch.length);
    patch.fill(0);
    if (to > from) patch.set(audio16k.subarray(from, to), from - start);
    writer.write(patch, EXAMPLE_FRAMES, out, k * PATCH);
  }
  return out;
}

/** Above single precision; squares of anything below stay finite in double precision. */
const TOO_LARGE = 2 ** 128;

function checkSamples(samples: Float32Array | Float64Array, what: string): void {
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]!) < TOO_LARGE) continue;
    throw new RobustaError('NON_FINITE', `${what}: sample ${i} is ${samples[i]}`, {
      hint: 'samples are numbers in [-1, 1]',
      details: { sample: i },
    });
  }
}
