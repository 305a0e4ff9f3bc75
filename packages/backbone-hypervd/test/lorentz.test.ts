import { noise } from '@robusta/detector/testing';
import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { resolution, similarityAdjacency } from '../src/adjacency.js';
import { aggregate, expMapOrigin, toHyperboloid } from '../src/lorentz.js';

const rowsOf = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[i * width + j]!),
  );
/** The Lorentz product in float64. */
const product = (a: number[], b: number[]) =>
  a.reduce((sum, x, i) => sum + (i === 0 ? -1 : 1) * x * b[i]!, 0);
const finite = (tensor: tf.Tensor) => tensor.dataSync().every(Number.isFinite);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('exponential map at the origin', () => {
  test('the distance from the origin is the norm, up to 10; the direction stays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.double({ min: -3, max: 4 }), (seed, exponent) => {
        const e = noise(seed, 5, 10 ** exponent);
        const [point] = rowsOf(expMapOrigin(tf.tensor3d(e, [1, 1, 5])).dataSync(), 6);
        const norm = Math.hypot(...e);
        const radius = Math.min(norm, 10);
        expectClose([point![0]!], [Math.cosh(radius)], { relative: 1e-5, label: 'time' });
        const space = Array.from(e, (value) => (value * Math.sinh(radius)) / norm);
        expectClose(point!.slice(1), space, { relative: 1e-5, label: 'space' });
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test('the gradient is that of the definition, and finite at 0 and far away', () => {
    const e = [0.3, -0.7, 0.2];
    const weights = [0.5, -1, 2, 0.7];
    const value = (v: number[]) => {
      const norm = Math.hypot(...v);
      const point = [Math.cosh(norm), ...v.map((x) => (x * Math.sinh(norm)) / norm)];
      return point.reduce((sum, x, i) => sum + x * weights[i]!, 0);
    };
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(expMapOrigin(x), weights)));
    const numeric = e.map((_, i) => {
      const moved = (step: number) => value(e.map((x, j) => (i === j ? x + step : x)));
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    expectClose(gradient(tf.tensor3d([[e]])).dataSync(), numeric, { relative: 1e-5 });
    // At 0 the map is e -> [1 ‖ e].
    expectClose(gradient(tf.zeros([1, 1, 3])).dataSync(), weights.slice(1), { relative: 1e-5 });
    for (const scale of [1e-30, 1e-5, 10, 1e3, 1e15]) {
      expect(finite(gradient(tf.mul(tf.tensor3d([[e]]), scale)))).toBe(true);
    }
  });
});

test('toHyperboloid: points at times from 1.1 on, finite gradients for a direction of 0', () => {
  const h = noise(3, 4 * 5, 3);
  const scale = tf.scalar(1.7);
  for (const [i, point] of rowsOf(toHyperboloid(tf.tensor3d(h, [1, 4, 5]), scale).dataSync(), 5).entries()) {
    const time = Math.exp(1.7) / (1 + Math.exp(-h[i * 5]!)) + 1.1;
    expectClose([point[0]!], [time], { relative: 1e-6 });
    expectClose([product(point, point)], [-1], { absolute: 1e-6 * time ** 2 });
  }
  const gradients = tf.grads((x: tf.Tensor, s: tf.Tensor) =>
    tf.sum(tf.square(toHyperboloid(x, s as tf.Scalar))),
  )([tf.zeros([1, 2, 5]), scale]);
  expect(gradients.every(finite)).toBe(true);
});

test('aggregate: centroids on the hyperboloid, 0 with a finite gradient where nothing is summed', () => {
  const points = expMapOrigin(tf.tensor3d(noise(4, 3 * 4), [1, 3, 4]));
  const alone = aggregate(tf.expandDims(tf.eye(3), 0), points);
  expectClose(alone.dataSync(), points.dataSync(), { relative: 1e-5 });
  for (const centroid of rowsOf(aggregate(tf.ones([1, 3, 3]), points).dataSync(), 5)) {
    expectClose([product(centroid, centroid)], [-1], { absolute: 1e-5 });
  }
  expect(Math.max(...aggregate(tf.zeros([1, 3, 3]), points).dataSync())).toBe(0);
  const slope = tf.grad((graph: tf.Tensor) => tf.sum(aggregate(graph, points)));
  expect(finite(slope(tf.zeros([1, 3, 3])))).toBe(true);
});

describe('similarity graph', () => {
  const length = 7;
  const lengths = [7, 4, 0];
  const mask = () =>
    tf.tensor2d(lengths.map((valid) => Array.from({ length }, (_, t) => (t < valid ? 1 : 0))));

  test('row soft-max of thresholded exp(-distance) over the valid block', () => {
    // Near the origin, where float32 decides no edge.
    const points = expMapOrigin(tf.tensor3d(noise(1, 3 * length * 2, 0.1), [3, length, 2]));
    const rows = rowsOf(points.dataSync(), 3);
    const expected: number[] = [];
    let edges = 0;
    for (const [b, valid] of lengths.entries()) {
      const similarity = (i: number, j: number) => {
        if (i === j) return 1;
        const [p, q] = [rows[b * length + i]!, rows[b * length + j]!];
        const distance = Math.acosh(Math.max(1, -product(p, q) - resolution * p[0]! * q[0]!));
        expect(Math.abs(Math.exp(-distance) - 0.8)).toBeGreaterThan(1e-4);
        return Math.exp(-distance) > 0.8 ? Math.exp(-distance) : 0;
      };
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let j = 0; j < valid; j++) sum += Math.exp(similarity(i, j));
        for (let j = 0; j < length; j++) {
          if (similarity(i, j) > 0) edges++;
          expected.push(i < valid && j < valid ? Math.exp(similarity(i, j)) / sum : 0);
        }
      }
    }
    expect(edges).toBeGreaterThan(3 * length);
    expect(edges).toBeLessThan(3 * length * length);
    expectClose(similarityAdjacency(points, mask(), true).dataSync(), expected, { absolute: 1e-5 });
    // Rounding of z near 1, 1e-7, is 5e-4 after arcosh.
    expectClose(similarityAdjacency(points, mask(), false).dataSync(), expected, { absolute: 3e-4 });
  });

  test('its gradient is that of the definition', () => {
    const flat = [0.05, 0.1, 0.15, 0.02, -0.3, 0.4];
    const weights = noise(2, 9);
    const value = (values: number[]) => {
      const points = rowsOf(values, 2).map(([x, y]) => [Math.sqrt(1 + x! * x! + y! * y!), x!, y!]);
      let total = 0;
      for (let i = 0; i < 3; i++) {
        const row = points.map((p, j) => {
          const e = i === j ? 1 : Math.exp(-Math.acosh(-product(points[i]!, p)));
          return Math.exp(e > 0.8 ? e : 0);
        });
        const sum = row.reduce((a, b) => a + b);
        for (let j = 0; j < 3; j++) total += (weights[3 * i + j]! * row[j]!) / sum;
      }
      return total;
    };
    const numeric = flat.map((_, i) => {
      const moved = (step: number) => value(flat.map((x, j) => (i === j ? x + step : x)));
      return (moved(1e-6) - moved(-1e-6)) / 2e-6;
    });
    const gradient = tf.grad((space: tf.Tensor) => {
      const time = tf.sqrt(tf.add(tf.sum(tf.square(space), -1, true), 1));
      const graph = similarityAdjacency(tf.concat([time, space], -1), tf.ones([1, 3]), true);
      return tf.sum(tf.mul(graph, tf.tensor3d(weights, [1, 3, 3])));
    })(tf.tensor3d(flat, [1, 3, 2]));
    expectClose(gradient.dataSync(), numeric, { absolute: 1e-4 });
    expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(0.05);
  });

  test.each([0, 1e-20, 1e-4, 1, 5, 20, 1e4, 1e12])(
    'finite gradients at norm %p, also of equal snippets',
    (scale) => {
      const e = noise(5, length * 4);
      e.copyWithin(4, 0, 4);
      const slope = tf.grad((x: tf.Tensor) =>
        tf.sum(tf.square(similarityAdjacency(expMapOrigin(x), tf.ones([1, length]), false))),
      );
      expect(finite(slope(tf.mul(tf.tensor3d(e, [1, length, 4]), scale)))).toBe(true);
    },
  );

  test('exactDiagonal keeps every snippet similar to itself, where rounding loses it, and to its equals', () => {
    const e = noise(6, 20 * 4, 20);
    e.copyWithin(4, 0, 4);
    const points = expMapOrigin(tf.tensor3d(e, [1, 20, 4]));
    const rows = (exact: boolean) =>
      rowsOf(similarityAdjacency(points, tf.ones([1, 20]), exact).dataSync(), 20);
    // All others are far apart: those at distance 0 weigh e, each other 1.
    const expected = Array.from({ length: 20 }, (_, i) =>
      Array.from({ length: 20 }, (_unused, j) => {
        const same = i === j || (i < 2 && j < 2);
        return (same ? Math.E : 1) / (i < 2 ? 2 * Math.E + 18 : Math.E + 19);
      }),
    );
    expectClose(rows(true).flat(), expected.flat(), { relative: 1e-4 });
    const kept = rows(false).filter((row, i) => row[i]! > 0.1);
    expect(kept.length).toBeLessThan(20);
  });
});
