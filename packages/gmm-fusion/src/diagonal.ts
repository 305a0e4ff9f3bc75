import { wasmModule } from '@robusta/core';
import { KERNELS_BASE64, type Kernels } from './kernel-module.js';

/** The loops over rows and features that diagonal and spherical covariances take. */
export interface DiagonalWork {
  /** `[rows, d]`, where the rows to work on are put. */
  readonly block: Float64Array;
  /** Takes the means and the factors 1/σ of a model, both `[K, d]`. */
  prepare(means: Float64Array, factors: Float64Array): void;
  /** Σ_j ((x_j - μ_j)·w_j)² of the first `count` rows under component k. */
  forms(count: number, k: number, out: Float64Array): void;
  /** Adds r·y to the sums and r·y² to the squares of component k, y = x - origin, for `count` chosen rows. */
  addMoments(chosen: ChosenRows, k: number, moments: Moments): void;
}

/** Rows of a block with their posteriors. */
export interface ChosenRows {
  readonly rows: Int32Array;
  readonly posteriors: Float64Array;
  count: number;
}

/** All `[K, d]`. */
export interface Moments {
  origins: Float64Array;
  sums: Float64Array;
  squares: Float64Array;
}

/** In vectors of WebAssembly, or in plain code where that is missing; the bytes are the same. */
export function createDiagonalWork(
  components: number,
  d: number,
  rows: number,
  vectors: boolean,
): DiagonalWork {
  return (vectors ? vectorWork(components, d, rows) : undefined) ?? plainWork(d, rows);
}

function plainWork(d: number, rows: number): DiagonalWork {
  const block = new Float64Array(rows * d);
  let means: Float64Array = block;
  let factors: Float64Array = block;
  return {
    block,
    prepare: (modelMeans, modelFactors) => {
      means = modelMeans;
      factors = modelFactors;
    },
    forms: (count, k, out) => {
      for (let i = 0; i < count; i++) out[i] = form(block, i * d, d, means, factors, k * d);
    },
    addMoments: ({ rows: chosen, posteriors, count }, k, { origins, sums, squares }) => {
      const start = k * d;
      for (let i = 0; i < count; i++) {
        const r = posteriors[i]!;
        const x = chosen[i]! * d;
        for (let j = 0; j < d; j++) {
          const y = block[x + j]! - origins[start + j]!;
          const z = r * y;
          sums[start + j]! += z;
          squares[start + j]! += z * y;
        }
      }
    },
  };
}

/** Four sums, so that additions need not wait for one another. */
function form(
  block: Float64Array,
  x: number,
  d: number,
  means: Float64Array,
  factors: Float64Array,
  at: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = d & ~3;
  for (let j = 0; j < end; j += 4) {
    const z0 = (block[x + j]! - means[at + j]!) * factors[at + j]!;
    const z1 = (block[x + j + 1]! - means[at + j + 1]!) * factors[at + j + 1]!;
    const z2 = (block[x + j + 2]! - means[at + j + 2]!) * factors[at + j + 2]!;
    const z3 = (block[x + j + 3]! - means[at + j + 3]!) * factors[at + j + 3]!;
    s0 += z0 * z0;
    s1 += z1 * z1;
    s2 += z2 * z2;
    s3 += z3 * z3;
  }
  for (let j = end; j < d; j++) {
    const z = (block[x + j]! - means[at + j]!) * factors[at + j]!;
    s0 += z * z;
  }
  return s0 + s1 + (s2 + s3);
}

const instantiate = wasmModule<Kernels>(KERNELS_BASE64);
const NUMBER = 8;
const VECTOR = 16;

function vectorWork(K: number, d: number, rows: number): DiagonalWork | undefined {
  const sizes = {
    block: rows * d,
    means: K * d,
    factors: K * d,
    origins: d,
    sums: d,
    squares: d,
    out: rows,
    weights: rows,
    // int32, so that half would do.
    chosen: rows,
  };
  const at = {} as Record<keyof typeof sizes, number>;
  let total = 0;
  for (const [name, numbers] of Object.entries(sizes)) {
    at[name as keyof typeof sizes] = total;
    total += VECTOR * Math.ceil((numbers * NUMBER) / VECTOR);
  }
  const instance = instantiate(total);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  const part = (name: keyof typeof sizes) => new Float64Array(memory, at[name], sizes[name]);
  const [block, means, factors, out] = [part('block'), part('means'), part('factors'), part('out')];
  const own = { origins: part('origins'), sums: part('sums'), squares: part('squares') };
  const weights = part('weights');
  const chosen = new Int32Array(memory, at.chosen, rows);
  return {
    block,
    prepare: (modelMeans, modelFactors) => {
      means.set(modelMeans);
      factors.set(modelFactors);
    },
    forms: (count, k, target) => {
      const row = k * d * NUMBER;
      kernels.squaredForms(at.block, count, d, at.means + row, at.factors + row, at.out);
      target.set(out.subarray(0, count));
    },
    addMoments: ({ rows: list, posteriors, count }, k, moments) => {
      chosen.set(list.subarray(0, count));
      weights.set(posteriors.subarray(0, count));
      const row = (values: Float64Array) => values.subarray(k * d, (k + 1) * d);
      own.origins.set(row(moments.origins));
      own.sums.set(row(moments.sums));
      own.squares.set(row(moments.squares));
      kernels.addMoments(at.block, at.chosen, at.weights, count, d, at.origins, at.sums, at.squares);
      row(moments.sums).set(own.sums);
      row(moments.squares).set(own.squares);
    },
  };
}
