import type { RobustaError } from '@robusta/core';
import { type CovarianceType, fitGaussianMixture, GaussianMixture, selectComponents } from '../src/index.js';

/** Three round clusters 10 deviations apart. */
const truth = new GaussianMixture({
  ...{ covarianceType: 'spherical', components: 3, dim: 2 },
  weights: Float64Array.of(0.5, 0.3, 0.2),
  means: Float64Array.of(0, 0, 10, 0, 0, 10),
  covariances: Float64Array.of(1, 0.5, 1),
});

test.each(['full', 'tied', 'diag', 'spherical'] as CovarianceType[])(
  'finds how many clusters there are (%s)',
  async (covarianceType) => {
    const data = truth.sample(600, 1);
    const { best, criterion, table, unfitted } = await selectComponents(data, {
      ...{ covarianceType, range: [5, 1, 3, 2, 3], nInit: 3 },
    });
    expect([best.components, criterion, unfitted]).toEqual([3, 'bic', []]);
    expect(table.map(({ components }) => components)).toEqual([1, 2, 3, 5]);
    for (const row of table) {
      const own = await fitGaussianMixture(data, { covarianceType, components: row.components, nInit: 3 });
      expect(row).toEqual({
        components: row.components,
        parameterCount: own.parameterCount,
        bic: own.bic(data),
        aic: own.aic(data),
        score: own.score(data),
        converged: own.fit.converged,
        iterations: own.fit.iterations,
      });
    }
    expect(Math.min(...table.map(({ bic }) => bic))).toBe(best.bic(data));
  },
);

test('AIC punishes parameters less, so it never chooses fewer components here', async () => {
  for (const seed of [1, 2, 3]) {
    const data = truth.sample(80, seed);
    const options = { range: [1, 2, 3, 4, 5], covarianceType: 'diag', seed } as const;
    const bic = await selectComponents(data, options);
    const aic = await selectComponents(data, { ...options, criterion: 'aic' });
    expect(aic.table).toEqual(bic.table);
    expect(aic.best.components).toBeGreaterThanOrEqual(bic.best.components);
    expect(aic.best.aic(data)).toBe(Math.min(...aic.table.map((row) => row.aic)));
  }
});

test('numbers that the data does not allow are listed', async () => {
  const few = truth.sample(6, 1);
  const { table, unfitted } = await selectComponents(few, { covarianceType: 'diag' });
  expect(table.map(({ components }) => components)).toEqual([1, 2, 4]);
  expect(unfitted.map(({ components, error }) => [components, error.code])).toEqual([
    [8, 'BAD_INPUT'],
    [16, 'BAD_INPUT'],
  ]);
  const pairs = { rows: 4, cols: 1, data: Float64Array.of(1, 1, 3, 3) };
  const singular = await selectComponents(pairs, { range: [1, 2], regCovar: 0 });
  expect(singular.best.components).toBe(1);
  expect(singular.unfitted.map(({ error }) => error.code)).toEqual(['ILL_DEFINED_COVARIANCE']);
});

test.each([
  ['too few rows for any', { range: [7, 9] }, 'BAD_INPUT'],
  ['an empty range', { range: [] }, 'BAD_OPTION'],
  ['half a component', { range: [1.5] }, 'BAD_OPTION'],
  ['an unknown criterion', { criterion: 'dic' }, 'BAD_OPTION'],
  ['components beside a range', { components: 2 }, 'BAD_OPTION'],
  ['an abort', { signal: AbortSignal.abort() }, 'ABORTED'],
] as [string, object, RobustaError['code']][])('refuses %s', async (_name, options, code) => {
  await expect(selectComponents(truth.sample(6, 1), options)).rejects.toMatchObject({
    ...{ name: 'RobustaError', code },
  });
});
