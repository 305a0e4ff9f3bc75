import type { FrameKernel, PixelSink } from './definition.js';

/** Numbers in fixed point have 22 bits after the point: 255 of them still fit an int32. The kernels do too. */
export const FIXED_BITS = 22;
export const FIXED_ONE = 2 ** FIXED_BITS;

/**
 * `factor` in fixed point, rounded up, so that products which are whole numbers are not cut to the one below; but within
 * what puts its product with `times` between `lowest` and `highest`, both in fixed point. That pins down one result,
 * where rounding would decide the cut.
 */
export function pinnedFactor(factor: number, times: number, lowest: number, highest: number): number {
  const raised = Math.ceil(factor * FIXED_ONE);
  return Math.max(Math.ceil(lowest / times), Math.min(Math.floor(highest / times), raised));
}

/** The plain loops of a kernel: they write (value in fixed point) >> shift. */
type PlainLoops = (input: Uint8Array, output: PixelSink, index: number, shift: number) => void;

/** A kernel with vectors where the result is bytes and vectors are there, plain loops elsewhere; same bytes. */
export function fastest(
  vectors: ((input: Uint8Array, output: Uint8Array, index: number) => void) | undefined,
  plain: PlainLoops,
): FrameKernel {
  return (input, output, index) => {
    if (!(output instanceof Uint8Array)) {
      // Exact: only the exponents change.
      plain(input, output, index, 0);
      for (let i = 0; i < output.length; i++) output[i] = output[i]! / FIXED_ONE;
    } else if (vectors) vectors(input, output, index);
    else plain(input, output, index, FIXED_BITS);
  };
}
