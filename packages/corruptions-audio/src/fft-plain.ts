import type { Kernels } from './kernel-module.js';

/** The kernels of `wasm/fft.ts`. */
export type FftLoops = Pick<Kernels, 'firstPass' | 'pass' | 'lastPass' | 'multiply' | 'multiplyAdd'>;

const f = Math.fround;

/**
 * The loops of `wasm/fft.ts` in plain code, for where WebAssembly vectors are missing. Every operation is rounded to
 * float32 in the same order, so that both give the same bytes.
 */
export function plainFftLoops(heap: Float32Array): FftLoops {
  /** One butterfly of four values at x, x + quarter ..., written to y, y + step ...; all in values, not bytes. */
  function butterfly(
    xr: number,
    xi: number,
    quarter: number,
    yr: number,
    yi: number,
    step: number,
    tw: number,
    every: number,
  ): void {
    const x0r = heap[xr]!;
    const x0i = heap[xi]!;
    const x1r = heap[xr + quarter]!;
    const x1i = heap[xi + quarter]!;
    const x2r = heap[xr + 2 * quarter]!;
    const x2i = heap[xi + 2 * quarter]!;
    const x3r = heap[xr + 3 * quarter]!;
    const x3i = heap[xi + 3 * quarter]!;
    const ar = f(x0r + x2r);
    const ai = f(x0i + x2i);
    const br = f(x0r - x2r);
    const bi = f(x0i - x2i);
    const cr = f(x1r + x3r);
    const ci = f(x1i + x3i);
    const dr = f(x1r - x3r);
    const di = f(x1i - x3i);
    heap[yr] = ar + cr;
    heap[yi] = ai + ci;
    rotated(f(br + di), f(bi - dr), tw, every, yr + step, yi + step);
    rotated(f(ar - cr), f(ai - ci), tw + 2 * every, every, yr + 2 * step, yi + 2 * step);
    rotated(f(br - di), f(bi + dr), tw + 4 * every, every, yr + 3 * step, yi + 3 * step);
  }

  function rotated(re: number, im: number, tw: number, every: number, yr: number, yi: number): void {
    const wr = heap[tw]!;
    const wi = heap[tw + every]!;
    heap[yr] = f(re * wr) - f(im * wi);
    heap[yi] = f(re * wi) + f(im * wr);
  }

  return {
    firstPass(xr, xi, yr, yi, count, twiddles) {
      const quarter = count >> 2;
      for (let p = 0; p < quarter; p++) {
        const tw = (twiddles >> 2) + 24 * (p >> 2) + (p & 3);
        butterfly((xr >> 2) + p, (xi >> 2) + p, quarter, (yr >> 2) + 4 * p, (yi >> 2) + 4 * p, 1, tw, 4);
      }
    },
    pass(xr, xi, yr, yi, count, stride, twiddles) {
      const quarter = count >> 2;
      for (let p = 0; p * stride < quarter; p++) {
        const tw = (twiddles >> 2) + 6 * p;
        for (let q = 0; q < stride; q++) {
          const x = p * stride + q;
          const y = 4 * p * stride + q;
          butterfly((xr >> 2) + x, (xi >> 2) + x, quarter, (yr >> 2) + y, (yi >> 2) + y, stride, tw, 1);
        }
      }
    },
    lastPass(x, y, count) {
      const half = count >> 1;
      for (let q = 0; q < half; q++) {
        const a = heap[(x >> 2) + q]!;
        const b = heap[(x >> 2) + half + q]!;
        heap[(y >> 2) + q] = a + b;
        heap[(y >> 2) + half + q] = a - b;
      }
    },
    multiply(xr, xi, wr, wi, yr, yi, count) {
      for (let k = 0; k < count; k++) {
        const a = heap[(xr >> 2) + k]!;
        const b = heap[(xi >> 2) + k]!;
        const c = heap[(wr >> 2) + k]!;
        const d = heap[(wi >> 2) + k]!;
        heap[(yr >> 2) + k] = f(a * c) - f(b * d);
        heap[(yi >> 2) + k] = f(a * d) + f(b * c);
      }
    },
    multiplyAdd(xr, xi, wr, wi, yr, yi, count) {
      for (let k = 0; k < count; k++) {
        const a = heap[(xr >> 2) + k]!;
        const b = heap[(xi >> 2) + k]!;
        const c = heap[(wr >> 2) + k]!;
        const d = heap[(wi >> 2) + k]!;
        heap[(yr >> 2) + k] = heap[(yr >> 2) + k]! + f(f(a * c) - f(b * d));
        heap[(yi >> 2) + k] = heap[(yi >> 2) + k]! + f(f(a * d) + f(b * c));
      }
    },
  };
}
