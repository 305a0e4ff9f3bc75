import { instantiateKernels } from './kernels.js';

/** Filters for reading a signal between its samples. */
export interface Interpolation {
  /** Samples on each side of a position that are read. */
  reach: number;
  /**
   * The band-limited signal at (first + i) * step, for each sample i of the result.
   * @param samples - the signal; all samples within reach of the positions must be there
   * @param origin - the place of the first of them
   */
  read(samples: Float32Array, origin: number, first: number, step: number, result: Float32Array): void;
}

/** Filters between two samples; read with linear interpolation, error below 5e-6. */
const PHASES = 512;
/** Shape of the Kaiser window: stop band below -90 dB. */
const BETA = 9;
/** Results that are made at a time. */
const BLOCK = 1024;

/**
 * Reading by a Kaiser-windowed sinc.
 * @param cutoff - of the Nyquist frequency, up to 1
 * @param zeroCrossings - of the sinc on each side; the transition band is 5.8 / zeroCrossings of the cutoff wide
 * @param longestStep - the largest step that will be asked for
 * @param vectors - false for the plain loops; the bytes are the same
 */
export function createInterpolation(
  cutoff: number,
  zeroCrossings: number,
  longestStep: number,
  vectors = true,
): Interpolation {
  const reach = 2 * Math.ceil(zeroCrossings / cutoff / 2);
  const taps = 2 * reach;
  const table = filterTable(cutoff, zeroCrossings, reach);
  const room = Math.ceil(BLOCK * longestStep) + taps + 8;
  const tableAt = 0;
  const samplesAt = 4 * table.length;
  const outAt = samplesAt + 4 * room;
  const fast = vectors ? instantiateKernels(outAt + 4 * BLOCK) : undefined;
  const heap = fast && new Float32Array(fast.memory);
  heap?.set(table);
  return {
    reach,
    read(samples, origin, first, step, result) {
      if (!fast || !heap) return plainRead(table, taps, samples, origin, first, step, result);
      for (let done = 0; done < result.length; done += BLOCK) {
        const count = Math.min(BLOCK, result.length - done);
        const from = Math.max(0, Math.floor((first + done) * step) - origin - reach);
        heap.set(samples.subarray(from, from + room), samplesAt / 4);
        const place = origin + from;
        fast.kernels.interpolate(samplesAt, tableAt, taps, PHASES, first + done, step, place, outAt, count);
        result.set(heap.subarray(outAt / 4, outAt / 4 + count), done);
      }
    },
  };
}

const known = new Map<string, Float32Array>();

/** PHASES + 1 filters of 2 reach taps. */
function filterTable(cutoff: number, zeroCrossings: number, reach: number): Float32Array {
  const key = `${cutoff} ${zeroCrossings}`;
  const before = known.get(key);
  if (before) return before;
  const taps = 2 * reach;
  const table = new Float32Array((PHASES + 1) * taps);
  for (let phase = 0; phase <= PHASES; phase++) {
    for (let k = 0; k < taps; k++) {
      const x = (k - reach + 1 - phase / PHASES) * cutoff;
      if (Math.abs(x) < zeroCrossings) table[phase * taps + k] = cutoff * windowedSinc(x, zeroCrossings);
    }
  }
  if (known.size > 16) known.clear();
  known.set(key, table);
  return table;
}

function windowedSinc(x: number, zeroCrossings: number): number {
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return (sinc * besselI0(BETA * Math.sqrt(1 - (x / zeroCrossings) ** 2))) / besselI0(BETA);
}

/** The modified Bessel function I0 by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const f = Math.fround;

/** `interpolate` of `wasm/interpolate.ts`, each operation rounded to float32 in the same order. */
function plainRead(
  table: Float32Array,
  taps: number,
  samples: Float32Array,
  origin: number,
  first: number,
  step: number,
  result: Float32Array,
): void {
  const lanes = new Float32Array(8);
  for (let i = 0; i < result.length; i++) {
    const position = (first + i) * step - origin;
    const whole = Math.floor(position);
    const between = (position - whole) * PHASES;
    const phase = Math.floor(between);
    const share = f(between - phase);
    const x = whole - taps / 2 + 1;
    lanes.fill(0);
    for (let k = 0; k < taps; k++) {
      const value = samples[x + k]!;
      const lane = k & 3;
      lanes[lane] = lanes[lane]! + f(value * table[phase * taps + k]!);
      lanes[lane + 4] = lanes[lane + 4]! + f(value * table[(phase + 1) * taps + k]!);
    }
    const low = f(f(lanes[0]! + lanes[2]!) + f(lanes[1]! + lanes[3]!));
    const high = f(f(lanes[4]! + lanes[6]!) + f(lanes[5]! + lanes[7]!));
    result[i] = low + f(share * f(high - low));
  }
}
