import { type PassSettings, startPass } from './em-pass.js';
import type { Frame, RowSource } from './frame.js';
import { cancels, type Estimate, maximize } from './m-step.js';
import type { EmState } from './start.js';
import { whiteningOfCovariances } from './whitening.js';

/** When EM ends, and what it adds to variances. */
export interface EmSettings extends Omit<PassSettings, 'centre'> {
  regCovar: number;
  tol: number;
  maxIter: number;
  /** Told of every step. */
  onStep?: ((step: { iteration: number; lowerBound: number }) => void) | undefined;
}

/** Where EM ended. */
export interface EmResult {
  estimate: Estimate;
  /** Mean log-likelihood of each E step. */
  trace: number[];
  converged: boolean;
}

/** EM over all rows of a source: one pass a step, a second one where the means jumped. */
export async function iterate(
  source: RowSource,
  { centre, varianceFloor }: Frame,
  start: EmState,
  { engine, pace, regCovar, tol, maxIter, onStep }: EmSettings,
): Promise<EmResult> {
  const { covarianceType: type } = start.whitening;
  const pass = async (state: EmState, origins: Float64Array, scatter?: Float64Array) => {
    const { add, statistics } = startPass(state, { engine, centre, pace }, origins, scatter);
    for await (const rows of source()) await add(rows);
    return { statistics, estimate: maximize(statistics, centre, regCovar) };
  };
  const trace: number[] = [];
  let state = start;
  // With one origin the scatter of a tied covariance takes one product instead of K, and only once.
  let oneOrigin = type === 'tied';
  let scatter: Float64Array | undefined;
  for (;;) {
    const { means } = state;
    let { statistics, estimate } = await (oneOrigin
      ? pass(state, new Float64Array(means.length), scatter)
      : pass(state, means));
    if (oneOrigin) ({ scatter } = statistics);
    trace.push(statistics.logLikelihood / statistics.rows);
    onStep?.({ iteration: trace.length, lowerBound: trace.at(-1)! });
    if (cancels(statistics, estimate, regCovar)) {
      oneOrigin = false;
      ({ statistics, estimate } = await pass(state, estimate.means));
    }
    const { covariances, weights } = estimate;
    const whitening = whiteningOfCovariances(type, covariances, weights.length, centre.length, varianceFloor);
    const converged = trace.length > 1 && Math.abs(trace.at(-1)! - trace.at(-2)!) < tol;
    if (converged || trace.length === maxIter) return { estimate, trace, converged };
    state = { weights, means: estimate.means, whitening };
  }
}
