import { parseOptions, RobustaError } from '@robusta/core';
import { BLOCK_ROWS, jointLogDensity, normalizePosteriors } from './log-density.js';
import { type CentredRows, type Estimate, maximize } from './m-step.js';
import { GaussianMixture, type MeanFrame } from './mixture.js';
import { type MixtureOptions, MixtureOptionsSchema } from './options.js';
import { createPacer } from './pacer.js';
import type { CovarianceType, MixtureParameters } from './parameters.js';
import { checkMatrix, type RowMatrix } from './row-matrix.js';
import { checkStart, type EmState, startState } from './start.js';
import { whiteningOfCovariances } from './whitening.js';

/** Squares of larger values, summed over many rows, would overflow. */
const LARGEST_VALUE = 1e140;

/** Something about a fit that a careful user wants to know. */
export interface FitWarning {
  /** EM reached `maxIter`; or a full covariance has no more rows than features and stands on `regCovar`. */
  code: 'NOT_CONVERGED' | 'FEW_ROWS';
  message: string;
  /** The components concerned. */
  components?: number[];
}

/** How a fit went. */
export interface MixtureFit {
  /** True when the lower bound changed by less than `tol` in the last step. */
  converged: boolean;
  /** EM steps done. */
  iterations: number;
  /** Mean log-likelihood at the E step of the last iteration, nats: one M step behind the parameters. */
  lowerBound: number;
  /** The lower bound of each iteration. */
  lowerBoundTrace: number[];
  warnings: FitWarning[];
}

/** A mixture estimated from data. */
export class FittedGaussianMixture extends GaussianMixture {
  constructor(
    parameters: MixtureParameters,
    /** How the fit went. */
    readonly fit: MixtureFit,
    frame?: MeanFrame,
  ) {
    super(parameters, frame);
  }
}

/**
 * Fits a Gaussian mixture by expectation maximisation in double precision.
 * @param data - `[n, d]`, n at least 2 and at least K
 * @throws BAD_OPTION, BAD_INPUT (too few rows), NON_FINITE, ILL_DEFINED_COVARIANCE, ABORTED
 */
export async function fitGaussianMixture(
  data: RowMatrix,
  options: MixtureOptions = {},
): Promise<FittedGaussianMixture> {
  const {
    components,
    covarianceType: type,
    regCovar,
    tol,
    maxIter,
    nInit,
    seed,
    init,
    signal,
  } = parseOptions(MixtureOptionsSchema, options, 'fitGaussianMixture');
  checkMatrix(data, 'fitGaussianMixture');
  checkRows(data, components);
  const given = checkStart(typeof init === 'string' ? {} : init, type, components, data.cols);
  const isExplicit = given.weights && given.means && given.whitening;
  const rows = centreRows(data);
  const pace = createPacer(signal);
  const method = typeof init === 'string' ? init : 'kmeans++';
  const settings = { components, type, regCovar, tol, maxIter };
  let best: EmResult | undefined;
  for (let attempt = 0; attempt < (isExplicit ? 1 : nInit); attempt++) {
    const start = startState(rows, { ...settings, method, seed, attempt }, given);
    const result = await iterate(rows, start, settings, pace);
    if (!best || result.trace.at(-1)! > best.trace.at(-1)!) best = result;
  }
  const { estimate, trace, converged } = best!;
  const means = estimate.means.map((value, i) => value + rows.centre[i % data.cols]!);
  return new FittedGaussianMixture(
    { covarianceType: type, components, dim: data.cols, ...estimate, means },
    {
      converged,
      iterations: trace.length,
      lowerBound: trace.at(-1)!,
      lowerBoundTrace: trace,
      warnings: [
        ...(converged ? [] : [notConverged(maxIter, tol)]),
        ...(type === 'full' ? fewRows(estimate.weights, data) : []),
      ],
    },
    { origin: rows.centre, means: estimate.means },
  );
}

interface EmSettings {
  components: number;
  type: CovarianceType;
  regCovar: number;
  tol: number;
  maxIter: number;
}

interface EmResult {
  estimate: Estimate;
  trace: number[];
  converged: boolean;
}

async function iterate(
  rows: CentredRows,
  start: EmState,
  { components, type, regCovar, tol, maxIter }: EmSettings,
  pace: () => Promise<void>,
): Promise<EmResult> {
  const { rows: n, dim, varianceFloor } = rows;
  const posteriors = new Float64Array(n * components);
  const trace: number[] = [];
  let state = start;
  for (;;) {
    await pace();
    trace.push(expect(rows, state, components, posteriors));
    const estimate = maximize(rows, posteriors, components, type, regCovar);
    const whitening = whiteningOfCovariances(type, estimate.covariances, components, dim, varianceFloor);
    const converged = trace.length > 1 && Math.abs(trace.at(-1)! - trace.at(-2)!) < tol;
    if (converged || trace.length === maxIter) return { estimate, trace, converged };
    state = { weights: estimate.weights, means: estimate.means, whitening };
  }
}

/** E step: fills the posteriors, returns the mean log-likelihood. */
function expect(rows: CentredRows, state: EmState, components: number, posteriors: Float64Array): number {
  const { rows: n, dim, data } = rows;
  const density = jointLogDensity({ components, dim, ...state });
  const logSums = new Float64Array(n);
  for (let first = 0; first < n; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, n - first);
    density(data.subarray(first * dim, (first + count) * dim), count, posteriors, first * components);
  }
  normalizePosteriors(posteriors, n, components, logSums, 0);
  return logSums.reduce((a, b) => a + b, 0) / n;
}

/** Subtracting the column means loses nothing (x - c is rounded relative to itself) and keeps later sums small. */
function centreRows({ rows, cols: d, data }: RowMatrix): CentredRows {
  const centre = new Float64Array(d);
  const largest = new Float64Array(d);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) {
      const value = data[i * d + j]!;
      // Divided first: the sum of large finite values must not overflow.
      centre[j]! += value / rows;
      largest[j] = Math.max(largest[j]!, Math.abs(value));
    }
  }
  const limit = largest.findIndex((value) => value > LARGEST_VALUE);
  if (limit >= 0) {
    throw new RobustaError('BAD_INPUT', `fitGaussianMixture: column ${limit} reaches ${largest[limit]}`, {
      hint: `scale the data: squares of values beyond ${LARGEST_VALUE} overflow`,
    });
  }
  const centred = new Float64Array(rows * d);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d; j++) centred[i * d + j] = data[i * d + j]! - centre[j]!;
  }
  const varianceFloor = largest.map((value) => (8 * Number.EPSILON * value) ** 2);
  return { rows, dim: d, data: centred, centre, varianceFloor };
}

function checkRows({ rows, cols }: RowMatrix, components: number): void {
  const needed = Math.max(2, components);
  if (rows < needed) {
    throw new RobustaError(
      'BAD_INPUT',
      `fitGaussianMixture: ${components} components need ${needed} rows, received ${rows}`,
      {
        hint: 'give more rows or ask for fewer components',
        details: { rows, needed },
      },
    );
  }
  if (cols < 1) throw new RobustaError('BAD_INPUT', 'fitGaussianMixture: rows have no columns');
}

function notConverged(maxIter: number, tol: number): FitWarning {
  return {
    code: 'NOT_CONVERGED',
    message: `EM stopped after ${maxIter} steps before the lower bound changed by less than ${tol}`,
  };
}

function fewRows(weights: Float64Array, { rows, cols }: RowMatrix): FitWarning[] {
  const few = [...weights.keys()].filter((k) => weights[k]! * rows <= cols);
  if (few.length === 0) return [];
  return [
    {
      code: 'FEW_ROWS',
      message:
        `components ${few.join(', ')} have no more rows than the ${cols} features: their covariances are singular but ` +
        'for regCovar, and rows that were not fitted will look far too unlikely',
      components: few,
    },
  ];
}
