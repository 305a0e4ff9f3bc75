import { createRng } from '@robusta/core';
import { expectClose } from '@robusta/test-kit';
import { fitGaussianMixture } from '../src/index.js';
import { gaussians } from './support.js';

const [rows, d] = [300, 3];
const noise = gaussians(createRng(3), rows * d);
const data = noise.map((value) => 1e-3 * value);
const means = Array.from(
  { length: d },
  (_, j) => data.reduce((sum, x, at) => sum + (at % d === j ? x : 0), 0) / rows,
);
const product = (i: number, j: number) => {
  let sum = 0;
  for (let at = 0; at < rows * d; at += d) sum += (data[at + i]! - means[i]!) * (data[at + j]! - means[j]!);
  return sum / rows;
};

// From a mean a million away the squares are 1e18 times the variances: one pass alone would leave no digit of them.
test.each(['full', 'tied', 'diag', 'spherical'] as const)('one step from a far mean, %s', async (type) => {
  const axes = [0, 1, 2];
  const variances = axes.map((j) => product(j, j));
  const wanted = {
    full: axes.flatMap((i) => axes.map((j) => product(i, j))),
    diag: variances,
    spherical: [variances.reduce((a, b) => a + b) / d],
  };
  const gmm = await fitGaussianMixture(
    { rows, cols: d, data },
    {
      covarianceType: type,
      regCovar: 0,
      maxIter: 1,
      init: { means: [[1e3, -1e3, 1e3]] },
    },
  );
  expectClose(gmm.means, means, { absolute: 1e-15 });
  expectClose(gmm.covariances, wanted[type === 'tied' ? 'full' : type], { relative: 1e-12, ofLargest: true });
});
