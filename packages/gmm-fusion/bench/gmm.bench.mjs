import { createRng } from '@robusta/core';
import { fitDynamicWeighting, fitGaussianMixture } from '@robusta/gmm-fusion';
import { measure, record } from '@robusta/test-kit/bench';
import { cleanVideos, corruptions, separation } from './separation.mjs';

const report = (name, value, unit, more = {}) =>
  record({ package: '@robusta/gmm-fusion', name, value, unit, ...more });

function rowsOf(count, cols) {
  const rng = createRng(cols);
  return { rows: count, cols, data: Float32Array.from({ length: count * cols }, () => rng.normal()) };
}

const STEPS = 5;
const training = rowsOf(1600, 256);
for (const [covarianceType, components] of [
  ['diag', 8],
  ['spherical', 8],
  ['tied', 4],
  ['full', 1],
]) {
  // A fixed number of steps: with tol it would depend on the data.
  const options = { components, covarianceType, regCovar: 0.1, tol: 0, maxIter: STEPS };
  const milliseconds = await measure(() => fitGaussianMixture(training, options), {
    seconds: 0.5,
    minRuns: 3,
  });
  report(`fit ${covarianceType} K=${components}, 1,600 x 256`, milliseconds / STEPS, 'ms/step');
}

const queries = rowsOf(100_000, 128);
const few = rowsOf(2000, 128);
for (const [covarianceType, components] of [
  ['diag', 8],
  ['tied', 4],
  ['full', 1],
]) {
  const gmm = await fitGaussianMixture(few, { components, covarianceType, regCovar: 0.1, maxIter: 5 });
  const milliseconds = await measure(() => gmm.scoreSamples(queries), { seconds: 0.5, minRuns: 3 });
  report(
    `score ${covarianceType} K=${components}, 128 features`,
    queries.rows / (milliseconds / 1000),
    'rows/s',
  );
}

const visual = cleanVideos('train', 80);
const milliseconds = await measure(() => fitDynamicWeighting({ visual }), { seconds: 0, minRuns: 3 });
report('fitDynamicWeighting, defaults, 80 videos x 20 snippets x 256', milliseconds, 'ms');

// How well the negative log-likelihood tells unseen clean snippets from corrupted ones (area under the ROC curve).
for (const [name, options] of [
  ['defaults', {}],
  ['K=1', { components: 1 }],
  ['diag K=8, no PCA', { pca: null, components: 8, regCovar: 1e-6 }],
  ['PCA 24 + residual', { pca: { dimensions: 24 } }],
  ['PCA 24 whitened, no residual', { pca: { dimensions: 24, whiten: true, residual: false } }],
]) {
  const areas = await separation(options, visual);
  for (const corruption of Object.keys(corruptions))
    report(`${name}: ${corruption}`, areas[corruption], 'AUC');
}
