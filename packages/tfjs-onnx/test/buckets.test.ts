import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { BoundedCache } from '../src/compile/bounded-cache.js';
import { copyRegion } from '../src/compile/region.js';
import { compileBuckets, type TensorFunction, type TensorSpec } from '../src/index.js';

const specs: TensorSpec[] = [
  { shape: [2, 'T'], dtype: 'float32' },
  { shape: [], dtype: 'float32' },
];
/** Traced in a loop over time, so its graph grows with the length and cannot be made dynamic. */
const running: TensorFunction = ([x, decay, mask]) => {
  const columns = tf.unstack(x!, 1);
  const states: tf.Tensor[] = [];
  let state: tf.Tensor = tf.zeros([2]);
  for (const column of columns) states.push((state = tf.add(tf.mul(state, decay!), column)));
  const all = tf.stack(states, 1);
  const masked = tf.mul(all, mask!);
  return [all, tf.div(tf.sum(masked, 1), tf.sum(mask!)), mask!];
};

function expected(x: Float32Array, decay: number): [Float32Array, Float32Array] {
  const length = x.length / 2;
  const states = new Float32Array(x.length);
  const means = new Float32Array(2);
  for (let row = 0; row < 2; row++) {
    let state = 0;
    for (let t = 0; t < length; t++) {
      state = Math.fround(Math.fround(state * decay) + x[row * length + t]!);
      states[row * length + t] = state;
      means[row]! += state / length;
    }
  }
  return [states, means];
}

describe.each(['onnx', 'cpu'] as const)('engine %s', (engine) => {
  test('serves every length, cut back to it', async () => {
    using f = await compileBuckets(running, specs, { engine });
    expect(f.inputSpecs).toEqual(specs);
    expect(f.outputShapes).toEqual([[2, 'T'], [2], ['T']]);
    for (const length of [1, 5, 8, 9, 12, 13, 40]) {
      const x = Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(i));
      const [states, means, mask] = await f.run([x, Float32Array.of(0.5)]);
      const [wanted, wantedMeans] = expected(x, 0.5);
      for (const [i, value] of wanted.entries()) expect(states![i]).toBeCloseTo(value, 6);
      for (const [i, value] of wantedMeans.entries()) expect(means![i]).toBeCloseTo(value, 6);
      expect(states).toHaveLength(2 * length);
      expect(mask).toEqual(new Float32Array(length).fill(1));
    }
  });
});

test('lengths share buckets; at most the capacity is kept, and what is in use stays', async () => {
  const compiled: number[] = [];
  const counted: TensorFunction = (inputs) => {
    compiled.push(inputs[0]!.shape[1]!);
    return [tf.mul(inputs[0]!, 2)];
  };
  using f = await compileBuckets(counted, [{ shape: [1, 'T'], dtype: 'float32' }], { capacity: 2 });
  compiled.length = 0;
  const run = async (length: number) => {
    const [y] = await f.run([new Float32Array(length).fill(1)]);
    expect(y).toEqual(new Float32Array(length).fill(2));
  };
  for (const length of [3, 8, 9, 11, 12, 2]) await run(length);
  expect(compiled).toEqual([12]);
  await run(16);
  await run(7); // 8 was used after 12
  expect(compiled).toEqual([12, 16]);
  await run(10);
  expect(compiled).toEqual([12, 16, 12]);
  await Promise.all(Array.from({ length: 40 }, (_, i) => run(1 + ((i * 7) % 40))));
});

test('own buckets', async () => {
  const seen = new Set<number>();
  const fn: TensorFunction = ([x]) => {
    seen.add(x!.shape[0]!);
    return [tf.neg(x!)];
  };
  const spec: TensorSpec[] = [{ shape: ['T', 2], dtype: 'int32' }];
  using f = await compileBuckets(fn, spec, { bucketOf: (length) => Math.max(length, 10) });
  await f.run([new Int32Array(8)]);
  expect(await f.run([Int32Array.of(1, 2)])).toEqual([Int32Array.of(-1, -2)]);
  expect([...seen]).toEqual([10, 20]);
  using bad = await compileBuckets(fn, spec, { bucketOf: () => 4 });
  await expect(bad.run([new Int32Array(10)])).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('bucketOf(5) gives 4'),
  });
});

test('what cannot be served is refused', async () => {
  const f32 = (...shape: (number | string)[]): TensorSpec => ({ shape, dtype: 'float32' });
  const same: TensorFunction = ([x]) => [x!];
  for (const inputSpecs of [[f32(3)], [f32('B', 'T')]]) {
    await expect(compileBuckets(same, inputSpecs)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  }
  for (const options of [{ capacity: 0 }, { bucketOf: 8 }, { dimensions: {} }, { engine: 'gpu' }]) {
    await expect(compileBuckets(same, [f32('T')], options as never)).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  }
  await expect(compileBuckets(([x]) => [tf.slice(x!, [2], [-1])], [f32('T')])).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringContaining(
      'output 0 cannot be cut to its length: its shape is [6] for T = 8, [14] for T = 16',
    ),
  });
});

test('dispose and signals', async () => {
  const f = await compileBuckets(([x]) => [tf.neg(x!)], [{ shape: ['T'], dtype: 'float32' }]);
  const controller = new AbortController();
  const stopped = f.run([new Float32Array(100)], { signal: controller.signal });
  controller.abort();
  // The graph for 128 was still being compiled.
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  const underWay = [f.run([Float32Array.of(1)]), f.run([new Float32Array(70)])];
  f.dispose();
  expect((await underWay[0]!)[0]).toEqual(Float32Array.of(-1));
  expect((await underWay[1]!)[0]).toHaveLength(70);
  await expect(f.run([Float32Array.of(1)])).rejects.toMatchObject({ code: 'BAD_INPUT' });
});

describe('the cache', () => {
  const make = () => {
    const freed: number[] = [];
    const made: number[] = [];
    const cache = new BoundedCache(2, async (key) => {
      made.push(key);
      if (key < 0) throw new Error('no');
      return { dispose: () => freed.push(key) };
    });
    return { cache, made, freed };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  test('frees the one used longest ago, once, after its last user', async () => {
    const { cache, made, freed } = make();
    let finish = () => {};
    const first = cache.use(1, () => new Promise<void>((resolve) => (finish = resolve)));
    await cache.use(2, async () => {});
    await cache.use(3, async () => {});
    await settle();
    expect([made, freed, cache.size]).toEqual([[1, 2, 3], [], 2]);
    finish();
    await first;
    await settle();
    expect(freed).toEqual([1]);
    cache.dispose();
    await settle();
    expect(freed).toEqual([1, 2, 3]);
  });

  test('does not keep what could not be made', async () => {
    const { cache, made } = make();
    await expect(cache.use(-1, async () => {})).rejects.toThrow('no');
    await expect(cache.use(-1, async () => {})).rejects.toThrow('no');
    expect([made, cache.size]).toEqual([[-1, -1], 0]);
  });
});

test('copying a region pads, cuts, and brings everything back', () => {
  const extents = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(extents, (axes) => {
      const small = axes.map(([extent]) => extent);
      const large = axes.map(([extent, more]) => extent + more);
      const size = (shape: number[]) => shape.reduce((product, extent) => product * extent, 1);
      const source = Float32Array.from({ length: size(small) }, (_, i) => i + 1);
      const padded = new Float32Array(size(large));
      copyRegion(source, small, padded, large);
      // Element by element: index in the large array, 0 outside the small one.
      for (const [flat, value] of padded.entries()) {
        let [rest, index, stride, inside] = [flat, 0, 1, true];
        for (let axis = large.length - 1; axis >= 0; axis--) {
          const i = rest % large[axis]!;
          rest = Math.floor(rest / large[axis]!);
          inside &&= i < small[axis]!;
          index += i * stride;
          stride *= small[axis]!;
        }
        expect(value).toBe(inside ? source[index] : 0);
      }
      const back = new Float32Array(source.length);
      copyRegion(padded, large, back, small);
      expect(back).toEqual(source);
    }),
  );
});
