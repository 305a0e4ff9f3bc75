import { createRng, deriveSeed, RobustaError } from '@robusta/core';
import { cholesky } from './cholesky.js';
import type { MixtureParameters } from './parameters.js';
import type { RowMatrix } from './row-matrix.js';

/** Rows drawn from a mixture. */
export interface MixtureSample extends RowMatrix {
  /** `[n, d]`. */
  data: Float64Array;
  /** `[n]`, the component each row came from. */
  components: Int32Array;
}

/** 8 GiB of float64. */
const LARGEST_SAMPLE = 2 ** 30;

/** Draws rows one after another: a longer sample of the same seed begins with the shorter one. */
export function drawSample(mixture: MixtureParameters, rows: number, seed: number): MixtureSample {
  const { covarianceType: type, dim: d, means, covariances } = mixture;
  if (rows * d > LARGEST_SAMPLE) {
    throw new RobustaError(
      'BAD_OPTION',
      `sample: ${rows} rows of ${d} are more than ${LARGEST_SAMPLE} values`,
      {
        hint: 'draw several smaller samples',
      },
    );
  }
  const rng = createRng(deriveSeed('gmm-sample', seed));
  const choose = chooser(mixture.weights);
  const factors = type === 'full' || type === 'tied' ? choleskyFactors(mixture) : undefined;
  const components = new Int32Array(rows);
  const data = new Float64Array(rows * d);
  const z = new Float64Array(d);
  for (let i = 0, x = 0; i < rows; i++, x += d) {
    const k = choose(rng.uniform());
    components[i] = k;
    for (let j = 0; j < d; j++) z[j] = rng.normal();
    const factor = factors?.[type === 'tied' ? 0 : k];
    for (let j = 0; j < d; j++) {
      let value = means[k * d + j]!;
      if (factor) for (let l = 0; l <= j; l++) value += factor[j * d + l]! * z[l]!;
      else value += Math.sqrt(covariances[type === 'diag' ? k * d + j : k]!) * z[j]!;
      data[x + j] = value;
    }
  }
  return { rows, cols: d, data, components };
}

/** The component that a uniform number in [0, 1) falls on; one of weight 0 never. */
function chooser(weights: Float64Array): (uniform: number) => number {
  let total = 0;
  const ends = weights.map((weight) => (total += weight));
  const last = weights.findLastIndex((weight) => weight > 0);
  return (uniform) => {
    const k = ends.findIndex((end) => uniform * total < end);
    return k < 0 ? last : k;
  };
}

function choleskyFactors({
  covarianceType,
  components,
  dim,
  covariances,
}: MixtureParameters): Float64Array[] {
  const floor = new Float64Array(dim);
  return Array.from({ length: covarianceType === 'tied' ? 1 : components }, (_, k) => {
    const factor = cholesky(covariances, k * dim * dim, dim, floor);
    if (factor instanceof Float64Array) return factor;
    throw new RobustaError(
      'INTERNAL',
      `sample: the covariance of component ${k} was positive definite before`,
    );
  });
}
