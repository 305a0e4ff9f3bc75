import { describeShared } from '@robusta/test-kit';
import { fitGaussianMixture } from '../src/index.js';
import { expectFit, goldenCases, optionsOf } from './golden-fits.js';

// Small as they are, these fits are plain unless ONNX Runtime is asked for by name.
describeShared('golden/gmm', (folder) => {
  const { fits, prepare } = goldenCases(folder);
  const products = fits.filter(({ covariance_type: type }) => type === 'full' || type === 'tied');
  test.each(products.map((one) => [one.name, one] as const))('in ONNX Runtime: %s', async (_name, one) => {
    const prepared = prepare(one);
    const { data, init } = prepared;
    const options = { ...optionsOf(one), init, engine: 'onnx' as const, threads: 2 };
    const fitted = await fitGaussianMixture(data, options);
    expectFit(fitted, one, prepared);
  });
});
