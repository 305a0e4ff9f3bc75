import { wasmModule } from '@robusta/core';
import { KERNELS_BASE64, type Kernels } from '../kernel-module.js';
import { naturalLogarithm } from './logarithm.js';
import { applyBank, melBank } from './mel.js';
import { BINS, Spectrum } from './spectrum.js';
import { SPECTRUM_TABLES } from './spectrum-tables.js';
import { FRAME_HOP, FRAME_LENGTH } from './window.js';

/** Bands of a row. */
export const BANDS = 64;
/** VGGish's bank: 64 bands from 125 to 7500 Hz. */
export const VGGISH_BANK = melBank(BANDS, 125, 7500);
/** Added to the mel magnitudes before the logarithm. */
const OFFSET = 0.01;

/** Computes log-mel rows; may be used again and again. */
export interface LogMelWriter {
  /** Writes `[frames, 64]` from `offset` on; `samples` are finite and enough for so many frames. */
  write(
    samples: Float32Array | Float64Array,
    frames: number,
    out: Float32Array | Float64Array,
    offset: number,
  ): void;
}

let shared: LogMelWriter | undefined;

/** The writer of this thread. */
export function logMelWriter(): LogMelWriter {
  shared ??= createLogMelWriter();
  return shared;
}

/** Rows in vectors of WebAssembly, or in plain code where that is missing; the bytes are the same. */
export function createLogMelWriter(vectors = true): LogMelWriter {
  return (vectors ? vectorWriter() : undefined) ?? plainWriter();
}

function plainWriter(): LogMelWriter {
  const spectrum = new Spectrum();
  const magnitudes = new Float64Array(BINS);
  const mel = new Float64Array(BANDS);
  return {
    write(samples, frames, out, offset) {
      for (let frame = 0, at = offset; frame < frames; frame++) {
        spectrum.magnitudes(samples, frame * FRAME_HOP, magnitudes);
        applyBank(VGGISH_BANK, magnitudes, mel, 0);
        for (let band = 0; band < BANDS; band++) out[at++] = naturalLogarithm(mel[band]! + OFFSET);
      }
    },
  };
}

const instantiate = wasmModule<Kernels>(KERNELS_BASE64);

/** Frames at a time: an even number, whose samples and rows stay in the nearest caches. */
const BLOCK = 32;
/** What the kernel works in. */
const WORK_BYTES = 29_648;

function vectorWriter(): LogMelWriter | undefined {
  const { first, end, weights } = VGGISH_BANK;
  const { numbers } = SPECTRUM_TABLES;
  const blockSamples = BLOCK * FRAME_HOP + FRAME_LENGTH - FRAME_HOP;
  const sizes = {
    tables: numbers.byteLength,
    weights: weights.byteLength,
    bank: 8 * BANDS,
    samples: 8 * blockSamples,
    rows: 8 * BANDS * BLOCK,
    work: WORK_BYTES,
  };
  const at = {} as Record<keyof typeof sizes, number>;
  let total = 0;
  for (const [name, bytes] of Object.entries(sizes)) {
    at[name as keyof typeof sizes] = total;
    total += 16 * Math.ceil(bytes / 16);
  }
  const instance = instantiate(total);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  new Float64Array(memory, at.tables).set(numbers);
  new Float64Array(memory, at.weights).set(weights);
  const bank = new Int32Array(memory, at.bank, 2 * BANDS);
  for (let band = 0; band < BANDS; band++) bank.set([first[band]!, end[band]! - first[band]!], 2 * band);
  const block = new Float64Array(memory, at.samples, blockSamples);
  const rows = new Float64Array(memory, at.rows, BANDS * BLOCK);
  return {
    write(samples, frames, out, offset) {
      for (let frame = 0; frame < frames; frame += BLOCK) {
        const count = Math.min(BLOCK, frames - frame);
        const start = frame * FRAME_HOP;
        block.set(samples.subarray(start, start + count * FRAME_HOP + FRAME_LENGTH - FRAME_HOP));
        // The second frame of a last pair that has none is made of what the block held before; nobody takes it.
        const pairs = Math.ceil(count / 2);
        kernels.logMel(at.samples, pairs, at.tables, at.bank, at.weights, at.work, at.rows);
        out.set(count === BLOCK ? rows : rows.subarray(0, count * BANDS), offset + frame * BANDS);
      }
    },
  };
}
