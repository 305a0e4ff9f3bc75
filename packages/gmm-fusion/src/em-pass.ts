import type { Engine } from './engine.js';
import { copyCentred } from './frame.js';
import { normalizePosteriors } from './log-density.js';
import type { RowMatrix } from './row-matrix.js';
import type { EmState } from './start.js';
import { createStatistics, type SufficientStatistics } from './statistics.js';

/** What a pass over rows needs. */
export interface PassSettings {
  engine: Engine;
  /** `[d]`, the centre of the frame; means of the state are relative to it. */
  centre: Float64Array;
  /** Called once a block. */
  pace: () => Promise<void>;
}

/** The E step of rows, gathered into what the M step needs. */
export interface EmPass {
  readonly statistics: SufficientStatistics;
  /** Adds rows `[n, d]`, as they are: not centred, of any number. */
  add(rows: RowMatrix): Promise<void>;
}

/**
 * Starts a pass with the parameters of a state.
 * @param origins - `[K, d]`, see {@link SufficientStatistics}; by default the means of the state
 */
export function startPass(
  { weights, means, whitening }: EmState,
  { engine, centre, pace }: PassSettings,
  origins: Float64Array = means,
): EmPass {
  const d = centre.length;
  const K = weights.length;
  const statistics = createStatistics(whitening.covarianceType, K, d, origins);
  const density = engine.density({ components: K, dim: d, weights, means, whitening });
  let block = new Float64Array(0);
  let posteriors = block;
  let logSums = block;
  return {
    statistics,
    add: async (rows) => {
      const size = Math.min(engine.blockRows, rows.rows);
      if (block.length < size * d) {
        block = new Float64Array(size * d);
        posteriors = new Float64Array(size * K);
        logSums = new Float64Array(size);
      }
      for (let first = 0; first < rows.rows; first += size) {
        await pace();
        const count = Math.min(size, rows.rows - first);
        copyCentred(rows, first, count, centre, block);
        await density(block, count, posteriors, 0);
        normalizePosteriors(posteriors, count, K, logSums, 0);
        await engine.accumulate(block, count, posteriors, statistics);
        statistics.rows += count;
        for (let i = 0; i < count; i++) statistics.logLikelihood += logSums[i]!;
      }
    },
  };
}
