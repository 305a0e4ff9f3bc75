import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { type FittedGaussianMixture, fitGaussianMixture } from './em.js';
import { MixtureOptionsSchema } from './options.js';
import { checkMatrix, type RowMatrix } from './row-matrix.js';

/** Checks the options of {@link selectComponents}: those of a fit without `components`, and two of its own. */
export const SelectionOptionsSchema = MixtureOptionsSchema.omit({ components: true }).extend({
  range: z
    .array(z.number().int().min(1))
    .min(1)
    .readonly()
    .default([1, 2, 4, 8, 16])
    .describe('numbers of components to try'),
  criterion: z.enum(['bic', 'aic']).default('bic').describe('the lower the better'),
});

/** Options of {@link selectComponents}; see {@link SelectionOptionsSchema}. */
export type SelectionOptions = z.input<typeof SelectionOptionsSchema>;

/** What became of one number of components. */
export interface SelectionRow {
  /** K. */
  components: number;
  /** Free parameters. */
  parameterCount: number;
  /** Bayesian information criterion on the data. */
  bic: number;
  /** Akaike's information criterion on the data. */
  aic: number;
  /** Mean log-likelihood of the data under the final parameters, nats. */
  score: number;
  converged: boolean;
  iterations: number;
}

/** A number of components that could not be fitted. */
export interface UnfittedRow {
  components: number;
  /** Why: too few rows, or a singular covariance. */
  error: RobustaError;
}

/** A mixture and how its number of components was found. */
export interface Selection {
  /** The mixture with the lowest criterion; of equal ones that of the fewest components. */
  best: FittedGaussianMixture;
  criterion: 'bic' | 'aic';
  /** One row a number that was tried, in rising order. */
  table: SelectionRow[];
  /** Numbers that the data does not allow. */
  unfitted: UnfittedRow[];
}

/**
 * Fits a mixture for each number of components and keeps the one with the lowest information criterion. To choose
 * the covariance type, too, compare the criterion of one selection a type.
 * @param data - `[n, d]`
 * @throws BAD_OPTION, BAD_INPUT (too few rows for every number), NON_FINITE, ILL_DEFINED_COVARIANCE (for every
 * number), ABORTED
 */
export async function selectComponents(data: RowMatrix, options: SelectionOptions = {}): Promise<Selection> {
  const { range, criterion, ...checked } = parseOptions(SelectionOptionsSchema, options, 'selectComponents');
  checkMatrix(data, 'selectComponents');
  const { signal, ...rest } = checked;
  const fitOptions = { ...rest, ...(signal ? { signal } : {}) };
  const table: SelectionRow[] = [];
  const unfitted: UnfittedRow[] = [];
  let best: FittedGaussianMixture | undefined;
  let lowest = Infinity;
  for (const components of [...new Set(range)].sort((a, b) => a - b)) {
    const outcome = await attempt(() => fitGaussianMixture(data, { ...fitOptions, components }));
    if (RobustaError.isInstance(outcome)) {
      unfitted.push({ components, error: outcome });
      continue;
    }
    const row = describe(outcome, data);
    table.push(row);
    if (!best || row[criterion] < lowest) {
      lowest = row[criterion];
      best = outcome;
    }
  }
  if (!best) throw unfitted[0]!.error;
  return { best, criterion, table, unfitted };
}

/** What the data does not allow is a result here; everything else is thrown. */
async function attempt<T>(fit: () => Promise<T>): Promise<T | RobustaError> {
  try {
    return await fit();
  } catch (error) {
    if (RobustaError.isInstance(error) && ['BAD_INPUT', 'ILL_DEFINED_COVARIANCE'].includes(error.code)) {
      return error;
    }
    throw error;
  }
}

function describe(mixture: FittedGaussianMixture, data: RowMatrix): SelectionRow {
  const { components, parameterCount, fit } = mixture;
  const score = mixture.score(data);
  const deviance = -2 * score * data.rows;
  return {
    ...{ components, parameterCount, score },
    bic: deviance + parameterCount * Math.log(data.rows),
    aic: deviance + 2 * parameterCount,
    converged: fit.converged,
    iterations: fit.iterations,
  };
}
