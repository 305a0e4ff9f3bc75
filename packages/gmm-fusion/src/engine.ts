import { accumulate } from './accumulate.js';
import { createDiagonalEngine } from './diagonal-engine.js';
import { copyCentred } from './frame.js';
import { BLOCK_ROWS, type DensityModel, type JointLogDensity, jointLogDensity } from './log-density.js';
import type { CovarianceType } from './parameters.js';
import type { RowMatrix } from './row-matrix.js';
import type { SufficientStatistics } from './statistics.js';

/**
 * What carries out the two heavy parts of EM on one block of rows after another. Means of models and origins of
 * statistics are relative to the centre that is subtracted from the rows.
 */
export interface Engine {
  readonly name: 'plain' | 'onnx';
  /** Most rows of a block. */
  readonly blockRows: number;
  /** Takes the mixture whose densities are wanted. */
  prepare(model: DensityModel): void;
  /** Takes rows `first` to `first + count` as the block: float64, minus the centre. */
  load(rows: RowMatrix, first: number, count: number, centre: Float64Array): void;
  /** Computes log(π_k·N(x | μ_k, Σ_k)) of the block into `[count, K]`. */
  density(out: Float64Array): void | Promise<void>;
  /** Adds the block with its posteriors `[count, K]` to counts, sums and scatter. */
  accumulate(posteriors: Float64Array, statistics: SufficientStatistics): void | Promise<void>;
  /** Frees what garbage collection does not. */
  close(): Promise<void>;
}

/** An engine that never waits. */
export interface SyncEngine extends Engine {
  density(out: Float64Array): void;
  accumulate(posteriors: Float64Array, statistics: SufficientStatistics): void;
}

/** What an engine is to work on. */
export interface EngineTask {
  covarianceType: CovarianceType;
  components: number;
  dim: number;
  /** n of one pass, as far as it is known. */
  rows: number;
}

/** Without libraries: small data, browsers. */
export function createPlainEngine({ covarianceType: type, components, dim, rows }: EngineTask): SyncEngine {
  return type === 'full' || type === 'tied'
    ? createMatrixEngine()
    : createDiagonalEngine(components, dim, rows);
}

/** Full and tied covariances. */
function createMatrixEngine(): SyncEngine {
  let block = new Float64Array(0);
  let loaded = 0;
  let density: JointLogDensity;
  return {
    name: 'plain',
    blockRows: BLOCK_ROWS,
    prepare: (model) => {
      density = jointLogDensity(model);
    },
    load: (rows, first, count, centre) => {
      loaded = count;
      if (block.length < count * rows.cols) block = new Float64Array(count * rows.cols);
      copyCentred(rows, first, count, centre, block);
    },
    density: (out) => density(block, loaded, out, 0),
    accumulate: (posteriors, statistics) => accumulate(block, loaded, posteriors, statistics),
    close: async () => {},
  };
}
