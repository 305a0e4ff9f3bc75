import { type Rng, RobustaError } from '@robusta/core';
import type { PassSettings } from './em-pass.js';
import type { Frame } from './frame.js';
import { type Clusters, kMeans } from './k-means.js';
import { type Estimate, maximize } from './m-step.js';
import type { MixtureStart, Numbers } from './options.js';
import { type CovarianceType, covarianceLength } from './parameters.js';
import type { RowMatrix } from './row-matrix.js';
import { createStatistics } from './statistics.js';
import { type Whitening, whiteningOfCovariances, whiteningOfPrecisions } from './whitening.js';

/** Parameters of an E step; means are relative to the centre of the frame. */
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

/** How to find a start of one's own. */
export type StartMethod = 'kmeans++' | 'random';

/** What a start is made with. */
export interface StartSettings extends PassSettings {
  type: CovarianceType;
  components: number;
  regCovar: number;
  method: StartMethod;
  rng: Rng;
}

/**
 * The state EM starts from: the explicit parts, and an own start for the rest. `kmeans++` takes the clusters of
 * k-means, the better single start; `random` takes random rows as means and the covariance of all rows.
 * @param rows - as they are, not centred; all of them, or a sample
 */
export async function startState(
  rows: RowMatrix,
  { centre, varianceFloor }: Frame,
  settings: StartSettings,
  given: CheckedStart,
): Promise<EmState> {
  const { type, components, method } = settings;
  const d = rows.cols;
  const means = given.means?.map((value, i) => value - centre[i % d]!);
  if (given.weights && means && given.whitening) {
    return { weights: given.weights, means, whitening: given.whitening };
  }
  const estimate = await (method === 'random' ? randomRows : clustered)(rows, settings);
  return {
    weights: given.weights ?? estimate.weights,
    means: means ?? estimate.means,
    whitening:
      given.whitening ?? whiteningOfCovariances(type, estimate.covariances, components, d, varianceFloor),
  };
}

/** K different rows as means, each with the covariance of all rows. */
async function randomRows(rows: RowMatrix, settings: StartSettings): Promise<Estimate> {
  const { type, components: K, centre, rng } = settings;
  const { rows: n, cols: d, data } = rows;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const means = new Float64Array(K * d);
  for (let k = 0; k < K; k++) {
    const other = k + rng.int(n - k);
    const row = order[other]!;
    order[other] = order[k]!;
    for (let j = 0; j < d; j++) means[k * d + j] = data[row * d + j]! - centre[j]!;
  }
  const all = { assigned: new Int32Array(n), centres: centre };
  const pooled = (await estimateOf(rows, all, { ...settings, components: 1 })).covariances;
  const covariances = new Float64Array(covarianceLength(type, K, d));
  for (let at = 0; at < covariances.length; at += pooled.length) covariances.set(pooled, at);
  return { weights: new Float64Array(K).fill(1 / K), means, covariances };
}

async function clustered(rows: RowMatrix, settings: StartSettings): Promise<Estimate> {
  const { components: K, centre, rng, pace } = settings;
  const all = { assigned: new Int32Array(rows.rows), centres: centre };
  return estimateOf(rows, K === 1 ? all : await kMeans(rows, K, rng, pace), settings);
}

/** The M step of rows that belong to one cluster each. */
async function estimateOf(
  rows: RowMatrix,
  { assigned, centres }: Clusters,
  { type, components: K, regCovar, engine, centre, pace }: StartSettings,
): Promise<Estimate> {
  const d = rows.cols;
  const origins = centres.map((value, i) => value - centre[i % d]!);
  const statistics = createStatistics(type, K, d, origins);
  const size = Math.min(engine.blockRows, rows.rows);
  for (let first = 0; first < rows.rows; first += size) {
    await pace();
    const count = Math.min(size, rows.rows - first);
    const posteriors = new Float64Array(count * K);
    for (let i = 0; i < count; i++) posteriors[i * K + assigned[first + i]!] = 1;
    engine.load(rows, first, count, centre);
    await engine.accumulate(posteriors, statistics);
  }
  return maximize(statistics, centre, regCovar);
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
