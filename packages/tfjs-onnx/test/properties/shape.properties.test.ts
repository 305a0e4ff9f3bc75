import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { trace } from '../../src/index.js';
import { bits, bool, floats, integers, seeds, shapes } from './arbitraries.js';
import { expectAllAgree, type Operation, type Operations } from './operations.js';

type Unary = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

/** Runs operations that only move elements on floats (with gradients), integers and bools. */
async function expectMoves(
  operations: Record<string, Unary>,
  shape: number[],
  draws: number[],
): Promise<void> {
  const of = (wrap: (x: tf.Tensor) => tf.Tensor, by: number[]): Operations =>
    Object.fromEntries(
      Object.entries(operations).map(([name, move]): [string, Operation] => [
        name,
        // Gradients of what occurs several times are sums.
        { of: (x) => move(wrap(x!)), by, absoluteOfGradient: 1e-5 },
      ]),
    );
  const same = (x: tf.Tensor) => x;
  await expectAllAgree(of(same, [0]), [floats(shape)], draws);
  await expectAllAgree(of(same, []), [integers(shape)], draws.slice(1));
  await expectAllAgree(of(bool, []), [bits(shape)], draws.slice(1));
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const numbers = (min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: 5, maxLength: 5 });
const flags = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 });
const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5, maxLength: 5 });

test('reshape, transpose, reverse, tile, expandDims, squeeze', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(),
      order,
      flags,
      numbers(0, 3),
      fc.nat(5),
      seeds,
      async (shape, mixed, chosen, times, at, draws) => {
        const rank = shape.length;
        const perm = mixed.filter((axis) => axis < rank);
        const axes = shape.map((_, i) => i).filter((i) => chosen[i]);
        const place = (at % (rank + 1)) - (chosen[4] ? rank + 1 : 0);
        const operations: Record<string, Unary> = {
          clone: (x) => tf.clone(x),
          'reshape to one axis': (x) => tf.reshape(x, [sizeOf(shape)]),
          'reshape around': (x) => tf.reshape(x, [1, ...perm.map((axis) => shape[axis]!), 1].slice(0, 6)),
          transpose: (x) => tf.transpose(x, perm),
          'transpose, reversed': (x) => tf.transpose(x),
          reverse: (x) => tf.reverse(x, chosen[4] ? axes.map((axis) => axis - rank) : axes),
          'reverse all': (x) => tf.reverse(x),
          squeeze: (x) => tf.squeeze(x),
          zerosLike: (x) => tf.zerosLike(x),
          onesLike: (x) => tf.onesLike(x),
        };
        if (sizeOf(shape) > 0) operations['reshape with one open'] = (x) => tf.reshape(x, [1, -1]);
        if (rank < 5) operations.expandDims = (x) => tf.expandDims(x, place);
        // tfjs has gradients of tile for 1 to 4 axes and at least one repetition.
        if (rank > 0 && rank < 5)
          operations.tile = (x) =>
            tf.tile(
              x,
              times.slice(0, rank).map((n) => n || 1),
            );
        await expectMoves(operations, shape, draws);
        if (rank > 0)
          await expectAllAgree({ tile: (x) => tf.tile(x!, times.slice(0, rank)) }, [floats(shape)]);
      },
    ),
    { numRuns: 18, seed: 1 },
  );
});

interface Strides {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  shrinkMask: number;
}

/** NumPy's x[begin:end:stride, …] by definition: tfjs mixes up the axes behind one that is taken away. */
function sliceByDefinition(x: tf.Tensor, s: Strides): tf.Tensor {
  let result = x;
  for (const [axis, n] of x.shape.entries()) {
    const stride = s.strides[axis]!;
    const [low, high] = stride > 0 ? [0, n] : [-1, n - 1];
    const place = (i: number) => Math.min(high, Math.max(low, i < 0 ? i + n : i));
    const masked = (mask: number) => (mask & (1 << axis)) !== 0;
    let first = masked(s.beginMask) ? (stride > 0 ? low : high) : place(s.begin[axis]!);
    let stop = masked(s.endMask) ? (stride > 0 ? high : low) : place(s.end[axis]!);
    if (masked(s.shrinkMask)) {
      first = s.begin[axis]!;
      stop = first + 1;
    }
    const chosen: number[] = [];
    for (let i = first; stride > 0 ? i < stop : i > stop; i += stride) chosen.push(i);
    result = tf.gather(result, tf.tensor1d(chosen, 'int32'), axis);
  }
  return tf.reshape(
    result,
    result.shape.filter((_, axis) => (s.shrinkMask & (1 << axis)) === 0),
  );
}

test('slice, stridedSlice, split, unstack', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1, 5),
      numbers(0, 4),
      numbers(-5, 5),
      fc.array(fc.constantFrom(1, 2, 3, -1, -2), { minLength: 5, maxLength: 5 }),
      fc.tuple(fc.nat(31), fc.nat(31), fc.nat(31)),
      fc.nat(4),
      seeds,
      async (shape, from, to, strides, [beginMask, endMask, shrinkMask], at, draws) => {
        const rank = shape.length;
        const begin = shape.map((extent, i) => Math.min(from[i]!, extent));
        const size = shape.map((extent, i) => (to[i]! < 0 ? -1 : Math.min(to[i]!, extent - begin[i]!)));
        const axis = at % rank;
        const extent = shape[axis]!;
        const cut = Math.min(from[4]!, extent);
        // Taking one index of an axis needs a step forward and an index that is there.
        const shrink = shape.reduce(
          (mask, n, i) => (strides[i]! > 0 && from[i]! < n ? mask | (shrinkMask & (1 << i)) : mask),
          0,
        );
        await expectMoves(
          {
            slice: (x) => tf.slice(x, begin, size),
            'slice in front': (x) => tf.slice(x, begin[0]!, size[0]!),
            split: (x) => tf.split(x, [cut, 0, extent - cut], axis),
            'split, one open': (x) => tf.split(x, [cut, -1], axis - rank),
            // Split or unstacked into one part, tfjs's gradients fail.
            ...(extent > 1
              ? {
                  'split evenly': (x: tf.Tensor) => tf.split(x, extent, axis),
                  unstack: (x: tf.Tensor) => tf.unstack(x, axis - (strides[0]! > 1 ? rank : 0)),
                }
              : {}),
          },
          shape,
          draws,
        );
        const s: Strides = {
          begin: from.slice(0, rank),
          end: to.slice(0, rank),
          strides: strides.slice(0, rank),
          beginMask,
          endMask,
          shrinkMask: shrink,
        };
        const strided = (x: tf.Tensor) =>
          tf.stridedSlice(x, s.begin, s.end, s.strides, beginMask, endMask, 0, 0, shrink);
        const instead = (x: tf.Tensor) => sliceByDefinition(x, s);
        await expectAllAgree({ strided: { of: strided, instead } }, [floats(shape)], draws);
        const ofBools = {
          of: (x: tf.Tensor) => strided(bool(x)),
          instead: (x: tf.Tensor) => instead(bool(x)),
        };
        await expectAllAgree({ ofBools }, [bits(shape)], draws);
        const whole = {
          split: (x: tf.Tensor) => tf.split(x, 1, axis),
          unstack: (x: tf.Tensor) => tf.unstack(x, axis),
        };
        if (extent === 1) await expectAllAgree(whole, [floats(shape)], draws);
      },
    ),
    { numRuns: 18, seed: 2 },
  );
});

// Where nothing is left of a first axis, tfjs fails.
test('stridedSlice with an ellipsis and new axes', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(3, 4),
      numbers(0, 1),
      numbers(1, 3),
      fc.nat(2),
      seeds,
      async (shape, a, b, at, draws) => {
        const mask = 1 << at;
        await expectAllAgree(
          {
            ellipsis: (x) => tf.stridedSlice(x!, a.slice(0, 3), b.slice(0, 3), [1, 1, 1], 0, 0, mask),
            newAxis: (x) => tf.stridedSlice(x!, a.slice(0, 3), b.slice(0, 3), [1, 2, 1], 7, 0, 0, mask),
          },
          [floats(shape)],
          draws,
        );
      },
    ),
    { numRuns: 15, seed: 3 },
  );
});

test('concat and stack, parts of nothing included', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1, 4),
      fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 3, maxLength: 3 }),
      fc.nat(4),
      fc.boolean(),
      seeds,
      async (shape, extents, at, fromEnd, draws) => {
        const rank = shape.length;
        const axis = at % rank;
        const parts = extents.map((extent) => shape.map((n, i) => (i === axis ? extent : n)));
        const given = fromEnd ? axis - rank : axis;
        await expectAllAgree(
          { concat: { of: (...x) => tf.concat(x, given), by: [0, 1, 2] } },
          parts.map((part) => floats(part)),
          draws,
        );
        await expectAllAgree(
          { concat: (...x) => tf.concat(x, given) },
          parts.map((part) => integers(part)),
          draws,
        );
        await expectAllAgree({ concat: (...x) => tf.concat(x.map(bool), given) }, parts.map(bits), draws);
        const place = at % (rank + 1);
        await expectAllAgree(
          {
            stack: { of: (x, y) => tf.stack([x!, y!, x!], place), by: [0, 1] },
            'stack from the end': { of: (x, y) => tf.stack([x!, y!], place - rank - 1) },
          },
          [floats(shape), floats(shape)],
          draws,
        );
      },
    ),
    { numRuns: 25, seed: 4 },
  );
});

test('pad and mirrorPad', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(1, 4),
      numbers(0, 3),
      numbers(0, 3),
      fc.constantFrom(0, 1, -2, Number.NaN, Infinity),
      seeds,
      async (shape, before, after, filler, draws) => {
        const pads = shape.map((_, i): [number, number] => [before[i]!, after[i]!]);
        const mirrored = (edge: number) =>
          shape.map((n, i): [number, number] => {
            const most = Math.max(0, n - edge);
            return [Math.min(before[i]!, most), Math.min(after[i]!, most)];
          });
        await expectMoves({ pad: (x) => tf.pad(x, pads) }, shape, draws);
        await expectAllAgree({ pad: (x) => tf.pad(x!, pads, filler) }, [floats(shape)], draws);
        await expectAllAgree({ pad: (x) => tf.pad(x!, pads, 7.9) }, [integers(shape)], draws);
        await expectAllAgree({ pad: (x) => tf.pad(bool(x!), pads, 1) }, [bits(shape)], draws);
        if (sizeOf(shape) > 0) {
          const mirrors: Operations = {
            reflect: { of: (x) => tf.mirrorPad(x!, mirrored(1), 'reflect'), by: [0] },
            symmetric: { of: (x) => tf.mirrorPad(x!, mirrored(0), 'symmetric') },
          };
          await expectAllAgree(mirrors, [floats(shape)], draws);
          await expectAllAgree(
            { reflect: (x) => tf.mirrorPad(x!, mirrored(1), 'reflect') },
            [integers(shape)],
            draws,
          );
        }
      },
    ),
    { numRuns: 20, seed: 5 },
  );
});

test('space, batch and depth', async () => {
  const block = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }));
  await fc.assert(
    fc.asyncProperty(block, numbers(0, 2), numbers(1, 3), seeds, async (by, offset, n, draws) => {
      const crops = by.map((b, i): [number, number] => [offset[i]! % b, (offset[i]! + 1) % b]);
      const small = [n[0]! * by[0] * by[1], n[1]! + 1, n[2]! + 1, n[3]!];
      // The padded extents are multiples of the block.
      const whole = [n[0]!, ...by.map((b, i) => b * (n[1 + i]! + 1) - crops[i]![0] - crops[i]![1]), n[3]!];
      await expectAllAgree(
        {
          batchToSpace: {
            of: (x) => tf.batchToSpaceND(x!, by, crops),
            by: [0],
          },
        },
        [floats(small)],
        draws,
      );
      if (whole.every((extent) => extent > 0)) {
        await expectAllAgree(
          { spaceToBatch: { of: (x) => tf.spaceToBatchND(x!, by, crops), by: [0] } },
          [floats(whole)],
          draws,
        );
      }
      const b = by[1] + 1;
      const deep = [n[0]!, n[1]!, n[2]!, b * b * n[3]!];
      await expectAllAgree(
        {
          NHWC: (x) => tf.depthToSpace(x as tf.Tensor4D, b, 'NHWC'),
          // tfjs's cpu backend has it for NHWC only.
          NCHW: {
            of: (x) => tf.depthToSpace(tf.transpose(x!, [0, 3, 1, 2]) as tf.Tensor4D, b, 'NCHW'),
            instead: (x) => tf.transpose(tf.depthToSpace(x as tf.Tensor4D, b, 'NHWC'), [0, 3, 1, 2]),
          },
        },
        [floats(deep)],
        draws,
      );
    }),
    { numRuns: 15, seed: 6 },
  );
});

test('broadcastTo', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(0, 4), flags, fc.nat(4), seeds, async (shape, flat, drop, draws) => {
      fc.pre(sizeOf(shape) > 0);
      const from = shape.map((n, i) => (flat[i] ? 1 : n)).slice(Math.min(drop, shape.length));
      await expectMoves({ broadcastTo: (x) => tf.broadcastTo(x, shape) }, from, draws);
    }),
    { numRuns: 12, seed: 7 },
  );
});

test('fill, range and linspace', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes(),
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom(1, 2, -1, -3, 0.25, 0.1, -0.3),
      fc.nat(9),
      async (shape, start, stop, step, steps) => {
        const whole = Math.trunc(step) || 1;
        // For a step between 0 and 1, tfjs goes up and away from a lower end.
        fc.pre(start <= stop || step < 0 || step >= 1);
        await expectAllAgree(
          {
            fill: (x) => tf.add(x!, tf.fill(shape, start)),
            'fill integers': () => tf.fill(shape, start, 'int32'),
            ones: () => tf.ones(shape, 'bool'),
            // tfjs adds the step up in float32, one rounding for each element.
            range: { of: () => tf.range(start, stop, step), absolute: 1e-3 },
            'range of integers': () => tf.range(start, stop, whole, 'int32'),
            linspace: { of: () => tf.linspace(start, stop, steps + 1), absolute: 1e-4 },
          },
          [floats(shape)],
        );
      },
    ),
    { numRuns: 40, seed: 8 },
  );
});

test('what moves elements only computes nothing', () => {
  const graph = trace(([x]) => [tf.reverse(tf.transpose(x!))], [{ shape: [2, 3], dtype: 'float32' }]);
  expect(Object.keys(graph.operators).sort()).toEqual(['Slice', 'Transpose']);
});
