import type { Engine } from './engine.js';
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
 * @param scatter - the scatter, where it is known; see {@link createStatistics}
 */
export function startPass(
  { weights, means, whitening }: EmState,
  { engine, centre, pace }: PassSettings,
  origins: Float64Array = means,
  scatter?: Float64Array,
): EmPass {
  const d = centre.length;
  const K = weights.length;
  const statistics = createStatistics(whitening.covarianceType, K, d, origins, scatter);
  engine.prepare({ components: K, dim: d, weights, means, whitening });
  let posteriors = new Float64Array(0);
  let logSums = posteriors;
  return {
    statistics,
    add: async (rows) => {
      const size = Math.min(engine.blockRows, rows.rows);
      for (let first = 0; first < rows.rows; first += size) {
        await pace();
        const count = Math.min(size, rows.rows - first);
        if (logSums.length < count) {
          posteriors = new Float64Array(count * K);
          logSums = new Float64Array(count);
        }
        engine.load(rows, first, count, centre);
        await engine.density(posteriors);
        normalizePosteriors(posteriors, count, K, logSums, 0);
        await engine.accumulate(posteriors, statistics);
        statistics.rows += count;
        for (let i = 0; i < count; i++) statistics.logLikelihood += logSums[i]!;
      }
    },
  };
}
