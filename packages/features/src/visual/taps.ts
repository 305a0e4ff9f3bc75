const { ceil, floor, max, min, PI, sin, trunc } = Math;

/** `bilinear`: a triangle, widened to the area of an output pixel when shrinking. `lanczos`: three lobes, likewise. */
export type ResampleFilter = 'bilinear' | 'lanczos';

/** Which input pixels make each output pixel along one axis. */
export interface Taps {
  /** First input pixel of each output pixel. */
  first: Int32Array;
  /** Number of input pixels of each output pixel. */
  count: Int32Array;
  /** Weights in 22-bit fixed point, `stride` places for each output pixel. */
  weights: Int32Array;
  stride: number;
}

/** Fraction bits of a weight: 8 bits of pixel and 2 of overshoot fill the rest of an int32. */
export const WEIGHT_BITS = 22;

const sinc = (x: number) => (x === 0 ? 1 : sin(PI * x) / (PI * x));
const FILTERS: Record<ResampleFilter, { radius: number; at: (x: number) => number }> = {
  bilinear: { radius: 1, at: (x) => max(0, 1 - (x < 0 ? -x : x)) },
  lanczos: { radius: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/**
 * The taps of Pillow's resize for the output pixels `from` to `to` (exclusive) of an axis that goes from `input` to
 * `output` pixels.
 */
export function resampleTaps(
  input: number,
  output: number,
  filter: ResampleFilter,
  from = 0,
  to = output,
): Taps {
  const { radius, at } = FILTERS[filter];
  const scale = input / output;
  const widen = max(scale, 1);
  const support = radius * widen;
  const stride = min(input, 2 * ceil(support) + 1);
  const taps: Taps = {
    first: new Int32Array(to - from),
    count: new Int32Array(to - from),
    weights: new Int32Array((to - from) * stride),
    stride,
  };
  const exact = new Float64Array(stride);
  for (let i = 0; i < to - from; i++) {
    const centre = (from + i + 0.5) * scale;
    const first = max(0, trunc(centre - support + 0.5));
    const count = min(input, trunc(centre + support + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      exact[k] = at((first + k + 0.5 - centre) * (1 / widen));
      sum += exact[k]!;
    }
    taps.first[i] = first;
    taps.count[i] = count;
    for (let k = 0; k < count; k++) {
      taps.weights[i * stride + k] = roundAway((exact[k]! / sum) * 2 ** WEIGHT_BITS);
    }
  }
  return taps;
}

const roundAway = (x: number) => (x < 0 ? ceil(x - 0.5) : floor(x + 0.5));
