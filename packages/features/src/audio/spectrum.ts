import { SPECTRUM_TABLES, VALUES } from './spectrum-tables.js';
import { FRAME_LENGTH } from './window.js';

/** Frequencies 0, 31.25, ... 8000 Hz. */
export const BINS: number = VALUES + 1;

const { numbers, passes, rotations } = SPECTRUM_TABLES;
/** Numbers in a quarter of the values. */
const QUARTER = VALUES / 2;

/**
 * Magnitude spectra of Hann-windowed frames of 400 samples followed by 112 zeros; one instance reuses its buffers. The
 * operations and their order are those of `wasm/log-mel.ts`.
 */
export class Spectrum {
  private readonly windowed = new Float64Array(2 * VALUES);
  private readonly first = new Float64Array(2 * VALUES);
  private readonly second = new Float64Array(2 * VALUES);

  /** Magnitudes (257) of the 400 samples from `start` on. */
  magnitudes(signal: Float32Array | Float64Array, start: number, out: Float64Array): void {
    const { windowed, first, second } = this;
    for (let i = 0; i < FRAME_LENGTH; i++) windowed[i] = signal[start + i]! * numbers[i]!;
    let from = windowed;
    for (const [index, { span, twiddles }] of passes.entries()) {
      const to = index % 2 === 0 ? first : second;
      pass(from, to, 2 * span, twiddles);
      from = to;
    }
    separate(from, out);
  }
}

/** A pass of Stockham's transform of radix 4: butterflies of one twiddle along `span` numbers. */
function pass(x: Float64Array, y: Float64Array, span: number, twiddles: number): void {
  for (let at = 0, to = 0, w = twiddles; at < QUARTER; to += 3 * span, w += 6) {
    for (const row = at + span; at < row; at += 2, to += 2) {
      const ar = x[at]!;
      const ai = x[at + 1]!;
      const br = x[at + QUARTER]!;
      const bi = x[at + QUARTER + 1]!;
      const cr = x[at + 2 * QUARTER]!;
      const ci = x[at + 2 * QUARTER + 1]!;
      const dr = x[at + 3 * QUARTER]!;
      const di = x[at + 3 * QUARTER + 1]!;
      const sr = ar + cr;
      const si = ai + ci;
      const tr = br + dr;
      const ti = bi + di;
      const ur = ar - cr;
      const ui = ai - ci;
      const vr = br - dr;
      const vi = bi - di;
      y[to] = sr + tr;
      y[to + 1] = si + ti;
      rotate(ur + vi, ui - vr, w, y, to + span);
      rotate(sr - tr, si - ti, w + 2, y, to + 2 * span);
      rotate(ur - vi, ui + vr, w + 4, y, to + 3 * span);
    }
  }
}

function rotate(re: number, im: number, w: number, y: Float64Array, to: number): void {
  const wr = numbers[w]!;
  const wi = numbers[w + 1]!;
  y[to] = re * wr - im * wi;
  y[to + 1] = re * wi + im * wr;
}

/** Magnitudes of the spectrum of 512 real values, out of that of 256 complex ones: bins k and 256 - k together. */
function separate(x: Float64Array, out: Float64Array): void {
  const middle = VALUES / 2;
  out[0] = Math.abs(x[0]! + x[1]!) * 2;
  out[VALUES] = Math.abs(x[0]! - x[1]!) * 2;
  out[middle] = length(x[2 * middle]!, x[2 * middle + 1]!) * 2;
  for (let k = 1; k < middle; k++) {
    const j = VALUES - k;
    const kr = x[2 * k]!;
    const ki = x[2 * k + 1]!;
    const jr = x[2 * j]!;
    const ji = x[2 * j + 1]!;
    const evenR = kr + jr;
    const evenI = ki - ji;
    const oddR = ki + ji;
    const oddI = jr - kr;
    const wr = numbers[rotations + 2 * k]!;
    const wi = numbers[rotations + 2 * k + 1]!;
    const tr = oddR * wr - oddI * wi;
    const ti = oddR * wi + oddI * wr;
    out[k] = length(evenR + tr, evenI + ti);
    out[j] = length(evenR - tr, evenI - ti);
  }
}

function length(re: number, im: number): number {
  return Math.sqrt(re * re + im * im);
}
