import {
  createOnnxSession,
  finishGraph,
  GraphBuilder,
  int,
  sessionFields,
  type Value,
} from '@robusta/tfjs-onnx/onnx';
import { z } from 'zod';

/** Features of a band: of a triangular matrix, bands of rows are multiplied up to the diagonal. */
const BAND = 64;
const MOST_BANDS = 8;

/** Rows `from` to `to` of a `[d, d]` matrix, of which columns up to `to` are not zero or not yet known. */
export interface Band {
  from: number;
  to: number;
}

/** Divides d features into bands of about the same size. */
export function bandsOf(dim: number): Band[] {
  const count = Math.min(MOST_BANDS, Math.max(1, Math.round(dim / BAND)));
  const edge = (i: number) => Math.round((dim * i) / count);
  return Array.from({ length: count }, (_, i) => ({ from: edge(i), to: edge(i + 1) }));
}

/** Products of columns `[d, n]`, any n, with float64 accumulation. */
export interface Products {
  /** |W·y|² of each column y for a lower-triangular W, given as bands `[to - from, to]`: `[n]`. */
  forms(columns: Float64Array, n: number, bands: readonly Float64Array[]): Promise<Float64Array>;
  /** W·y of each column: bands `[to - from, n]`. */
  whiten(columns: Float64Array, n: number, bands: readonly Float64Array[]): Promise<Float64Array[]>;
  /** Y·Yᵀ below the diagonal: bands `[to - from, to]`, overwritten by the next call. */
  scatter(columns: Float64Array, n: number): Promise<readonly Float64Array[]>;
  close(): Promise<void>;
}

/** Opens the sessions that a covariance type needs. */
export async function openProducts(
  dim: number,
  type: 'full' | 'tied',
  threads: number | undefined,
): Promise<Products> {
  const bands = bandsOf(dim);
  const options = z.strictObject(sessionFields).parse({
    // Idle threads that wait in a loop take the core from JavaScript, which works between the products.
    spinning: false,
    ...(threads === undefined ? {} : { threads }),
  });
  const density = await createOnnxSession(densityGraph(bands, type === 'full'), options);
  const outer = await createOnnxSession(scatterGraph(bands), options, true).catch(async (cause) => {
    await density.release();
    throw cause;
  });
  const outputs = bands.map(({ from, to }) => new Float64Array((to - from) * to));
  const upTo = (columns: Float64Array, n: number) => bands.map(({ to }) => columns.subarray(0, to * n));
  const run = (columns: Float64Array, n: number, weights: readonly Float64Array[]) =>
    density.run<Float64Array>([...upTo(columns, n), ...weights], undefined, { n });
  return {
    forms: async (columns, n, weights) => (await run(columns, n, weights))[0]!,
    whiten: run,
    scatter: (columns, n) => {
      const own = bands.map(({ from, to }) => columns.subarray(from * n, to * n));
      return outer.run([...upTo(columns, n), ...own], outputs, { n });
    },
    close: async () => {
      await Promise.all([density.release(), outer.release()]);
    },
  };
}

/** W·y of bands, or the sum of its squares. What stands in the columns below a band meets only zeros of W. */
function densityGraph(bands: readonly Band[], squared: boolean) {
  const builder = new GraphBuilder({ dynamic: true });
  const columns = bands.map(({ to }) => builder.input('float64', [to, 1], [to, 'n']));
  const weights = bands.map(({ from, to }) => builder.input('float64', [to - from, to]));
  const whitened = bands.map(({ from, to }, i) =>
    builder.node('MatMul', [weights[i], columns[i]], 'float64', [to - from, 1]),
  );
  const names = {
    name: 'whitening',
    inputs: [...bands.map((_, i) => `columns${i}`), ...bands.map((_, i) => `weights${i}`)],
    metadata: {},
  };
  if (!squared) {
    return finishGraph<'float64'>(builder, whitened, {
      ...names,
      outputs: bands.map((_, i) => `whitened${i}`),
      outputExtents: bands.map(({ from, to }) => [to - from, 'n']),
    });
  }
  // A product with ones is faster than ReduceSumSquare across rows.
  const sums = whitened.map((value) => {
    const [height] = value.shape as [number];
    const ones = builder.constant('float64', [1, height], new Float64Array(height).fill(1));
    const squares = builder.node('Mul', [value, value], 'float64', value.shape);
    return builder.node('MatMul', [ones, squares], 'float64', [1, 1]);
  });
  const total = sums.reduce((a: Value, b) => builder.node('Add', [a, b], 'float64', [1, 1]));
  return finishGraph<'float64'>(builder, [total], {
    ...names,
    outputs: ['forms'],
    outputExtents: [[1, 'n']],
  });
}

/** Y·Yᵀ, each band of rows up to the diagonal. */
function scatterGraph(bands: readonly Band[]) {
  const builder = new GraphBuilder({ dynamic: true });
  const columns = bands.map(({ to }) => builder.input('float64', [to, 1], [to, 'n']));
  const own = bands.map(({ from, to }) => builder.input('float64', [to - from, 1], [to - from, 'n']));
  const products = bands.map(({ from, to }, i) =>
    builder.node('Gemm', [own[i], columns[i]], 'float64', [to - from, to], { transB: int(1) }),
  );
  return finishGraph<'float64'>(builder, products, {
    name: 'scatter',
    inputs: [...bands.map((_, i) => `columns${i}`), ...bands.map((_, i) => `own${i}`)],
    outputs: bands.map((_, i) => `scatter${i}`),
    metadata: {},
  });
}
