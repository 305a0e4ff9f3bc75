// mixture-task.mjs FOLDER: does in this package what peers/mixture_peer.py does in scikit-learn, by the same commands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fitGaussianMixture } from '@robusta/gmm-fusion';

const [, , folder] = process.argv;
const task = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));
const { components, dim, covarianceType, regCovar, steps, threads } = task;
const numbers = (name) => {
  const { buffer, byteOffset, length } = readFileSync(join(folder, name));
  return new Float64Array(buffer, byteOffset, length / 8);
};
const data = numbers('rows.f64');
const rows = { rows: data.length / dim, cols: dim, data };
const identity = Float64Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0));
const precisions = Array.from({ length: components }, () =>
  covarianceType === 'full' ? identity : new Float64Array(dim).fill(1),
);
const init = {
  weights: new Float64Array(components).fill(1 / components),
  means: numbers('means.f64'),
  precisions: covarianceType === 'full' ? precisions.map((one) => [...chunks(one)]) : precisions,
};

function* chunks(matrix) {
  for (let at = 0; at < matrix.length; at += dim) yield matrix.subarray(at, at + dim);
}

const report = (value) => console.log(JSON.stringify(value));
let gmm;
report({});
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  let mean;
  if (line === 'fit') {
    const options = { components, covarianceType, regCovar, tol: 0, maxIter: steps, init, threads };
    gmm = await fitGaussianMixture(rows, options);
    mean = gmm.fit.lowerBound;
  } else {
    const scores = await gmm.scoreSamplesAsync(rows, { threads });
    mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  }
  const milliseconds = performance.now() - start;
  report({ mean, milliseconds, megabytes: process.resourceUsage().maxRSS / 1000 });
}
