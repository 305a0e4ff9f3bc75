import type { PixelSink } from './definition.js';
import { type Tap, WEIGHT_BITS, WEIGHT_ONE } from './motion-taps.js';

/** A blur set up for one size of frame; the run allocates nothing. */
export type LineBlur = (input: Uint8Array, output: PixelSink) => void;

/**
 * Sets up I'(x, y) = sum of weight * I(x + dx, y + dy), edges clamped. The frame is widened once into int32
 * with its edges repeated on all sides that taps reach, so that the sums run without a test of bounds; they
 * are exact in integers, whatever their order. O(taps) a value.
 * @param bias - added before the cut, in 0..1
 */
export function createLineBlur(width: number, height: number, taps: readonly Tap[], bias: number): LineBlur {
  const reach = (pick: (tap: Tap) => number) => taps.map(pick).reduce((a, b) => Math.max(a, b), 0);
  const left = reach(({ dx }) => -dx);
  const top = reach(({ dy }) => -dy);
  const stride = 3 * (left + width + reach(({ dx }) => dx));
  const rows = top + height + reach(({ dy }) => dy);
  const padded = new Int32Array(stride * rows);
  const sums = new Int32Array(3 * width);
  const offsets = Int32Array.from(taps, ({ dx, dy }) => (dy + top) * stride + 3 * (dx + left));
  const weights = Int32Array.from(taps, ({ weight }) => weight);
  const start = Math.round(bias * WEIGHT_ONE);
  return (input, output) => {
    widen(input, padded, 3 * width, height, stride, rows, 3 * left, top);
    for (let y = 0; y < height; y++) {
      sums.fill(start);
      for (let t = 0; t < weights.length; t++) {
        accumulate(sums, padded, y * stride + offsets[t]!, weights[t]!);
      }
      store(output, y * sums.length, sums);
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

/** Copies the frame into the middle of the padded one and repeats its edges. */
function widen(
  input: Uint8Array,
  padded: Int32Array,
  rowLength: number,
  height: number,
  stride: number,
  rows: number,
  left: number,
  top: number,
): void {
  for (let y = 0; y < height; y++) {
    const from = y * rowLength;
    const row = (top + y) * stride;
    const to = row + left;
    for (let i = 0; i < rowLength; i++) padded[to + i] = input[from + i]!;
    for (let i = row; i < to; i += 3) for (let c = 0; c < 3; c++) padded[i + c] = input[from + c]!;
    const last = from + rowLength - 3;
    for (let i = to + rowLength; i < row + stride; i += 3) {
      for (let c = 0; c < 3; c++) padded[i + c] = input[last + c]!;
    }
  }
  const first = top * stride;
  for (let y = 0; y < top; y++) padded.copyWithin(y * stride, first, first + stride);
  const final = (top + height - 1) * stride;
  for (let y = top + height; y < rows; y++) padded.copyWithin(y * stride, final, final + stride);
}
