import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  adamUpdate,
  compile,
  conv1d,
  greaterMask,
  logSigmoid,
  safeNorm,
  stopGradient,
  type TensorFunction,
  topKMean,
  withoutGradient,
} from '../src/index.js';
import { expectAgreement, type Input, specsOf, valuesOf, withGradients } from './agree.js';

const engines = ['onnx', 'wasm', 'cpu'] as const;

/** Outputs and gradients on every engine. */
async function onEngines(
  fn: TensorFunction,
  inputs: Input[],
  gradients: number[] = [],
  values = valuesOf(inputs),
) {
  return Promise.all(
    engines.map(async (engine) => {
      using f = await compile(withGradients(fn, gradients), specsOf(inputs), { engine });
      return { engine, results: await f.run(values) };
    }),
  );
}

test('stopGradient, greaterMask and withoutGradient are constants to gradients', async () => {
  const fn: TensorFunction = ([x]) => {
    const gradients = tf.grad((t: tf.Tensor) => {
      const factor = tf.add(stopGradient(tf.square(t)), greaterMask(t, 1));
      const rank = withoutGradient(() => tf.cast(tf.topk(t, 3).indices, 'float32'));
      return tf.sum(tf.mul(tf.mul(factor, rank), t));
    })(x!);
    return [gradients];
  };
  for (const { results } of await onEngines(fn, [{ shape: [3], values: [2, -1, 0.5] }])) {
    // (x² + [x > 1])·rank, the ranks of sorted values being 0, 2, 1.
    expect([...results[0]!]).toEqual([0, 2, 0.25]);
  }
});

test('logSigmoid has a gradient for intermediate tensors', async () => {
  const inputs: Input[] = [{ shape: [5], values: [-60, -10, 0, 3, 60] }];
  for (const { results } of await onEngines(([x]) => [logSigmoid(tf.mul(x!, 1))], inputs, [0])) {
    const expected = [-60, -10, 0, 3, 60].map((v) => -Math.log1p(Math.exp(-v)));
    expectClose(results[0]!, expected, { relative: 1e-5, absolute: 1e-7 });
    const slopes = [-60, -10, 0, 3, 60].map((v, i) => Math.cos(1 + 0.7 * i) / (1 + Math.exp(v)));
    expectClose(results[1]!, slopes, { relative: 1e-5, absolute: 1e-7 });
  }
});

test('safeNorm is the norm, with gradient x/|x|, zero at zero rows', async () => {
  const values = [3, 4, 0, 0, 0, 0, -1, 2, 2];
  for (const { results } of await onEngines(([x]) => [safeNorm(x!)], [{ shape: [3, 3], values }], [0])) {
    expect([...results[0]!]).toEqual([5, 0, 3]);
    const [a, c] = [Math.cos(1), Math.cos(2.4)];
    const expected = [0.6 * a, 0.8 * a, 0, 0, 0, 0, (-c * 1) / 3, (c * 2) / 3, (c * 2) / 3];
    expectClose(results[1]!, expected, { relative: 1e-5, absolute: 1e-7 });
  }
});

/** The definition, in float64: the k largest of the valid entries, lowest index first. */
function naiveTopKMean(x: number[], valid: boolean[], k: number) {
  const order = x.map((_, t) => t).filter((t) => valid[t]);
  order.sort((a, b) => x[b]! - x[a]! || a - b);
  const chosen = order.slice(0, Math.max(0, Math.min(k, order.length)));
  const mean = chosen.length === 0 ? 0 : chosen.reduce((sum, t) => sum + x[t]!, 0) / chosen.length;
  return { mean, gradient: x.map((_, t) => (chosen.includes(t) ? 1 / chosen.length : 0)) };
}

test('topKMean follows its definition, ties and gradients included', async () => {
  const [B, T] = [5, 12];
  const fn =
    (mask: boolean): TensorFunction =>
    ([x, valid, k]) => {
      const lengthsOrMask = mask ? valid! : tf.sum(tf.cast(valid!, 'int32'), 1);
      const { value, grads } = tf.valueAndGrads((t: tf.Tensor) => tf.sum(topKMean(t, lengthsOrMask, k!)))([
        x!,
      ]);
      return [topKMean(x!, lengthsOrMask, k!), value, grads[0]!];
    };
  const shapes: Input[] = [
    { shape: [B, T] },
    { shape: [B, T], dtype: 'int32' },
    { shape: [B], dtype: 'int32' },
  ];
  const compiled = await Promise.all(
    engines.flatMap((engine) =>
      [true, false].map(async (mask) => ({ mask, f: await compile(fn(mask), specsOf(shapes), { engine }) })),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      // Few distinct values, so that ties are common.
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: B * T, maxLength: B * T }),
      fc.array(fc.integer({ min: 0, max: T }), { minLength: B, maxLength: B }),
      fc.array(fc.integer({ min: 0, max: T + 2 }), { minLength: B, maxLength: B }),
      async (x, lengths, k) => {
        const valid = x.map((_, i) => i % T < lengths[Math.floor(i / T)]!);
        const rows = lengths.map((_, b) =>
          naiveTopKMean(x.slice(b * T, b * T + T), valid.slice(b * T, b * T + T), k[b]!),
        );
        const inputs = [Float32Array.from(x), Int32Array.from(valid, Number), Int32Array.from(k)];
        for (const { f } of compiled) {
          const [mean, , gradient] = await f.run(inputs);
          expectClose(
            mean!,
            rows.map((row) => row.mean),
            { absolute: 1e-6 },
          );
          expectClose(
            gradient!,
            rows.flatMap((row) => row.gradient),
            { relative: 1e-6 },
          );
        }
      },
    ),
    { numRuns: 25, seed: 7 },
  );
  for (const { f } of compiled) f.dispose();
});

test('topKMean ignores what invalid entries hold, and needs no more ranks than largestK', async () => {
  const inputs: Input[] = [
    { shape: [2, 4], values: [1, 5, Number.NaN, Infinity, -2, -1, -Infinity, 7] },
    { shape: [2], dtype: 'int32', values: [2, 2] },
    { shape: [2], dtype: 'int32', values: [1, 2] },
  ];
  const fn: TensorFunction = ([x, lengths, k]) => [topKMean(x!, lengths!, k!, { largestK: 2 })];
  for (const { results } of await onEngines(fn, inputs, [0])) {
    expect([...results[0]!]).toEqual([5, -1.5]);
    expect([...results[1]!].every(Number.isFinite)).toBe(true);
  }
});

test('topKMean checks shapes', () => {
  const x = tf.zeros([2, 4]);
  const one = tf.zeros([2], 'int32');
  expect(() => topKMean(x, one, tf.zeros([3], 'int32'))).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT' }),
  );
  expect(() => topKMean(x, one, one, { largestK: 5 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

describe('conv1d', () => {
  const cases: [string, number[], number[], { padLeft?: number; padRight?: number }][] = [
    ['same, fewer outputs than channels', [2, 7, 6], [5, 6, 3], { padLeft: 2, padRight: 2 }],
    ['same, more outputs', [2, 7, 2], [3, 2, 5], { padLeft: 1, padRight: 1 }],
    ['causal', [2, 6, 4], [5, 4, 1], { padLeft: 4 }],
    ['valid', [1, 6, 3], [4, 3, 4], {}],
    ['one tap', [2, 5, 3], [1, 3, 4], {}],
    ['a filter longer than the sequence', [2, 1, 3], [5, 3, 2], { padLeft: 2, padRight: 2 }],
    ['a filter longer than the sequence, more outputs', [2, 2, 1], [5, 1, 2], { padLeft: 4 }],
  ];
  test.each(cases)('%s: as tf.conv1d, gradients included', async (_name, x, w, padding) => {
    const reference: TensorFunction = ([t, f]) => [
      tf.conv1d(
        tf.pad(t!, [
          [0, 0],
          [padding.padLeft ?? 0, padding.padRight ?? 0],
          [0, 0],
        ]) as tf.Tensor3D,
        f as tf.Tensor3D,
        1,
        'valid',
      ),
    ];
    const inputs = [{ shape: x }, { shape: w }];
    using cpu = await compile(withGradients(reference, [0, 1]), specsOf(inputs), { engine: 'cpu' });
    const expected = await cpu.run(valuesOf(inputs));
    for (const { engine, results } of await onEngines(
      ([t, f]) => [conv1d(t!, f!, padding)],
      inputs,
      [0, 1],
    )) {
      for (const [i, output] of expected.entries()) {
        expectClose(results[i]!, output, { relative: 1e-5, absolute: 1e-5, label: `${engine} output ${i}` });
      }
    }
  });

  const dilated: [string, number[], number[], { padLeft?: number; padRight?: number; dilation: number }][] = [
    ['fewer outputs than channels', [2, 9, 6], [3, 6, 2], { padLeft: 2, padRight: 2, dilation: 2 }],
    ['more outputs', [2, 9, 2], [3, 2, 5], { padLeft: 4, padRight: 4, dilation: 4 }],
    ['wider than the sequence', [1, 3, 4], [3, 4, 4], { padLeft: 4, padRight: 4, dilation: 4 }],
    ['causal', [2, 6, 3], [2, 3, 1], { padLeft: 3, dilation: 3 }],
    ['valid', [1, 7, 2], [4, 2, 3], { dilation: 2 }],
  ];
  test.each(dilated)('dilated, %s: as a filter with zeros between its taps', async (_name, x, w, options) => {
    const { dilation, ...padding } = options;
    const [taps, channels, outputs] = w as [number, number, number];
    const spread: TensorFunction = ([t, f]) => {
      const zeros = tf.zeros([taps, dilation - 1, channels, outputs]);
      const wide = tf.reshape(tf.concat([tf.expandDims(f!, 1), zeros], 1), [-1, channels, outputs]);
      const filter = tf.slice(wide, [0, 0, 0], [(taps - 1) * dilation + 1, channels, outputs]);
      return [conv1d(t!, filter, padding)];
    };
    const inputs = [{ shape: x }, { shape: w }];
    using cpu = await compile(withGradients(spread, [0, 1]), specsOf(inputs), { engine: 'cpu' });
    const expected = await cpu.run(valuesOf(inputs));
    for (const { engine, results } of await onEngines(
      ([t, f]) => [conv1d(t!, f!, options)],
      inputs,
      [0, 1],
    )) {
      for (const [i, output] of expected.entries()) {
        expectClose(results[i]!, output, { relative: 1e-5, absolute: 1e-5, label: `${engine} output ${i}` });
      }
    }
  });

  test('toom-cook takes three taps, at a rounding of some 1e-6', async () => {
    const options = { padLeft: 2, padRight: 2, dilation: 2 } as const;
    const inputs = [{ shape: [1, 10, 256] }, { shape: [3, 256, 256] }];
    using both = await compile(
      ([x, w]) => [conv1d(x!, w!, options), conv1d(x!, w!, { ...options, method: 'toom-cook' })],
      specsOf(inputs),
    );
    const [direct, tiles] = (await both.run(valuesOf(inputs))) as [Float32Array, Float32Array];
    const largest = direct.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(tiles, direct, { absolute: 3e-6 * largest, label: 'tiles' });
    // Computed in another way, it rounds otherwise.
    expect(tiles).not.toEqual(direct);
    expect(() => conv1d(tf.ones([1, 9, 2]), tf.ones([5, 2, 2]), { method: 'toom-cook' })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  test('a dilation serves any length in one graph', async () => {
    const options = { padLeft: 4, padRight: 4, dilation: 4 };
    using any = await compile(
      ([x, w]) => [conv1d(x!, w!, options)],
      [
        { shape: [2, 'T', 3], dtype: 'float32' },
        { shape: [3, 3, 2], dtype: 'float32' },
      ],
    );
    const w = Float32Array.from({ length: 18 }, (_, i) => Math.sin(i));
    for (const length of [1, 3, 9, 40]) {
      const x = Float32Array.from({ length: 6 * length }, (_, i) => Math.cos(i));
      const [actual] = await any.run([x, w]);
      const expected = conv1d(tf.tensor3d(x, [2, length, 3]), tf.tensor3d(w, [3, 3, 2]), options);
      expectClose(actual!, expected.dataSync(), { absolute: 1e-5, label: `T = ${length}` });
    }
  });

  test.each([0, 1.5])('refuses a dilation of %d', (dilation) => {
    expect(() => conv1d(tf.zeros([1, 5, 2]), tf.zeros([3, 2, 1]), { dilation })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  test('checks shapes', () => {
    for (const [x, w] of [
      [
        [1, 3, 2],
        [5, 2, 1],
      ],
      [
        [1, 3, 2],
        [1, 3, 1],
      ],
      [
        [3, 2],
        [1, 2, 1],
      ],
    ] as const) {
      expect(() => conv1d(tf.zeros([...x]), tf.zeros([...w]))).toThrow(
        expect.objectContaining({ code: 'BAD_INPUT' }),
      );
    }
  });
});

test('adamUpdate follows the published algorithm from the first step on', async () => {
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 };
  const fn: TensorFunction = ([weight, gradient, m, v, learningRate, step]) => {
    const next = adamUpdate({
      weight: weight!,
      gradient: gradient!,
      m: m!,
      v: v!,
      learningRate: learningRate!,
      step: step!,
      ...options,
    });
    return [next.weight, next.m, next.v];
  };
  const inputs: Input[] = [
    { shape: [4] },
    { shape: [4] },
    { shape: [4] },
    { shape: [4] },
    { shape: [], values: [1e-3] },
    { shape: [], dtype: 'int32', values: [1] },
  ];
  for (const engine of engines) {
    using f = await compile(fn, specsOf(inputs), { engine });
    const exact = { weight: [0.5, -1, 2, 0], m: [0, 0, 0, 0], v: [0, 0, 0, 0] };
    let state: Float32Array[] = [Float32Array.from(exact.weight), new Float32Array(4), new Float32Array(4)];
    for (let step = 1; step <= 12; step++) {
      const gradient = [0.3 * step, -1e-4, 1e3, 1e-6 * step];
      for (let i = 0; i < 4; i++) {
        const g = gradient[i]! + options.weightDecay * exact.weight[i]!;
        exact.m[i] = 0.9 * exact.m[i]! + 0.1 * g;
        exact.v[i] = 0.999 * exact.v[i]! + 0.001 * g * g;
        const spread = Math.sqrt(exact.v[i]! / (1 - 0.999 ** step)) + 1e-8;
        exact.weight[i]! -= (1e-3 * exact.m[i]!) / (1 - 0.9 ** step) / spread;
      }
      const [weight, m, v] = state;
      state = (await f.run([
        weight!,
        Float32Array.from(gradient),
        m!,
        v!,
        Float32Array.of(1e-3),
        Int32Array.of(step),
      ])) as Float32Array[];
    }
    expectClose(state[0]!, exact.weight, { relative: 1e-5, absolute: 1e-7, label: `${engine} weight` });
    expectClose(state[1]!, exact.m, { relative: 1e-5, label: `${engine} m` });
    expectClose(state[2]!, exact.v, { relative: 1e-5, label: `${engine} v` });
  }
});

test('broadcasting agrees for random shapes of rank 0 to 5', async () => {
  const operand = (shape: number[], drop: number, flat: boolean[]) =>
    shape.slice(Math.min(drop, shape.length)).map((extent, i) => (flat[i] ? 1 : extent));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 }),
      fc.nat(5),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      async (shape, drop, flatA, flatB) => {
        const inputs = [{ shape: operand(shape, 0, flatA) }, { shape: operand(shape, drop, flatB) }];
        await expectAgreement(([a, b]) => [tf.mul(a!, b!), tf.sub(tf.exp(b!), a!)], inputs, {
          gradients: [0, 1],
        });
        // tfjs has no gradient of the broadcast inside where for rank 5.
        await expectAgreement(([a, b]) => [tf.where(tf.greater(a!, b!), a!, b!)], inputs);
      },
    ),
    { numRuns: 15, seed: 3 },
  );
});

test('reductions agree for random axes of rank 1 to 5, counted from either end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      async (shape, chosen, fromEnd, keepDims) => {
        const axes = shape.map((_, i) => i).filter((i) => chosen[i]);
        const given = fromEnd ? axes.map((axis) => axis - shape.length) : axes;
        await expectAgreement(
          ([x]) => [tf.sum(x!, given, keepDims), tf.mean(x!, given, keepDims), tf.max(x!, given, keepDims)],
          [{ shape }],
          {
            gradients: [0],
          },
        );
      },
    ),
    { numRuns: 15, seed: 5 },
  );
});
