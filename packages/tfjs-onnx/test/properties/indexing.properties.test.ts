import type { Rng } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { compile } from '../../src/index.js';
import { bits, bool, floats, integers, seeds, shapes, specialFloat } from './arbitraries.js';
import { expectAllAgree } from './operations.js';

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
/** Random indices below n. */
const indices = (shape: number[], n: number) => integers(shape, (rng) => rng.int(n));
const extents = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 5 });

test('gather along any axis, of floats, integers and bools, also nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1, 4),
      shapes(0, 2),
      fc.nat(3),
      fc.boolean(),
      seeds,
      async (shape, chosen, at, fromEnd, draws) => {
        const axis = at % shape.length;
        fc.pre(shape[axis]! > 0 || sizeOf(chosen) === 0);
        const given = fromEnd ? axis - shape.length : axis;
        const where = indices(chosen, shape[axis]! || 1);
        const gather = (x: tf.Tensor, i: tf.Tensor) => tf.gather(x, i as tf.Tensor1D, given);
        // tfjs's gradient wants the axis counted from the front; rows taken several times add up.
        const by = fromEnd || sizeOf(shape) === 0 ? [] : [0];
        await expectAllAgree(
          { gather: { of: (x, i) => gather(x!, i!), by, absoluteOfGradient: 1e-5 } },
          [floats(shape), where],
          draws,
        );
        await expectAllAgree({ gather: (x, i) => gather(x!, i!) }, [integers(shape), where], draws);
        await expectAllAgree({ gather: (x, i) => gather(bool(x!), i!) }, [bits(shape), where], draws);
      },
    ),
    { numRuns: 25, seed: 1 },
  );
});

test('gather with batch axes', async () => {
  await fc.assert(
    fc.asyncProperty(
      extents,
      fc.integer({ min: 1, max: 2 }),
      fc.nat(2),
      fc.nat(1),
      shapes(0, 2),
      seeds,
      async (extent, batch, between, behind, chosen, draws) => {
        const rank = batch + between + 1 + behind;
        fc.pre(rank <= 5);
        const shape = extent.slice(0, rank);
        const axis = batch + between;
        await expectAllAgree(
          { gather: (x, i) => tf.gather(x!, i as tf.Tensor1D, axis, batch) },
          [floats(shape), indices([...shape.slice(0, batch), ...chosen], shape[axis]!)],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 2 },
  );
});

test('gatherND, scatterND with repeated places, tensorScatterUpdate', async () => {
  await fc.assert(
    fc.asyncProperty(
      extents,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
      shapes(1, 2),
      seeds,
      async (extent, rank, cut, chosen, draws) => {
        const shape = extent.slice(0, rank);
        const depth = (cut % rank) + 1;
        const smallest = Math.min(...shape.slice(0, depth));
        const places = indices([...chosen, depth], smallest);
        const updates = [...chosen, ...shape.slice(depth)];
        await expectAllAgree(
          {
            gatherND: (x, i) => tf.gatherND(x!, i!),
            'gatherND of bools': (x, i) => tf.gatherND(bool(x!), i!),
          },
          [floats(shape), places],
          draws,
        );
        // Up to sixteen terms meet in one place.
        await expectAllAgree(
          {
            scatterND: {
              of: (i, u) => tf.scatterND(i!, u!, shape),
              terms: (i, u) => tf.scatterND(i!, tf.abs(u!), shape),
            },
          },
          [places, floats(updates)],
          draws,
        );
        await expectAllAgree(
          { scatterND: (i, u) => tf.scatterND(i!, u!, shape) },
          [places, integers(updates)],
          draws,
        );
        // Each place once: of several updates to one place, either may win.
        const n = Math.min(shape[0]!, 3);
        const once = { shape: [n, 1], dtype: 'int32' as const, values: [...Array(n).keys()].reverse() };
        const rows = [n, ...shape.slice(1)];
        await expectAllAgree(
          { tensorScatterUpdate: (x, i, u) => tf.tensorScatterUpdate(x!, i!, u!) },
          [floats(shape), once, floats(rows)],
          draws,
        );
        await expectAllAgree(
          { tensorScatterUpdate: (x, i, u) => tf.tensorScatterUpdate(x!, i!, u!) },
          [integers(shape), once, integers(rows)],
          draws,
        );
      },
    ),
    { numRuns: 20, seed: 3 },
  );
});

test('unsortedSegmentSum drops ids out of range', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(1, 4), fc.integer({ min: 1, max: 4 }), seeds, async (shape, segments, draws) => {
      const ids = integers(shape.slice(0, 1), (rng) => rng.int(segments + 4) - 2);
      const inside = indices(shape.slice(0, 1), segments);
      const sum = (x: tf.Tensor, i: tf.Tensor) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, segments);
      await expectAllAgree(
        { sum: { of: (x, i) => sum(x!, i!), terms: (x, i) => sum(tf.abs(x!), i!) } },
        [floats(shape, (rng) => 6 * rng.uniform() - 3), ids],
        draws,
      );
      await expectAllAgree(
        { sum: (x, i) => sum(x!, i!) },
        [integers(shape, (rng) => rng.int(9)), ids],
        draws,
      );
      // tfjs's gradient reads beyond the end for ids out of range.
      if (sizeOf(shape) > 0) {
        await expectAllAgree(
          { sum: { of: (x, i) => sum(x!, i!), by: [0], absolute: 1e-5 } },
          [floats(shape, (rng) => 6 * rng.uniform() - 3), inside],
          draws,
        );
      }
    }),
    { numRuns: 20, seed: 4 },
  );
});

test('oneHot, indices out of range included', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(0, 4), fc.integer({ min: 2, max: 5 }), seeds, async (shape, depth, draws) => {
      await expectAllAgree(
        {
          plain: (i) => tf.oneHot(i!, depth),
          floats: (i) => tf.oneHot(i!, depth, 2.5, -1, 'float32'),
          integers: (i) => tf.oneHot(i!, depth, 7, 3, 'int32'),
          bools: (i) => tf.oneHot(i!, depth, 1, 0, 'bool'),
          'bools, the other way': (i) => tf.oneHot(i!, depth, 0, 1, 'bool'),
        },
        [integers(shape, (rng) => rng.int(depth + 4) - 2)],
        draws,
      );
    }),
    { numRuns: 20, seed: 5 },
  );
});

/** By definition: tfjs subtracts values to compare them, which for infinities gives NaN. */
function largest(x: tf.Tensor, k: number): tf.Tensor[] {
  const length = x.shape.at(-1)!;
  const data = x.dataSync();
  const values: number[] = [];
  const places: number[] = [];
  for (let first = 0; first < data.length; first += length) {
    const row = data.slice(first, first + length);
    const order = [...row.keys()].sort((a, b) => (row[a]! < row[b]! ? 1 : row[a]! > row[b]! ? -1 : a - b));
    for (const at of order.slice(0, k)) {
      values.push(row[at]!);
      places.push(at);
    }
  }
  const shape = [...x.shape.slice(0, -1), k];
  const array = x.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return [tf.tensor(array, shape, x.dtype), tf.tensor(Int32Array.from(places), shape, 'int32')];
}

// With NaN among the values the order is not defined.
test('topk, ties and infinities included', async () => {
  const notNaN = (rng: Rng) => {
    const value = specialFloat(rng);
    return Number.isNaN(value) ? 1 : value;
  };
  await fc.assert(
    fc.asyncProperty(shapes(1, 4), fc.nat(4), seeds, async (shape, some, draws) => {
      const k = Math.min(some, shape.at(-1)!);
      fc.pre(sizeOf(shape) > 0);
      const topk = {
        topk: {
          of: (x: tf.Tensor) => Object.values(tf.topk(x, k)) as tf.Tensor[],
          instead: (x: tf.Tensor) => largest(x, k),
        },
      };
      await expectAllAgree(topk, [floats(shape, notNaN)], draws);
      await expectAllAgree(topk, [integers(shape)], draws);
      await expectAllAgree(topk, [integers(shape, (rng) => rng.int(3))], draws);
      const wide = [...shape.slice(0, -1), 40];
      await expectAllAgree(topk, [floats(wide, (rng) => rng.int(9))], draws);
    }),
    { numRuns: 25, seed: 6 },
  );
});

test('an index out of range is an error of the run that names what failed', async () => {
  const specs = [
    { shape: [3, 2], dtype: 'float32' },
    { shape: [2], dtype: 'int32' },
  ] as const;
  using gather = await compile(([x, i]) => [tf.gather(x!, i as tf.Tensor1D)], specs);
  const x = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(await gather.run([x, Int32Array.of(2, 0)])).toEqual([Float32Array.of(5, 6, 1, 2)]);
  // Unlike in tfjs, -1 is the last one.
  expect(await gather.run([x, Int32Array.of(-1, 0)])).toEqual([Float32Array.of(5, 6, 1, 2)]);
  await expect(gather.run([x, Int32Array.of(3, 0)])).rejects.toMatchObject({ code: 'BAD_INPUT' });
});
