import type { EmResult, EmSettings } from './em-loop.js';
import { startPass } from './em-pass.js';
import type { Frame, RowSource } from './frame.js';
import { maximize } from './m-step.js';
import type { RowMatrix } from './row-matrix.js';
import type { EmState } from './start.js';
import { createStatistics, type SufficientStatistics } from './statistics.js';
import { whiteningOfCovariances } from './whitening.js';

/** What stepwise EM needs besides what EM needs. */
export interface StepwiseSettings extends EmSettings {
  /** Rows of a whole batch. */
  batchRows: number;
  /** α: the weight of batch t (from 0) is (t + 2)^-α. */
  decay: number;
}

/**
 * Stepwise EM (Cappé and Moulines 2009; Liang and Klein 2009): an M step after each batch, from statistics that
 * forget older batches slowly.
 * @param source - one matrix a batch; only the last one of a pass may be smaller than `batchRows`
 * @param sample - rows whose statistics come before the first batch
 * @returns a trace of one value a pass: the mean log-likelihood of rows, each as its batch was about to be learnt
 */
export async function iterateStepwise(
  source: RowSource,
  { centre, varianceFloor, rows }: Frame,
  sample: RowMatrix,
  start: EmState,
  settings: StepwiseSettings,
): Promise<EmResult> {
  const { engine, pace, regCovar, tol, maxIter, onStep, batchRows, decay } = settings;
  const { covarianceType } = start.whitening;
  const pass = async (matrix: RowMatrix, state: EmState) => {
    const { add, statistics } = startPass(state, { engine, centre, pace });
    await add(matrix);
    return statistics;
  };
  const learn = (statistics: SufficientStatistics) => {
    const estimate = maximize(statistics, centre, regCovar);
    const { weights, means, covariances } = estimate;
    const whitening = whiteningOfCovariances(
      ...([covarianceType, covariances, weights.length, centre.length, varianceFloor] as const),
    );
    return { estimate, state: { weights, means, whitening } };
  };
  let memory = scaled(await pass(sample, start), rows / sample.rows);
  let { estimate, state } = learn(memory);
  const trace: number[] = [];
  let updates = 0;
  for (;;) {
    let logLikelihood = 0;
    for await (const batch of source()) {
      memory = rebased(memory, state.means);
      const fresh = await pass(batch, state);
      logLikelihood += fresh.logLikelihood;
      // The rest of a pass counts as the part of a batch that it is.
      const weight = (updates++ + 2) ** -decay * (batch.rows / batchRows);
      blend(memory, fresh, weight, rows / batch.rows);
      ({ estimate, state } = learn(memory));
    }
    trace.push(logLikelihood / rows);
    onStep?.({ iteration: trace.length, lowerBound: trace.at(-1)! });
    const converged = trace.length > 1 && Math.abs(trace.at(-1)! - trace.at(-2)!) < tol;
    if (converged || trace.length === maxIter) return { estimate, trace, converged };
  }
}

const SUMS = ['counts', 'sums', 'scatter'] as const;

function scaled(statistics: SufficientStatistics, scale: number): SufficientStatistics {
  for (const name of SUMS) {
    const values = statistics[name];
    for (let i = 0; i < values.length; i++) values[i]! *= scale;
  }
  return statistics;
}

/** Moves `memory` towards `scale` times the statistics of a batch, of the same origins. */
function blend(
  memory: SufficientStatistics,
  batch: SufficientStatistics,
  weight: number,
  scale: number,
): void {
  const keep = 1 - weight;
  const take = weight * scale;
  for (const name of SUMS) {
    const old = memory[name];
    const fresh = batch[name];
    for (let i = 0; i < old.length; i++) old[i] = keep * old[i]! + take * fresh[i]!;
  }
}

/** The same sums as seen from other origins: S - s·bᵀ - b·sᵀ + n·s·sᵀ for a shift s and sums b. */
export function rebased(statistics: SufficientStatistics, origins: Float64Array): SufficientStatistics {
  const { covarianceType: type, components: K, dim: d } = statistics;
  const out = createStatistics(type, K, d, origins);
  out.rows = statistics.rows;
  out.logLikelihood = statistics.logLikelihood;
  out.counts.set(statistics.counts);
  out.scatter.set(statistics.scatter);
  const isMatrix = type === 'full' || type === 'tied';
  const shifts = origins.map((origin, i) => origin - statistics.origins[i]!);
  for (let k = 0; k < K; k++) {
    const n = statistics.counts[k]!;
    for (let i = 0, at = k * d; i < d; i++, at++) {
      const s = shifts[at]!;
      const b = statistics.sums[at]!;
      out.sums[at] = b - n * s;
      if (!isMatrix) {
        out.scatter[at]! += s * (n * s - 2 * b);
        continue;
      }
      const row = (type === 'full' ? k * d * d : 0) + i * d;
      for (let j = 0, other = k * d; j <= i; j++, other++) {
        out.scatter[row + j]! += (n * s - b) * shifts[other]! - s * statistics.sums[other]!;
      }
    }
  }
  return out;
}
