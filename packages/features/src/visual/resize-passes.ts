import { wasmModule } from '@robusta/core';
import { KERNELS_BASE64, type Kernels } from '../kernel-module.js';
import { type Taps, WEIGHT_BITS } from './taps.js';

const { ceil, imul } = Math;
const HALF = 1 << (WEIGHT_BITS - 1);
const VECTOR = 16;

/** What the passes of a resize need to know. */
export interface PassShape {
  /** Pixels in a row of the input. */
  input: number;
  /** First column that is wanted of an input that is not resized across. */
  left: number;
  /** Pixels in a row of the result. */
  width: number;
  /** First row of the input that is needed, and how many are. */
  firstRow: number;
  rows: number;
  /** Absent where that direction does not change. */
  across: Taps | undefined;
  down: Taps | undefined;
}

/** The two passes of a resize, with bytes in between. Rows in between and of the result are planar: R…, G…, B…. */
export interface ResizePasses {
  /** Resizes the row of the input that begins at `start`, as row `y` of those in between. */
  across(data: Uint8Array, start: number, y: number): void;
  /** Row `y` of the result, valid until the next call. */
  down(y: number): Uint8Array | Uint8ClampedArray;
}

/** The passes in vectors of WebAssembly, or in plain code where that is missing; the bytes are the same. */
export function createPasses(shape: PassShape, vectors: boolean): ResizePasses {
  return (vectors ? vectorPasses(shape) : undefined) ?? plainPasses(shape);
}

function plainPasses({ left, width, firstRow, rows, across, down }: PassShape): ResizePasses {
  const size = 3 * width;
  const between = new Uint8ClampedArray(size * rows);
  const row = new Uint8ClampedArray(size);
  const sums = new Int32Array(size);
  return {
    across(data, start, y) {
      if (across) resizeRow(data, start, across, between, y * size, width);
      else separate(data, start + 3 * left, between, y * size, width);
    },
    down(y) {
      if (!down) return between.subarray(y * size, (y + 1) * size);
      const { first, count, weights, stride } = down;
      const start = (first[y]! - firstRow) * size;
      sums.fill(HALF);
      for (let k = 0; k < count[y]!; k++) {
        const weight = weights[y * stride + k]!;
        for (let x = 0, i = start + k * size; x < size; x++, i++) {
          sums[x] = sums[x]! + imul(weight, between[i]!);
        }
      }
      for (let x = 0; x < size; x++) row[x] = sums[x]! >> WEIGHT_BITS;
      return row;
    },
  };
}

function resizeRow(
  data: Uint8Array,
  source: number,
  { first, count, weights, stride }: Taps,
  out: Uint8ClampedArray,
  target: number,
  width: number,
): void {
  for (let x = 0; x < width; x++) {
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    const end = x * stride + count[x]!;
    for (let k = x * stride, i = source + 3 * first[x]!; k < end; k++, i += 3) {
      const weight = weights[k]!;
      red = (red + imul(weight, data[i]!)) | 0;
      green = (green + imul(weight, data[i + 1]!)) | 0;
      blue = (blue + imul(weight, data[i + 2]!)) | 0;
    }
    out[target + x] = red >> WEIGHT_BITS;
    out[target + width + x] = green >> WEIGHT_BITS;
    out[target + 2 * width + x] = blue >> WEIGHT_BITS;
  }
}

function separate(
  data: Uint8Array,
  source: number,
  out: Uint8Array | Uint8ClampedArray,
  target: number,
  width: number,
): void {
  for (let x = 0, i = source; x < width; x++, i += 3) {
    out[target + x] = data[i]!;
    out[target + width + x] = data[i + 1]!;
    out[target + 2 * width + x] = data[i + 2]!;
  }
}

const instantiate = wasmModule<Kernels>(KERNELS_BASE64);
const aligned = (bytes: number) => ceil(bytes / VECTOR) * VECTOR;

function vectorPasses({
  input,
  left,
  width,
  firstRow,
  rows,
  across,
  down,
}: PassShape): ResizePasses | undefined {
  const size = 3 * width;
  const step = aligned(size);
  const sizes = {
    source: aligned(3 * input + VECTOR),
    between: step * rows + VECTOR,
    row: step,
    first: 4 * width,
    count: 4 * width,
    acrossWeights: across ? across.weights.byteLength : 0,
    downWeights: down ? down.weights.byteLength : 0,
  };
  const at = {} as Record<keyof typeof sizes, number>;
  let total = 0;
  for (const [name, bytes] of Object.entries(sizes)) {
    at[name as keyof typeof sizes] = total;
    total += aligned(bytes);
  }
  const instance = instantiate(total);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  const bytes = new Uint8Array(memory);
  const ints = (place: number, values: Int32Array) =>
    new Int32Array(memory, place, values.length).set(values);
  if (across) {
    ints(
      at.first,
      across.first.map((pixel) => 3 * pixel),
    );
    ints(at.count, across.count);
    ints(at.acrossWeights, across.weights);
  }
  if (down) ints(at.downWeights, down.weights);
  const row = bytes.subarray(at.row, at.row + size);
  return {
    across(data, start, y) {
      const out = at.between + y * step;
      if (!across) return separate(data, start + 3 * left, bytes, out, width);
      bytes.set(data.subarray(start, start + 3 * input), at.source);
      const { stride } = across;
      kernels.resizeAcross(at.source, out, width, at.first, at.count, at.acrossWeights, 4 * stride);
    },
    down(y) {
      if (!down) return bytes.subarray(at.between + y * step, at.between + y * step + size);
      const { first, count, stride } = down;
      const from = at.between + (first[y]! - firstRow) * step;
      kernels.resizeDown(from, at.row, size, step, at.downWeights + 4 * y * stride, count[y]!);
      return row;
    },
  };
}
