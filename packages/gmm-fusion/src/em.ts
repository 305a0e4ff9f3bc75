import { createRng, deriveSeed, parseOptions, RobustaError } from '@robusta/core';
import type { z } from 'zod';
import { type EmResult, type EmSettings, iterate } from './em-loop.js';
import { type Frame, measureFrame } from './frame.js';
import { GaussianMixture, type MeanFrame } from './mixture.js';
import { openEngine } from './open-engine.js';
import { type MixtureOptions, MixtureOptionsSchema } from './options.js';
import { createPacer } from './pacer.js';
import type { MixtureParameters } from './parameters.js';
import type { RowMatrix } from './row-matrix.js';
import { checkStart, type EmState, startState } from './start.js';

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
  const checked = parseOptions(MixtureOptionsSchema, options, 'fitGaussianMixture');
  const source = () => [data];
  const frame = await measureFrame(source, 'fitGaussianMixture');
  return fitFromStarts(data, frame, checked, (start, settings) => iterate(source, frame, start, settings));
}

/**
 * The best of the fits from one start or several.
 * @param sample - rows that starts are made from, not centred
 * @param run - fits to all rows
 */
export async function fitFromStarts(
  sample: RowMatrix,
  frame: Frame,
  options: z.output<typeof MixtureOptionsSchema>,
  run: (start: EmState, settings: EmSettings) => Promise<EmResult>,
): Promise<FittedGaussianMixture> {
  const { components, covarianceType: type, regCovar, tol, maxIter, nInit, seed, init, signal } = options;
  const { centre } = frame;
  const dim = centre.length;
  checkRows(frame.rows, components);
  const given = checkStart(typeof init === 'string' ? {} : init, type, components, dim);
  const isExplicit = given.weights && given.means && given.whitening;
  const method = typeof init === 'string' ? init : 'kmeans++';
  const task = { covarianceType: type, components, dim, rows: frame.rows };
  const engine = await openEngine(options, task);
  const settings = { engine, pace: createPacer(signal), regCovar, tol, maxIter };
  let best: EmResult | undefined;
  try {
    for (let attempt = 0; attempt < (isExplicit ? 1 : nInit); attempt++) {
      const rng = createRng(deriveSeed('gmm-start', seed, attempt));
      const own = { ...settings, type, components, centre, method, rng };
      const start = await startState(sample, frame, own, given);
      const onStep: EmSettings['onStep'] = (step) => options.onProgress?.({ start: attempt, ...step });
      const result = await run(start, { ...settings, onStep });
      if (!best || result.trace.at(-1)! > best.trace.at(-1)!) best = result;
    }
  } finally {
    await engine.close();
  }
  const { estimate, trace, converged } = best!;
  const means = estimate.means.map((value, i) => value + centre[i % dim]!);
  return new FittedGaussianMixture(
    { covarianceType: type, components, dim, ...estimate, means },
    {
      converged,
      iterations: trace.length,
      lowerBound: trace.at(-1)!,
      lowerBoundTrace: trace,
      warnings: [
        ...(converged ? [] : [notConverged(maxIter, tol)]),
        ...(type === 'full' ? fewRows(estimate.weights, frame.rows, dim) : []),
      ],
    },
    { origin: centre, means: estimate.means },
  );
}

function checkRows(rows: number, components: number): void {
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
}

function notConverged(maxIter: number, tol: number): FitWarning {
  return {
    code: 'NOT_CONVERGED',
    message: `EM stopped after ${maxIter} steps before the lower bound changed by less than ${tol}`,
  };
}

function fewRows(weights: Float64Array, rows: number, cols: number): FitWarning[] {
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
