import { addCounts } from './accumulate.js';
import type { Engine, EngineTask } from './engine.js';
import { type DensityModel, logConstants, whitenedMeans, writeDensities } from './log-density.js';
import { bandsOf, openProducts, type Products } from './onnx-products.js';
import type { RowMatrix } from './row-matrix.js';
import type { SufficientStatistics } from './statistics.js';

/** Values of a block (16 MB) and of the columns of one product (4 MB): what the memory of an engine is made of. */
const BLOCK_VALUES = 2 ** 21;
const PRODUCT_VALUES = 2 ** 19;
/** Rows written side by side: a cache line. */
const TILE = 8;

/** Opens ONNX Runtime for full or tied covariances. */
export async function openOnnxEngine(
  { covarianceType, components, dim }: EngineTask,
  threads: number | undefined,
): Promise<Engine> {
  const products = await openProducts(dim, covarianceType === 'full' ? 'full' : 'tied', threads);
  return new OnnxEngine(components, dim, products);
}

/** Rows as columns, so that a part of the features is a part of the memory. */
class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly blockRows: number;
  /** Rows of one product. */
  private readonly width: number;
  /** `[d, stride]`, the block. */
  private block = new Float64Array(0);
  private stride = 0;
  private count = 0;
  /** `[d, width]`, what is multiplied. */
  private columns = new Float64Array(0);
  private model: DensityModel | undefined;
  /** Bands of each whitening matrix. */
  private bands: Float64Array[][] = [];

  constructor(
    private readonly components: number,
    private readonly dim: number,
    private readonly products: Products,
  ) {
    this.blockRows = clamp(TILE * Math.floor(BLOCK_VALUES / dim / TILE), 512, 8192);
    this.width = clamp(TILE * Math.floor(PRODUCT_VALUES / dim / TILE), 256, 2048);
  }

  prepare(model: DensityModel): void {
    const { dim: d } = this;
    const { covarianceType: type, factors } = model.whitening;
    this.model = model;
    this.bands = Array.from({ length: type === 'full' ? this.components : 1 }, (_, k) =>
      bandsOf(d).map(({ from, to }, b) => {
        const out = this.bands[k]?.[b] ?? new Float64Array((to - from) * to);
        for (let i = from; i < to; i++) {
          const row = (k * d + i) * d;
          out.set(factors.subarray(row, row + to), (i - from) * to);
        }
        return out;
      }),
    );
  }

  load(rows: RowMatrix, first: number, count: number, centre: Float64Array): void {
    const { dim: d } = this;
    // Off a power of two, where columns would compete for the same lines of the cache.
    this.stride = TILE * Math.ceil(count / TILE) + TILE;
    if (this.block.length < d * this.stride) this.block = new Float64Array(d * this.stride);
    this.columns = this.columns.length === 0 ? new Float64Array(d * this.width) : this.columns;
    this.count = count;
    transpose(rows, first, count, centre, this.block, this.stride);
  }

  async density(out: Float64Array): Promise<void> {
    const { components: K, width, count, dim: d } = this;
    const model = this.model!;
    const constants = logConstants(model);
    const tied = model.whitening.covarianceType === 'tied' ? whitenedMeans(model) : undefined;
    for (let first = 0; first < count; first += width) {
      const n = Math.min(width, count - first);
      if (tied) this.shift(tied.origin, 0, first, n);
      const whitened = tied && (await this.products.whiten(this.columns, n, this.bands[0]!));
      for (let k = 0; k < K; k++) {
        if (!tied) this.shift(model.means, k * d, first, n);
        const forms = whitened
          ? squaredDistances(whitened, n, tied!.centres, k * d)
          : await this.products.forms(this.columns, n, this.bands[k]!);
        writeDensities(forms, n, constants[k]!, out, first * K + k, K);
      }
    }
  }

  async accumulate(posteriors: Float64Array, statistics: SufficientStatistics): Promise<void> {
    const { covarianceType: type, components: K, dim: d, hasOneOrigin, hasScatter, origins } = statistics;
    const { count } = this;
    const least = addCounts(posteriors, count, statistics);
    const isShared = type === 'tied' && hasOneOrigin;
    const chosen = { rows: new Int32Array(count), roots: new Float64Array(count), count: 0 };
    for (let k = 0; k < K; k++) {
      choose(posteriors, count, K, k, least[k]!, chosen);
      const scatter = isShared ? undefined : statistics.scatter.subarray(type === 'full' ? k * d * d : 0);
      await this.add(chosen, origins, statistics.sums, k * d, scatter);
    }
    // The posteriors of a row sum to 1.
    if (!isShared || hasScatter) return;
    choose(new Float64Array(count).fill(1), count, 1, 0, 0, chosen);
    await this.add(chosen, origins, new Float64Array(d), 0, statistics.scatter);
  }

  close(): Promise<void> {
    return this.products.close();
  }

  /** Columns of the block minus a point: `[d, n]`. */
  private shift(points: Float64Array, at: number, first: number, n: number): void {
    const { block, columns, dim: d, stride } = this;
    for (let j = 0; j < d; j++) {
      const from = points[at + j]!;
      const source = j * stride + first;
      const target = j * n;
      for (let i = 0; i < n; i++) columns[target + i] = block[source + i]! - from;
    }
  }

  /** Adds rows to the sums of a component and, where there is one, to its scatter. */
  private async add(
    chosen: Chosen,
    origins: Float64Array,
    sums: Float64Array,
    at: number,
    scatter: Float64Array | undefined,
  ): Promise<void> {
    const { block, columns, dim: d, stride, width } = this;
    const isAll = chosen.count === this.count;
    for (let first = 0; first < chosen.count; first += width) {
      const n = Math.min(width, chosen.count - first);
      const rows = chosen.rows.subarray(first, first + n);
      const roots = chosen.roots.subarray(first, first + n);
      for (let j = 0; j < d; j++) {
        const from = origins[at + j]!;
        const source = j * stride;
        const out = columns.subarray(j * n, (j + 1) * n);
        const column = isAll ? block.subarray(source + first, source + first + n) : undefined;
        sums[at + j]! += column
          ? weighColumn(column, roots, from, out)
          : weighPart(block, source, rows, roots, from, out);
      }
      if (scatter) addBands(await this.products.scatter(columns, n), d, scatter);
    }
  }
}

/** Rows of a block, and the square roots of their posteriors. */
interface Chosen {
  rows: Int32Array;
  roots: Float64Array;
  count: number;
}

function choose(
  posteriors: Float64Array,
  count: number,
  K: number,
  k: number,
  least: number,
  chosen: Chosen,
): void {
  let n = 0;
  for (let i = 0; i < count; i++) {
    const r = posteriors[i * K + k]!;
    if (!(r > least)) continue;
    chosen.rows[n] = i;
    chosen.roots[n++] = Math.sqrt(r);
  }
  chosen.count = n;
}

/** √r·(x - o) of a column; returns Σ r·(x - o). */
function weighColumn(x: Float64Array, roots: Float64Array, from: number, out: Float64Array): number {
  let even = 0;
  let odd = 0;
  const n = x.length;
  for (let i = 0; i + 1 < n; i += 2) {
    const y0 = (x[i]! - from) * roots[i]!;
    const y1 = (x[i + 1]! - from) * roots[i + 1]!;
    even += y0 * roots[i]!;
    odd += y1 * roots[i + 1]!;
    out[i] = y0;
    out[i + 1] = y1;
  }
  if (n % 2 === 1) {
    const y = (x[n - 1]! - from) * roots[n - 1]!;
    even += y * roots[n - 1]!;
    out[n - 1] = y;
  }
  return even + odd;
}

/** The same of some of the values from `source` on. */
function weighPart(
  block: Float64Array,
  source: number,
  rows: Int32Array,
  roots: Float64Array,
  from: number,
  out: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const root = roots[i]!;
    const y = (block[source + rows[i]!]! - from) * root;
    sum += y * root;
    out[i] = y;
  }
  return sum;
}

/** Adds bands `[to - from, to]` to a lower triangle. */
function addBands(bands: readonly Float64Array[], d: number, triangle: Float64Array): void {
  for (const [b, { from, to }] of bandsOf(d).entries()) {
    const band = bands[b]!;
    for (let i = from; i < to; i++) {
      const row = (i - from) * to;
      for (let j = 0; j <= i; j++) triangle[i * d + j]! += band[row + j]!;
    }
  }
}

/** |y - c|² of whitened columns, given in bands. */
function squaredDistances(
  bands: readonly Float64Array[],
  n: number,
  centres: Float64Array,
  at: number,
): Float64Array {
  const out = new Float64Array(n);
  let j = at;
  for (const band of bands) {
    for (let start = 0; start < band.length; start += n, j++) {
      const centre = centres[j]!;
      for (let i = 0; i < n; i++) {
        const y = band[start + i]! - centre;
        out[i]! += y * y;
      }
    }
  }
  return out;
}

/** Rows `[count, d]` minus the centre as columns `[d, stride]`, a tile of rows at a time. */
function transpose(
  { cols: d, data }: RowMatrix,
  first: number,
  count: number,
  centre: Float64Array,
  out: Float64Array,
  stride: number,
): void {
  for (let tile = 0; tile < count; tile += TILE) {
    // Beyond the last row the last one is read again; nobody reads what it is written to.
    const last = first + count - 1;
    const row = (i: number) => Math.min(first + tile + i, last) * d;
    let [a0, a1, a2, a3] = [row(0), row(1), row(2), row(3)];
    let [a4, a5, a6, a7] = [row(4), row(5), row(6), row(7)];
    for (let j = 0, to = tile; j < d; j++, to += stride) {
      const from = centre[j]!;
      out[to] = data[a0++]! - from;
      out[to + 1] = data[a1++]! - from;
      out[to + 2] = data[a2++]! - from;
      out[to + 3] = data[a3++]! - from;
      out[to + 4] = data[a4++]! - from;
      out[to + 5] = data[a5++]! - from;
      out[to + 6] = data[a6++]! - from;
      out[to + 7] = data[a7++]! - from;
    }
  }
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
