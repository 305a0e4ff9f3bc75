import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { compile, dropout, randomUniform, type TensorFunction } from '../src/index.js';

// Looked up once: under jest a global costs a microsecond each time.
const { abs, floor, min, max, sqrt } = Math;

const engines = ['onnx', 'wasm', 'cpu'] as const;
const seedSpec = { shape: [], dtype: 'int32' } as const;

/** `size` uniform numbers as the cpu backend draws them. */
const draw = (shape: number[], seed: number, stream = 0) =>
  tf.tidy(() => randomUniform(shape, tf.scalar(seed, 'int32'), stream).dataSync() as Float32Array);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the bits are the same traced and eager, for any seed, stream and shape', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc
        .array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 })
        .filter((shape) => shape.reduce((a, b) => a * b, 1) < 5000),
      async (seed, stream, shape) => {
        const [onnx, wasm, cpu] = await Promise.all(
          engines.map(async (engine) => {
            using f = await compile(([s]) => [randomUniform(shape, s!, stream)], [seedSpec], { engine });
            return (await f.run([Int32Array.of(seed)]))[0]!;
          }),
        );
        expect(onnx).toEqual(cpu);
        expect(wasm).toEqual(cpu);
      },
    ),
    {
      numRuns: 12,
      seed: 11,
      examples: [
        [-(2 ** 31), 0, [256]],
        [2 ** 31 - 1, -1, [257]],
        [0, 0, []],
      ],
    },
  );
});

test('only the flat index counts, and a longer draw begins with the shorter one', () => {
  const long = draw([30, 40], 5);
  expect(draw([1200], 5)).toEqual(long);
  expect(draw([700], 5)).toEqual(long.slice(0, 700));
});

test('seeds and streams give unrelated numbers', () => {
  const base = draw([20_000], 1, 1);
  for (const other of [
    draw([20_000], 2, 1),
    draw([20_000], 1, 2),
    draw([20_000], 1, 3),
    draw([20_000], -1, 1),
  ]) {
    let product = 0;
    let equal = 0;
    for (const [i, u] of base.entries()) {
      product += 12 * (u - 0.5) * (other[i]! - 0.5);
      if (u === other[i]) equal++;
    }
    // Correlation of independent uniforms: standard error 1/√n; five of them.
    expect(abs(product / base.length)).toBeLessThan(5 / sqrt(base.length));
    expect(equal).toBeLessThan(5);
  }
});

/** Chi-square of counts against equal expectation, as a number of standard deviations of its distribution. */
function excess(counts: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  const expected = total / counts.length;
  const chi = Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (chi - freedom) / sqrt(2 * freedom);
}

describe.each([1, 2, 12345, -7])('statistics of seed %d', (seed) => {
  const size = 1 << 20;
  const u = draw([size], seed);

  test('strictly inside (0, 1), with the moments of the uniform', () => {
    let [sum, squares, low, high] = [0, 0, 1, 0];
    for (const value of u) {
      sum += value;
      squares += value * value;
      low = min(low, value);
      high = max(high, value);
    }
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(1);
    expect(abs(sum / size - 1 / 2)).toBeLessThan(5 * sqrt(1 / 12 / size));
    expect(abs(squares / size - 1 / 3)).toBeLessThan(5 * sqrt(4 / 45 / size));
  });

  test('flat histogram, also of the 16 bits from the 5th on', () => {
    const coarse = new Int32Array(256);
    const fine = new Int32Array(4096);
    for (const value of u) {
      coarse[floor(value * 256)]!++;
      fine[floor(value * 2 ** 16) % 4096]!++;
    }
    expect(abs(excess(coarse))).toBeLessThan(5);
    expect(abs(excess(fine))).toBeLessThan(5);
  });

  // Neighbours in a row, in a column, on the diagonal, and further apart: pairs must fill the square evenly.
  test.each([1, 2, 7, 128, 255, 256, 257, 512, 65_536])('pairs at distance %d are independent', (lag) => {
    const counts = new Int32Array(16 * 16);
    for (let i = 0; i + lag < size; i++) counts[floor(u[i]! * 16) * 16 + floor(u[i + lag]! * 16)]!++;
    expect(abs(excess(counts))).toBeLessThan(5);
  });

  test('the four corners of rectangles are independent', () => {
    const counts = new Int32Array(4 ** 4);
    for (let row = 0; row + 5 < size / 256; row++) {
      for (let column = 0; column + 3 < 256; column++) {
        const at = row * 256 + column;
        const top = 4 * floor(4 * u[at]!) + floor(4 * u[at + 3]!);
        const bottom = 4 * floor(4 * u[at + 5 * 256]!) + floor(4 * u[at + 5 * 256 + 3]!);
        counts[16 * top + bottom]!++;
      }
    }
    expect(abs(excess(counts))).toBeLessThan(6);
  });

  test('means of rows and of columns scatter as those of independent numbers', () => {
    const rows = new Float64Array(size / 256);
    const columns = new Float64Array(256);
    for (let i = 0; i < size; i++) {
      rows[i >> 8]! += u[i]! - 0.5;
      columns[i & 255]! += u[i]! - 0.5;
    }
    const scatter = (sums: Float64Array) =>
      sums.reduce((total, sum) => total + sum * sum, 0) / size / (1 / 12);
    expect(abs(scatter(rows) - 1)).toBeLessThan(5 * sqrt(2 / rows.length));
    expect(abs(scatter(columns) - 1)).toBeLessThan(5 * sqrt(2 / columns.length));
  });
});

describe('dropout', () => {
  const fn =
    (rate: number): TensorFunction =>
    ([x, seed]) => {
      const { value, grads } = tf.valueAndGrads((t: tf.Tensor) => tf.sum(dropout(t, rate, seed!, 3)))([x!]);
      return [dropout(x!, rate, seed!, 3), value, grads[0]!];
    };

  test('zeroes the given share and scales the rest; the gradient is the same factor; equal on every engine', async () => {
    const size = 20_000;
    const specs = [{ shape: [size], dtype: 'float32' } as const, seedSpec];
    const inputs = [new Float32Array(size).fill(2), Int32Array.of(99)];
    const results = await Promise.all(
      engines.map(async (engine) => {
        using f = await compile(fn(0.6), specs, { engine });
        return f.run(inputs);
      }),
    );
    const [y, , gradient] = results[0]!;
    for (const other of results.slice(1)) expect([other[0], other[2]]).toEqual([y, gradient]);
    const kept = y!.filter((value) => value !== 0);
    expect(new Set(kept)).toEqual(new Set([5]));
    expect(gradient).toEqual(y!.map((value) => value / 2));
    expect(abs(kept.length / size - 0.4)).toBeLessThan(5 * sqrt((0.6 * 0.4) / size));
  });

  test('rate 0 changes nothing; rates outside [0, 1), float seeds and odd streams are refused', () => {
    const x = tf.ones([8]);
    const seed = tf.scalar(1, 'int32');
    expect(dropout(x, 0, seed, 1)).toBe(x);
    expect([...dropout(x, 1e-12, seed, 1).dataSync()]).toEqual(Array(8).fill(1));
    for (const rate of [1, -0.1, Number.NaN]) {
      expect(() => dropout(x, rate, seed, 1)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
    expect(() => dropout(x, 0.5, tf.scalar(1), 1)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    expect(() => dropout(x, 0.5, seed, 0.5)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
