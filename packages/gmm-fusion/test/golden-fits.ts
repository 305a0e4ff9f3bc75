import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { expectClose, goldenJson } from '@robusta/test-kit';
import type {
  CovarianceType,
  FittedGaussianMixture,
  MixtureOptions,
  MixtureStart,
  Numbers,
  RowMatrix,
} from '../src/index.js';

interface Expectation {
  converged: boolean;
  n_iter: number;
  lower_bound: number;
  lower_bound_trace: number[];
  weights: number[];
  means: number[][];
  means_note?: string;
  covariances?: Nested;
  covariances_note?: string;
  covariances_summary?: Record<string, number[] | number[][]>;
  score_mean: number;
  query_score_samples?: number[];
  query_proba?: number[][];
  bic: number;
  aic: number;
  n_parameters: number;
  [scores: `score_samples${string}`]: number[];
}
type Nested = number | Nested[];
export interface FitCase {
  name: string;
  data: string;
  X?: number[][];
  query?: number[][] | string;
  covariance_type: CovarianceType;
  n_components: number;
  reg_covar: number;
  tol: number;
  max_iter: number;
  tolerance_rel: number;
  init: { weights: number[]; means: number[][] | string; precisions: Nested | string };
  compare_components?: number[];
  expect: Expectation;
}
export interface QualityCase {
  data: string;
  covariance_type: CovarianceType;
  n_components: number;
  tol: number;
  max_iter: number;
  reg_covar: number;
  expect_best_of_10_starts_at_least: number;
}
export interface ErrorCase {
  name: string;
  X: number[][] | string;
  options: Record<string, unknown>;
  init: MixtureStart | null;
  score_on: number[][] | null;
  expect_reason: string;
}

/** The data of a case, where EM starts, and rows to be scored. */
export interface Prepared {
  data: RowMatrix;
  init: MixtureStart;
  query?: RowMatrix;
}

export const toMatrix = (rows: number[][]): RowMatrix => ({
  rows: rows.length,
  cols: rows[0]?.length ?? 0,
  data: Float64Array.from(rows.flat()),
});
const flatten = (nested: Nested | Numbers): number[] =>
  typeof nested === 'number' ? [nested] : Array.from(nested as ArrayLike<Nested>).flatMap(flatten);
const toRows = ({ rows, cols, data }: RowMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);

/** All cases of a folder, whatever its files are called. */
export function goldenCases(folder: string) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  const contents = new Map(
    files.map((file) => [file, goldenJson<Record<string, unknown>>(join(folder, file))]),
  );
  const casesWhere = <T>(matches: (one: Record<string, unknown>) => boolean): T[] =>
    [...contents.values()].flatMap(({ cases }) =>
      ((cases ?? []) as Record<string, unknown>[]).filter(matches).map((one) => one as T),
    );

  function load(name: string): { data: RowMatrix; query?: RowMatrix } {
    if (name.endsWith('.npy')) {
      const { shape, data } = readNpy(readFileSync(join(folder, `data_${name}`)));
      return { data: { rows: shape[0]!, cols: shape[1]!, data: data as Float32Array } };
    }
    const file = contents.get(`data_${name}.json`) as { X: number[][]; query?: number[][] };
    return { data: toMatrix(file.X), ...(file.query ? { query: toMatrix(file.query) } : {}) };
  }

  /** The data of a case, with the parts that are given in words. */
  function prepare(one: FitCase): Prepared {
    const loaded = one.X ? { data: toMatrix(one.X) } : load(one.data);
    const { data } = loaded;
    const rows = toRows(data);
    const words =
      typeof one.query === 'string' ? /rows (\d+)\.\.(\d+) plus ([\d.]+)/.exec(one.query)! : undefined;
    const query = words
      ? toMatrix(
          rows
            .slice(Number(words[1]), Number(words[2]) + 1)
            .map((row) => row.map((x) => x + Number(words[3]))),
        )
      : Array.isArray(one.query)
        ? toMatrix(one.query)
        : loaded.query;
    const { weights, means, precisions } = one.init;
    const identity = (k: number) =>
      one.covariance_type === 'diag'
        ? Array<number>(data.cols).fill(1)
        : Array.from({ length: data.cols }, (_, i) =>
            Array.from({ length: data.cols }, (_, j) => (i === j ? k : 0)),
          );
    const init = {
      weights,
      means: typeof means === 'string' ? means.match(/\d+/g)!.map((row) => rows[Number(row)]!) : means,
      precisions: typeof precisions === 'string' ? weights.map(() => identity(1)) : (precisions as Numbers),
    };
    return { data, init, ...(query ? { query } : {}) };
  }

  return {
    fits: casesWhere<FitCase>((one) => 'init' in one && 'expect' in one && 'covariance_type' in one),
    quality: casesWhere<QualityCase>((one) => 'expect_best_of_10_starts_at_least' in one),
    errors: casesWhere<ErrorCase>((one) => 'expect_reason' in one && 'X' in one),
    load,
    prepare,
  };
}

/** The options of a case. */
export function optionsOf(one: FitCase | QualityCase): MixtureOptions {
  return {
    components: one.n_components,
    covarianceType: one.covariance_type,
    regCovar: one.reg_covar,
    tol: one.tol,
    maxIter: one.max_iter,
  };
}

/** Compares a fit with everything that its case tells. */
export function expectFit(gmm: FittedGaussianMixture, one: FitCase, { data, query }: Prepared): void {
  const K = one.n_components;
  const d = data.cols;
  const { expect: golden, tolerance_rel: relative } = one;
  const values = { relative, unitFloor: true };
  const spread = { relative, ofLargest: true };
  expect([gmm.fit.converged, gmm.fit.iterations]).toEqual([golden.converged, golden.n_iter]);
  expectClose([gmm.fit.lowerBound], [golden.lower_bound], { ...values, label: 'lower bound' });
  expectClose(gmm.fit.lowerBoundTrace, golden.lower_bound_trace, { ...values, label: 'trace' });
  expectClose(gmm.weights, golden.weights, { ...values, label: 'weights' });

  const compared = one.compare_components ?? [...Array(K).keys()];
  const part = (all: Float64Array, width: number, keep = width) =>
    compared.flatMap((k) => [...all.subarray(k * width, k * width + keep)]);
  const goldenPart = (all: Nested[]) => compared.flatMap((k) => flatten(all[k]!));
  expectClose(part(gmm.means, d, golden.means[0]!.length), goldenPart(golden.means), {
    ...values,
    label: 'means',
  });
  if (golden.covariances !== undefined) {
    const actual = golden.covariances_note
      ? part(gmm.covariances, d, flatten((golden.covariances as Nested[])[0]!).length)
      : one.covariance_type === 'tied'
        ? gmm.covariances
        : part(gmm.covariances, gmm.covariances.length / K);
    const wanted =
      one.covariance_type === 'tied'
        ? flatten(golden.covariances)
        : goldenPart(golden.covariances as Nested[]);
    expectClose(actual, wanted, { ...spread, label: 'covariances' });
  }
  if (golden.covariances_summary) {
    const summary = summarize(gmm.covariances, d);
    for (const [key, wanted] of Object.entries(golden.covariances_summary)) {
      expectClose(summary[key]!, flatten(wanted), { ...spread, label: key });
    }
  }

  for (const key of Object.keys(golden).filter((name) => name.startsWith('score_samples'))) {
    const wanted = golden[key as 'score_samples']!;
    expectClose(gmm.scoreSamples(data).subarray(0, wanted.length), wanted, { ...values, label: key });
  }
  expectClose([gmm.score(data)], [golden.score_mean], { ...values, label: 'score mean' });
  expectClose([gmm.bic(data), gmm.aic(data)], [golden.bic, golden.aic], { ...values, label: 'bic, aic' });
  expect(gmm.parameterCount).toBe(golden.n_parameters);
  if (query && golden.query_score_samples && golden.query_proba) {
    expectClose(gmm.scoreSamples(query), golden.query_score_samples, { ...values, label: 'query scores' });
    const posteriors = gmm.predictProba(query);
    expectClose(posteriors, golden.query_proba.flat(), { absolute: 1e-9, label: 'query posteriors' });
    const sums = toRows({ rows: query.rows, cols: K, data: posteriors }).map((row) =>
      row.reduce((a, b) => a + b),
    );
    expectClose(sums, Array<number>(query.rows).fill(1), { absolute: 1e-12, label: 'posterior sums' });
  }
  // A step of EM cannot lower the likelihood; regCovar, added after it, can cost a little.
  const drops = gmm.fit.lowerBoundTrace.slice(1).map((bound, i) => gmm.fit.lowerBoundTrace[i]! - bound);
  const goldenDrops = golden.lower_bound_trace
    .slice(1)
    .map((bound, i) => golden.lower_bound_trace[i]! - bound);
  expect(Math.max(0, ...drops)).toBeLessThanOrEqual(1e-9 + Math.max(0, ...goldenDrops) * (1 + 1e-6));
}

/** The figures that stand for a covariance too large to be stored. */
function summarize(covariances: Float64Array, d: number): Record<string, number[]> {
  const matrices = Array.from({ length: covariances.length / (d * d) }, (_, k) =>
    covariances.subarray(k * d * d, (k + 1) * d * d),
  );
  const of = (figure: (matrix: Float64Array) => number[]) => matrices.flatMap(figure);
  return {
    trace: of((m) => [Array.from({ length: d }, (_, i) => m[i * d + i]!).reduce((a, b) => a + b)]),
    frobenius: of((m) => [Math.sqrt(m.reduce((sum, x) => sum + x * x, 0))]),
    log_det: of((m) => [logDeterminant(m, d)]),
    quadratic_form_with_cos_i: of((m) => [
      m.reduce((sum, x, at) => sum + x * Math.cos(Math.floor(at / d)) * Math.cos(at % d), 0),
    ]),
    diagonal_first5: of((m) => Array.from({ length: 5 }, (_, i) => m[i * d + i]!)),
    first_row_first5: of((m) => [...m.subarray(0, 5)]),
  };
}

/** By Gaussian elimination, to share nothing with the code under test. */
function logDeterminant(matrix: Float64Array, d: number): number {
  const a = matrix.slice();
  let sum = 0;
  for (let k = 0; k < d; k++) {
    sum += Math.log(a[k * d + k]!);
    for (let i = k + 1; i < d; i++) {
      const factor = a[i * d + k]! / a[k * d + k]!;
      for (let j = k; j < d; j++) a[i * d + j]! -= factor * a[k * d + j]!;
    }
  }
  return sum;
}
