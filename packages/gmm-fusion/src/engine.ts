import { accumulate } from './accumulate.js';
import { BLOCK_ROWS, type DensityModel, jointLogDensity } from './log-density.js';
import type { SufficientStatistics } from './statistics.js';

/** Computes log(π_k·N(x | μ_k, Σ_k)) of a block of rows `[rows, d]` into `[.., K]` from an index on. */
export type DensityFunction = (
  block: Float64Array,
  rows: number,
  out: Float64Array,
  outOffset: number,
) => void | Promise<void>;

/** What carries out the two heavy parts of EM. Rows are minus the centre of the frame, and so are means. */
export interface Engine {
  readonly name: 'plain' | 'onnx';
  /** Most rows of a block. */
  readonly blockRows: number;
  /** Prepares the joint log-densities of a mixture; the function before is no longer used then. */
  density(model: DensityModel): DensityFunction;
  /** Adds a block `[rows, d]` with its posteriors `[rows, K]` to counts, sums and scatter. */
  accumulate(
    block: Float64Array,
    rows: number,
    posteriors: Float64Array,
    statistics: SufficientStatistics,
  ): void | Promise<void>;
}

/** TypeScript alone: small data, browsers. */
export const plainEngine: Engine = {
  name: 'plain',
  blockRows: BLOCK_ROWS,
  density: jointLogDensity,
  accumulate,
};
