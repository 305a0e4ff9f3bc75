import { RobustaError } from '@robusta/core';
import { type AudioAnchor, audioWindowStart } from '../grid.js';
import { applyBank, melBank } from './mel.js';
import { BINS, FRAME_HOP, FRAME_LENGTH, frameCount, Spectrum } from './spectrum.js';

const BANDS = 64;
const EXAMPLE_FRAMES = 96;
/** VGGish's bank: 64 bands from 125 to 7500 Hz. */
export const VGGISH_BANK = melBank(BANDS, 125, 7500);

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
 * @throws NON_FINITE naming the first NaN or infinite sample
 */
export function logMel(audio16k: Float32Array | Float64Array): LogMel {
  const bad = audio16k.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) throw new RobustaError('NON_FINITE', `logMel: sample ${bad} is ${audio16k[bad]}`);
  const frames = frameCount(audio16k.length);
  const data = new Float64Array(frames * BANDS);
  const spectrum = new Spectrum();
  const magnitudes = new Float64Array(BINS);
  for (let frame = 0; frame < frames; frame++) {
    spectrum.magnitudes(audio16k, frame * FRAME_HOP, magnitudes);
    applyBank(VGGISH_BANK, magnitudes, data, frame * BANDS);
  }
  for (let i = 0; i < data.length; i++) data[i] = Math.log(data[i]! + 0.01);
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
  const { frames, data } = logMel(audio16k);
  const count = frames < EXAMPLE_FRAMES ? 0 : 1 + Math.floor((frames - EXAMPLE_FRAMES) / hop);
  const size = EXAMPLE_FRAMES * BANDS;
  const out = new Float32Array(count * size);
  for (let k = 0; k < count; k++) {
    const start = k * hop * BANDS;
    out.set(data.subarray(start, start + size), k * size);
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
  const size = EXAMPLE_FRAMES * BANDS;
  const out = new Float32Array(snippets * size);
  const patch = new Float64Array((EXAMPLE_FRAMES - 1) * FRAME_HOP + FRAME_LENGTH);
  for (let k = 0; k < snippets; k++) {
    const start = audioWindowStart(k, anchor);
    const from = Math.max(0, start);
    const to = Math.min(audio16k.length, start + patch.length);
    patch.fill(0);
    if (to > from) patch.set(audio16k.subarray(from, to), from - start);
    out.set(logMel(patch).data, k * size);
  }
  return out;
}
