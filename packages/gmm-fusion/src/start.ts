import { createRng, deriveSeed, type Rng, RobustaError } from '@robusta/core';
import { type CentredRows, type Estimate, maximize } from './m-step.js';
import type { MixtureStart, Numbers } from './options.js';
import { type CovarianceType, covarianceLength } from './parameters.js';
import { type Whitening, whiteningOfCovariances, whiteningOfPrecisions } from './whitening.js';

const LLOYD_STEPS = 100;

/** Parameters of an E step; means are relative to the centre of the rows. */
export interface EmState {
  weights: Float64Array;
  means: Float64Array;
  whitening: Whitening;
}

/** An explicit start after its checks. */
export interface CheckedStart {
  weights?: Float64Array;
  means?: Float64Array;
  whitening?: Whitening;
}

/**
 * Checks the shapes and values of an explicit start.
 * @throws BAD_OPTION naming the field
 */
export function checkStart(
  start: MixtureStart,
  type: CovarianceType,
  components: number,
  dim: number,
): CheckedStart {
  const K = components;
  const unknown = Object.keys(start).filter((key) => !['weights', 'means', 'precisions'].includes(key));
  if (unknown.length > 0)
    throw badStart(unknown[0]!, 'is not a part of a start (weights, means, precisions)');
  const checked: CheckedStart = {};
  if (start.weights !== undefined) {
    const weights = toFlat(start.weights, [K], 'weights');
    const sum = weights.reduce((a, b) => a + b, 0);
    if (weights.some((weight) => weight < 0 || weight > 1)) throw badStart('weights', 'must lie in [0, 1]');
    if (Math.abs(sum - 1) > 1e-6) throw badStart('weights', `must sum to 1, their sum is ${sum}`);
    checked.weights = weights;
  }
  if (start.means !== undefined) checked.means = toFlat(start.means, [K, dim], 'means');
  if (start.precisions !== undefined) {
    const shape = { full: [K, dim, dim], tied: [dim, dim], diag: [K, dim], spherical: [K] }[type];
    const precisions = toFlat(start.precisions, shape, 'precisions');
    const matrices = type === 'full' ? K : type === 'tied' ? 1 : 0;
    for (let k = 0; k < matrices; k++) checkSymmetric(precisions, k * dim * dim, dim);
    const whitening = whiteningOfPrecisions(type, precisions, K, dim);
    if (!whitening) throw badStart('precisions', 'must be positive definite');
    checked.whitening = whitening;
  }
  return checked;
}

/**
 * The state EM starts from: the explicit parts, and an own start for the rest. `kmeans++` takes the clusters of
 * k-means, the better single start; `random` takes random rows as means and the covariance of all rows.
 */
export function startState(
  rows: CentredRows,
  settings: {
    type: CovarianceType;
    components: number;
    regCovar: number;
    method: 'kmeans++' | 'random';
    seed: number;
    attempt: number;
  },
  given: CheckedStart,
): EmState {
  const { type, components, regCovar, method, seed, attempt } = settings;
  const { dim: d, centre, varianceFloor } = rows;
  const means = given.means?.map((value, i) => value - centre[i % d]!);
  if (given.weights && means && given.whitening) {
    return { weights: given.weights, means, whitening: given.whitening };
  }
  const rng = createRng(deriveSeed('gmm-start', seed, attempt));
  const estimate =
    method === 'kmeans++'
      ? maximize(rows, clusterPosteriors(rows, components, rng), components, type, regCovar)
      : randomRows(rows, components, type, regCovar, rng);
  return {
    weights: given.weights ?? estimate.weights,
    means: means ?? estimate.means,
    whitening:
      given.whitening ?? whiteningOfCovariances(type, estimate.covariances, components, d, varianceFloor),
  };
}

/** K different rows as means, each with the covariance of all rows. */
function randomRows(
  rows: CentredRows,
  K: number,
  type: CovarianceType,
  regCovar: number,
  rng: Rng,
): Estimate {
  const { rows: n, dim: d, data } = rows;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const means = new Float64Array(K * d);
  for (let k = 0; k < K; k++) {
    const other = k + rng.int(n - k);
    const row = order[other]!;
    order[other] = order[k]!;
    means.set(data.subarray(row * d, (row + 1) * d), k * d);
  }
  const pooled = maximize(rows, new Float64Array(n).fill(1), 1, type, regCovar).covariances;
  const covariances = new Float64Array(covarianceLength(type, K, d));
  for (let at = 0; at < covariances.length; at += pooled.length) covariances.set(pooled, at);
  return { weights: new Float64Array(K).fill(1 / K), means, covariances };
}

/** `[n, K]` of zeros and ones: k-means++ and Lloyd steps. */
function clusterPosteriors({ rows: n, dim: d, data }: CentredRows, K: number, rng: Rng): Float64Array {
  const posteriors = new Float64Array(n * K);
  if (K === 1) return posteriors.fill(1);
  const assigned = lloyd(data, n, d, K, spreadCentres(data, n, d, K, rng));
  for (let i = 0; i < n; i++) posteriors[i * K + assigned[i]!] = 1;
  return posteriors;
}

/** k-means++ (Arthur and Vassilvitskii 2007): each next centre is a row, drawn by its squared distance to those before. */
function spreadCentres(data: Float64Array, n: number, d: number, K: number, rng: Rng): Float64Array {
  const centres = new Float64Array(K * d);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = rng.int(n);
  for (let k = 0; k < K; k++) {
    centres.set(data.subarray(chosen * d, chosen * d + d), k * d);
    let total = 0;
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squaredDistance(data, i * d, centres, k * d, d));
      total += nearest[i]!;
    }
    let left = rng.uniform() * total;
    chosen = n - 1;
    for (let i = 0; i < n; i++) {
      left -= nearest[i]!;
      if (left < 0) {
        chosen = i;
        break;
      }
    }
  }
  return centres;
}

function lloyd(data: Float64Array, n: number, d: number, K: number, centres: Float64Array): Int32Array {
  const assigned = new Int32Array(n).fill(-1);
  const counts = new Float64Array(K);
  for (let step = 0; step < LLOYD_STEPS; step++) {
    let changed = 0;
    for (let i = 0; i < n; i++) {
      let best = 0;
      let least = Infinity;
      for (let k = 0; k < K; k++) {
        const distance = squaredDistance(data, i * d, centres, k * d, d);
        if (distance < least) {
          least = distance;
          best = k;
        }
      }
      if (assigned[i] !== best) changed++;
      assigned[i] = best;
    }
    if (changed === 0) break;
    counts.fill(0);
    const sums = new Float64Array(K * d);
    for (let i = 0; i < n; i++) {
      const k = assigned[i]!;
      counts[k]!++;
      for (let j = 0; j < d; j++) sums[k * d + j]! += data[i * d + j]!;
    }
    // An empty cluster keeps its centre.
    for (let i = 0; i < K * d; i++) {
      const count = counts[Math.floor(i / d)]!;
      if (count > 0) centres[i] = sums[i]! / count;
    }
  }
  return assigned;
}

function squaredDistance(a: Float64Array, ai: number, b: Float64Array, bi: number, d: number): number {
  let s0 = 0;
  let s1 = 0;
  const end = d & ~1;
  for (let j = 0; j < end; j += 2) {
    const y0 = a[ai + j]! - b[bi + j]!;
    const y1 = a[ai + j + 1]! - b[bi + j + 1]!;
    s0 += y0 * y0;
    s1 += y1 * y1;
  }
  if (end < d) {
    const y = a[ai + end]! - b[bi + end]!;
    s0 += y * y;
  }
  return s0 + s1;
}

function badStart(field: string, problem: string): RobustaError {
  return new RobustaError('BAD_OPTION', `fitGaussianMixture: init.${field} ${problem}`, {
    details: { fields: [`init.${field}`] },
  });
}

function checkSymmetric(values: Float64Array, start: number, d: number): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const a = values[start + i * d + j]!;
      const b = values[start + j * d + i]!;
      if (!(Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b))) throw badStart('precisions', 'must be symmetric');
    }
  }
}

/** A flat copy of a flat or nested list. */
function toFlat(values: Numbers, shape: number[], field: string): Float64Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const out = new Float64Array(size);
  let filled = 0;
  const bad = () => badStart(field, `must have the shape [${shape.join(', ')}]`);
  const visit = (part: unknown, depth: number): void => {
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) throw badStart(field, 'holds a value that is not finite');
      if (filled < size) out[filled] = part;
      filled++;
      return;
    }
    const list = part as ArrayLike<unknown> | null;
    if (typeof list !== 'object' || list === null || typeof list.length !== 'number') throw bad();
    const isFlat = depth === 0 && typeof list[0] === 'number';
    if (list.length !== (isFlat ? size : shape[depth])) throw bad();
    for (let i = 0; i < list.length; i++) visit(list[i], depth + 1);
  };
  visit(values, 0);
  if (filled !== size) throw bad();
  return out;
}
