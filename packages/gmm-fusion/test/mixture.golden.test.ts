import { describeShared } from '@robusta/test-kit';
import { fitGaussianMixture } from '../src/index.js';
import { expectFit, goldenCases, optionsOf, toMatrix } from './golden-fits.js';

/** The golden reasons in our codes. */
const codes: Record<string, string> = {
  non_finite: 'NON_FINITE',
  too_few_rows: 'BAD_INPUT',
  bad_option: 'BAD_OPTION',
  bad_init: 'BAD_OPTION',
  ill_defined_covariance: 'ILL_DEFINED_COVARIANCE',
  width_mismatch: 'FEATURE_MISMATCH',
};
const optionNames: Record<string, string> = {
  n_components: 'components',
  covariance_type: 'covarianceType',
  reg_covar: 'regCovar',
  max_iter: 'maxIter',
  n_init: 'nInit',
};

describeShared('golden/gmm', (folder) => {
  const { fits, quality, errors, load, prepare } = goldenCases(folder);
  test('lists fits', () => expect(fits.length).toBeGreaterThan(0));

  test.each(fits.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const prepared = prepare(one);
    const { data, init } = prepared;
    expectFit(await fitGaussianMixture(data, { ...optionsOf(one), init }), one, prepared);
  });

  test.each(quality.map((one) => [`${one.data} ${one.covariance_type} K=${one.n_components}`, one] as const))(
    'own start: %s',
    async (_name, one) => {
      const gmm = await fitGaussianMixture(load(one.data).data, { ...optionsOf(one), nInit: 10 });
      expect(gmm.fit.lowerBound).toBeGreaterThanOrEqual(one.expect_best_of_10_starts_at_least);
    },
  );

  test.each(errors.map((one) => [one.name, one] as const))('refuses %s', async (_name, one) => {
    const named = Object.entries(one.options).map(
      ([key, value]) => [optionNames[key] ?? key, value] as const,
    );
    const data = typeof one.X === 'string' ? load(one.X).data : toMatrix(one.X);
    const attempt = async () => {
      const gmm = await fitGaussianMixture(data, {
        components: 2,
        ...Object.fromEntries(named),
        ...(one.init ? { init: one.init } : {}),
      });
      if (one.score_on) gmm.scoreSamples(toMatrix(one.score_on));
    };
    expect(codes).toHaveProperty(one.expect_reason);
    await expect(attempt()).rejects.toMatchObject({ name: 'RobustaError', code: codes[one.expect_reason] });
  });
});
