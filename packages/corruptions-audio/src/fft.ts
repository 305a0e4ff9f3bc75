import { type FftLoops, plainFftLoops } from './fft-plain.js';
import { instantiateKernels } from './kernels.js';

/** Values between arrays: at distances of powers of two they would compete for the same lines of the cache. */
const PADDING = 272;

/** Real and imaginary parts of an array of complex numbers, as byte addresses in one memory. */
export interface ComplexArray {
  re: number;
  im: number;
}

/** A transform of one size, with the memory it works in. */
export interface FftPlan {
  size: number;
  /** The whole memory as float32. */
  heap: Float32Array;
  loops: FftLoops;
  /** A new array of `size` complex numbers. */
  allocate(): ComplexArray;
  /** A view of one part of an array. */
  view(address: number): Float32Array;
  /**
   * X[k] = sum over n of x[n] exp(-2 pi i k n / size), float32, by Stockham's radix-4 passes between two arrays.
   * The inverse, times size, is the transform with real and imaginary parts exchanged on both sides.
   * @returns the one of the two arrays that holds the result; the other one is overwritten
   */
  transform(x: ComplexArray, scratch: ComplexArray): ComplexArray;
}

/**
 * Sets up a transform.
 * @param size - a power of two, at least 16
 * @param arrays - how many arrays of `size` complex numbers will be allocated
 * @param vectors - false for the plain loops; the bytes are the same
 */
export function createFftPlan(size: number, arrays: number, vectors = true): FftPlan {
  const { tables, strides } = passes(size);
  const tableFloats = tables.reduce((sum, table) => sum + table.length, 0);
  const bytes = 4 * (tableFloats + 2 * (size + PADDING) * arrays);
  const fast = vectors ? instantiateKernels(bytes) : undefined;
  const heap = fast ? new Float32Array(fast.memory) : new Float32Array(bytes / 4);
  const loops = fast?.kernels ?? plainFftLoops(heap);
  let free = 0;
  const reserve = (floats: number) => {
    const address = free;
    free += 4 * floats;
    return address;
  };
  const twiddles = tables.map((table) => {
    const address = reserve(table.length);
    heap.set(table, address / 4);
    return address;
  });
  return {
    size,
    heap,
    loops,
    allocate: () => ({ re: reserve(size + PADDING), im: reserve(size + PADDING) }),
    view: (address) => heap.subarray(address / 4, address / 4 + size),
    transform(x, scratch) {
      let from = x;
      let to = scratch;
      strides.forEach((stride, j) => {
        if (stride === 1) loops.firstPass(from.re, from.im, to.re, to.im, size, twiddles[j]!);
        else if (4 * stride <= size) loops.pass(from.re, from.im, to.re, to.im, size, stride, twiddles[j]!);
        else {
          loops.lastPass(from.re, to.re, size);
          loops.lastPass(from.im, to.im, size);
        }
        [from, to] = [to, from];
      });
      return from;
    },
  };
}

const known = new Map<number, { strides: number[]; tables: Float32Array[] }>();

/** The strides of the passes, a pass of radix 2 last where the size is no power of four, and their twiddles. */
function passes(size: number): { strides: number[]; tables: Float32Array[] } {
  const before = known.get(size);
  if (before) return before;
  const strides: number[] = [];
  const tables: Float32Array[] = [];
  known.set(size, { strides, tables });
  for (let stride = 1; stride < size; stride *= 4) {
    const length = size / stride;
    strides.push(stride);
    if (length === 2) tables.push(new Float32Array(0));
    else tables.push(twiddleTable(length, stride === 1 ? 4 : 1));
  }
  return { strides, tables };
}

/** exp(-2 pi i j p / length) for j = 1, 2, 3, in groups of `group` values of p. */
function twiddleTable(length: number, group: number): Float32Array {
  const table = new Float32Array((6 * length) / 4);
  for (let p = 0; p < length / 4; p++) {
    const at = 6 * group * Math.floor(p / group) + (p % group);
    for (let j = 1; j <= 3; j++) {
      const angle = (-2 * Math.PI * j * p) / length;
      table[at + 2 * (j - 1) * group] = Math.cos(angle);
      table[at + (2 * (j - 1) + 1) * group] = Math.sin(angle);
    }
  }
  return table;
}
