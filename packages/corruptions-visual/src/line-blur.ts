import type { PixelSink } from './definition.js';
import { alignToVector, instantiateKernels } from './kernels.js';
import { type Tap, WEIGHT_BITS, WEIGHT_ONE } from './motion-taps.js';

/** A blur set up for one size of frame; a run allocates nothing. */
export type LineBlur = (input: Uint8Array, output: PixelSink) => void;

/** A frame in int32 with its edges repeated on all sides that taps reach. */
interface PaddedFrame {
  /** Values in a row of the frame, in a padded row, and in the margin left of the frame. */
  rowLength: number;
  stride: number;
  left: number;
  /** Rows of the frame, of the padded frame, and of the margin above the frame. */
  height: number;
  rows: number;
  top: number;
}

/**
 * Sets up I'(x, y) = sum of weight * I(x + dx, y + dy), edges clamped. The frame is widened once, so that the sums
 * run without a test of bounds; they are exact in integers, so that all ways to sum give the same bytes.
 * O(taps) a value, four at a time where WebAssembly vectors are there (20 times faster than the plain loops, see bench).
 * @param bias - added before the cut, in 0..1
 * @param vectors - false for the plain loops
 */
export function createLineBlur(
  width: number,
  height: number,
  taps: readonly Tap[],
  bias: number,
  vectors = true,
): LineBlur {
  const layout = layOut(width, height, taps);
  const start = Math.round(bias * WEIGHT_ONE);
  const offsets = taps.map(({ dx, dy }) => (dy + layout.top) * layout.stride + 3 * dx + layout.left);
  const weights = taps.map(({ weight }) => weight);
  const fast = vectors ? vectorBlur(layout, offsets, weights, start) : undefined;
  let plain: LineBlur | undefined;
  return (input, output) => {
    if (fast && output instanceof Uint8Array) fast(input, output);
    else {
      plain ??= plainBlur(layout, offsets, weights, start);
      plain(input, output);
    }
  };
}

function layOut(width: number, height: number, taps: readonly Tap[]): PaddedFrame {
  const reach = (pick: (tap: Tap) => number) => taps.map(pick).reduce((a, b) => Math.max(a, b), 0);
  const left = reach(({ dx }) => -dx);
  const top = reach(({ dy }) => -dy);
  return {
    rowLength: 3 * width,
    stride: 3 * (left + width + reach(({ dx }) => dx)),
    left: 3 * left,
    height,
    rows: top + height + reach(({ dy }) => dy),
    top,
  };
}

function vectorBlur(layout: PaddedFrame, offsets: number[], weights: number[], start: number) {
  const { rowLength, height, stride, rows } = layout;
  const paddedAt = 8 * offsets.length;
  const frameAt = alignToVector(paddedAt + 4 * (stride * rows + 16));
  const instance = instantiateKernels(frameAt + rowLength * height + 16);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  const { widenRow, blurRow } = kernels;
  const table = new Int32Array(memory, 0, 2 * offsets.length);
  offsets.forEach((offset, t) => {
    table[2 * t] = 4 * offset;
    table[2 * t + 1] = weights[t]!;
  });
  const padded = new Int32Array(memory, paddedAt, stride * rows);
  // The frame comes in and goes out through the same bytes.
  const frame = new Uint8Array(memory, frameAt, rowLength * height);
  const copyRow = (from: number, to: number) => widenRow(frameAt + from, paddedAt + 4 * to, rowLength);
  return (input: Uint8Array, output: Uint8Array) => {
    frame.set(input);
    pad(padded, layout, copyRow);
    for (let y = 0; y < height; y++) {
      blurRow(paddedAt + 4 * y * stride, frameAt + y * rowLength, rowLength, 0, paddedAt, start);
    }
    output.set(frame);
  };
}

function plainBlur(layout: PaddedFrame, offsets: number[], weights: number[], start: number): LineBlur {
  const { rowLength, height, stride, rows } = layout;
  const padded = new Int32Array(stride * rows);
  const sums = new Int32Array(rowLength);
  return (input, output) => {
    pad(padded, layout, (from, to) => {
      for (let i = 0; i < rowLength; i++) padded[to + i] = input[from + i]!;
    });
    for (let y = 0; y < height; y++) {
      sums.fill(start);
      for (let t = 0; t < weights.length; t++)
        accumulate(sums, padded, y * stride + offsets[t]!, weights[t]!);
      store(output, y * rowLength, sums);
    }
  };
}

function accumulate(sums: Int32Array, values: Int32Array, from: number, weight: number): void {
  const end = from + sums.length;
  for (let i = from, j = 0; i < end; i++, j++) sums[j] = (sums[j]! + Math.imul(weight, values[i]!)) | 0;
}

function store(output: PixelSink, at: number, sums: Int32Array): void {
  if (output instanceof Uint8Array) {
    for (let i = 0; i < sums.length; i++) output[at + i] = sums[i]! >> WEIGHT_BITS;
  } else {
    for (let i = 0; i < sums.length; i++) output[at + i] = sums[i]! / WEIGHT_ONE;
  }
}

/**
 * Fills the padded frame: the frame in the middle, its edges repeated around it.
 * @param copyRow - widens the row of the frame that starts at `from` to the place `to`
 */
function pad(padded: Int32Array, layout: PaddedFrame, copyRow: (from: number, to: number) => void): void {
  const { rowLength, stride, left, height, rows, top } = layout;
  for (let y = 0; y < height; y++) {
    const row = (top + y) * stride;
    const start = row + left;
    copyRow(y * rowLength, start);
    repeatPixel(padded, start, row, start);
    repeatPixel(padded, start + rowLength - 3, start + rowLength, row + stride);
  }
  const first = top * stride;
  for (let y = 0; y < top; y++) padded.copyWithin(y * stride, first, first + stride);
  const last = (top + height - 1) * stride;
  for (let y = top + height; y < rows; y++) padded.copyWithin(y * stride, last, last + stride);
}

/** Fills from `start` to `end` with the three values at `pixel`. */
function repeatPixel(padded: Int32Array, pixel: number, start: number, end: number): void {
  for (let i = start; i < end; i += 3) {
    padded[i] = padded[pixel]!;
    padded[i + 1] = padded[pixel + 1]!;
    padded[i + 2] = padded[pixel + 2]!;
  }
}
