import { toTensors, type Weights } from '@robusta/detector';
import { noise, paddedBatch, runPass } from '@robusta/detector/testing';
import { expectClose } from '@robusta/test-kit';
import { compile, prefixMask } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { HypervdOptionsSchema, hypervd, toOfficial } from '../src/index.js';

const dim = 6;
const audioDim = 2;
const model = hypervd.build({ inputDim: dim, audioDim });
const weights = model.init(5);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('padding', () => {
  /** Distance of the nearest cosh(distance) of two points from the threshold, where a rounding error decides. */
  function margin(points: ArrayLike<number>, length: number): number {
    const width = points.length / length;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < length; j++) {
        let z = points[i * width]! * points[j * width]!;
        for (let c = 1; c < width; c++) z -= points[i * width + c]! * points[j * width + c]!;
        least = Math.min(least, Math.abs(z - 1.025));
      }
    }
    return least;
  }

  test.each(['wasm', 'onnx'] as const)(
    'exact, %s: neither padding nor the other bags change a score',
    async (engine) => {
      /** Logits, and the points. */
      const outputs = ([x, mask]: tf.Tensor[]) => {
        const { logits, points } = model.forward(toTensors(weights), x!, mask!, { training: false });
        return [logits, points!];
      };
      const specs = [['B', 'T', dim] as const, ['B', 'T'] as const].map((shape) => {
        return { shape, dtype: 'float32' as const };
      });
      using compiled = await compile(outputs, specs, { engine });
      const run = ({ x, mask, rows, length }: ReturnType<typeof paddedBatch>) =>
        compiled.run([x, mask], { dims: { B: rows, T: length } });
      const sequence = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1e6 }));
      const score = (logit: number) => 1 / (1 + Math.exp(-logit));
      await fc.assert(
        fc.asyncProperty(
          fc.array(sequence, { minLength: 1, maxLength: 3 }),
          fc.integer({ min: 0, max: 30 }),
          async (bags, extra) => {
            const sequences = bags.map(([length, seed]) => {
              const values = noise(seed, length * dim);
              // A picture that stands still: equal snippets, whose distance rounding must not decide.
              return length > 8 ? values.copyWithin(3 * dim, 0, 3 * dim) : values;
            });
            const longest = Math.max(...bags.map(([length]) => length)) + extra;
            const [together] = await run(paddedBatch(sequences, dim, longest));
            for (const [i, own] of sequences.entries()) {
              const length = own.length / dim;
              const [alone, points] = await run(paddedBatch([own], dim));
              fc.pre(margin(points!, length) > 1e-5);
              const ours = Array.from({ length }, (_unused, t) => score(together![i * longest + t]!));
              expectClose(ours, Array.from(alone!, score), { absolute: 1e-5, label: `scores of bag ${i}` });
            }
          },
        ),
        { numRuns: 15, seed: 1 },
      );
    },
  );

  test('official: padded snippets are neighbours in time, and leak, only where there is padding', async () => {
    const official = hypervd.build({ inputDim: dim, audioDim, padding: 'official' });
    const sequence = noise(8, 5 * dim);
    const logits = async (which: typeof model, length: number) => {
      const { outputs } = await runPass(which, weights, paddedBatch([sequence], dim, length));
      return outputs.logits!.slice(0, 5);
    };
    const alone = await logits(official, 5);
    expectClose(await logits(model, 5), alone, { absolute: 1e-3 });
    expectClose(await logits(model, 9), await logits(model, 5), { absolute: 1e-5 });
    const leak = (await logits(official, 9)).map((value, t) => Math.abs(value - alone[t]!));
    expect(Math.max(...leak)).toBeGreaterThan(0.01);
  });
});

describe('forward pass', () => {
  test('the last audioDim columns pass by the convolutions', async () => {
    const sequence = noise(2, 3 * dim);
    const outputs = async (values: Float32Array) =>
      (await runPass(model, weights, paddedBatch([values], dim))).outputs;
    const changed = sequence.map((value, i) => (i % dim >= dim - audioDim ? value + 1 : value));
    const [before, after] = [await outputs(sequence), await outputs(changed)];
    expect(after.conv1d2).toEqual(before.conv1d2);
    expect(before.points).toHaveLength(3 * (1 + 128 + audioDim));
    // The direction of a point is that of [features ‖ audio].
    const row = Array.from(before.points!).slice(1, 1 + 128 + audioDim);
    const norm = Math.asinh(Math.hypot(...row));
    const audio = row.slice(128).map((value) => (value * norm) / Math.sinh(norm));
    expectClose(audio, sequence.slice(dim - audioDim, dim), { relative: 1e-4 });
  });

  test('without audio columns a point is made of the visual features alone', async () => {
    const shared = hypervd.build({ inputDim: dim });
    const { outputs } = await runPass(shared, shared.init(1), paddedBatch([noise(2, 3 * dim)], dim));
    expect(outputs.points).toHaveLength(3 * 129);
    expect(shared.parameters['conv1d1.weight']!.shape).toEqual([dim, 512]);
    expect(shared.parameters['HFSGCN.encoder.layers.0.linear.weight.weight']!.shape).toEqual([129, 32]);
  });
});

describe('loss', () => {
  test('cross-entropy of the mean of the floor(L / 16) + 1 largest, bags without snippets left out', () => {
    const length = 40;
    const lengths = [40, 16, 15, 1, 0];
    const labels = [1, 0, 1, 0, 1];
    const logits = Array.from({ length: 5 }, (_, b) => Array.from(noise(b, length, 2)));
    const bags = lengths.flatMap((count, b) => {
      if (count === 0) return [];
      const k = Math.floor(count / 16) + 1;
      const top = logits[b]!.slice(0, count).sort((p, q) => q - p);
      const mean = top.slice(0, k).reduce((sum, value) => sum + value, 0) / k;
      const p = 1 / (1 + Math.exp(-mean));
      return [-(labels[b] === 1 ? Math.log(p) : Math.log(1 - p))];
    });
    const expected = bags.reduce((sum, value) => sum + value, 0) / bags.length;
    const mask = prefixMask(tf.tensor1d(lengths, 'int32'), length);
    const terms = model.lossTerms({ logits: tf.tensor2d(logits) }, tf.tensor1d(labels), mask);
    expect(Object.keys(terms)).toEqual(['total']);
    expectClose(terms.total.dataSync(), [expected], { relative: 1e-5 });
  });

  test('clampLogs limits the term of a bag to 100', () => {
    const output = { logits: tf.fill([2, 3], 1e4) };
    const loss = (clampLogs: boolean) =>
      hypervd
        .build({ inputDim: dim, clampLogs })
        .loss(output, tf.tensor1d([0, 1]), tf.ones([2, 3]))
        .dataSync()[0]!;
    expect(loss(false)).toBe(5000);
    expect(loss(true)).toBe(50);
  });
});

describe('parameters', () => {
  test('convolutions fill ±1/sqrt(fan in), Lorentz layers ±1/sqrt(32) but for the time coordinate', () => {
    const range = (data: Float32Array) => Math.max(...data.map(Math.abs));
    for (const [name, limit] of [
      ['conv1d1.weight', 1 / Math.sqrt(dim - audioDim)],
      ['conv1d2.weight', 1 / Math.sqrt(512)],
      ['conv1d2.bias', 1 / Math.sqrt(512)],
      ['HTRGCN.encoder.layers.0.linear.weight.weight', 1 / Math.sqrt(32)],
    ] as const) {
      expect(range(weights[name]!.data)).toBeLessThanOrEqual(Math.fround(limit));
      expect(range(weights[name]!.data)).toBeGreaterThan(0.85 * limit);
    }
    const lorentz = weights['HFSGCN.encoder.layers.0.linear.weight.weight']!.data;
    expect(range(lorentz.slice(0, 32))).toBe(0);
    expect(Math.min(...lorentz.slice(32).map(Math.abs))).toBeGreaterThan(0);
    expect(range(weights['HFSGCN.encoder.layers.0.linear.weight.bias']!.data)).toBe(0);
    expect(weights['HFSGCN.encoder.layers.0.linear.scale']!.data[0]).toBe(Math.fround(Math.log(10)));
  });

  test('the classifier starts on the hyperboloid', () => {
    const [time, ...space] = weights['HyperCLS.cls']!.data;
    expectClose([time!], [Math.hypot(1, ...space)], { relative: 1e-6 });
    // A direction of 64 numbers, of which one is time: the distance from the origin is a little below 1.
    expect(Math.acosh(time!)).toBeLessThanOrEqual(1);
    expect(Math.acosh(time!)).toBeGreaterThan(0.8);
  });

  test('607,043 parameters in use at the published width', () => {
    const { parameters } = hypervd.build({ inputDim: 1152, audioDim: 128 });
    const counts = Object.values(parameters).map(({ shape }) => shape.reduce((n, size) => n * size, 1));
    // 607,052 of the published class, less the nine curvatures and widths that it never reads.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(607052 - 9);
  });

  const scalar = (value: number, shape: number[] = []) => ({ shape, data: Float32Array.of(value) });

  test('toOfficial and fromOfficial are inverse; layouts are those of PyTorch', () => {
    const official = toOfficial(weights);
    expect(official['conv1d1.weight']!.shape).toEqual([512, dim - audioDim, 1]);
    expect(official['HyperCLS.cls']!.shape).toEqual([1, 64]);
    const name = 'HFSGCN.encoder.layers.0.linear.weight.weight';
    const width = 1 + 128 + audioDim;
    expect(official[name]!.shape).toEqual([32, width]);
    expect(official[name]!.data[7 * width + 100]).toBe(weights[name]!.data[100 * 32 + 7]);
    const unused = {
      'manifold.k': scalar(1),
      'disAdj.sigma': scalar(0.1, [1]),
      'HFSGCN.c': scalar(1, [1]),
      'HFSGCN.encoder.c': scalar(1, [1]),
      'HFSGCN.encoder.layers.0.agg.manifold.k': scalar(1),
      'HyperCLS.manifold.k': scalar(1),
    };
    expect(model.fromOfficial({ ...official, ...unused })).toEqual(weights);
  });

  test('fromOfficial lists all that is wrong', () => {
    const { 'HTRGCN.encoder.layers.0.linear.scale': _, ...rest } = toOfficial(weights);
    const bad: Weights = {
      ...rest,
      'conv1d1.weight': { shape: [512, 4], data: new Float32Array(2048) },
      'conv1d2.bias': { shape: [128], data: new Float32Array(128).fill(Number.NaN) },
      'HFSGCN.manifold.k': scalar(2),
      'gc1.weight': scalar(1, [1]),
    };
    expect(() => model.fromOfficial(bad)).toThrow(
      expect.objectContaining({
        code: 'BAD_MODEL',
        details: {
          problems: [
            'conv1d1.weight has shape [512,4], expected [512,4,1]',
            'conv1d2.bias holds NaN or infinity',
            'HTRGCN.encoder.layers.0.linear.scale is missing',
            'HFSGCN.manifold.k is 2, and this network has curvature -1 alone',
            'gc1.weight is unexpected',
          ],
        },
      }),
    );
  });
});

test.each([
  [{ inputDim: 0 }, 'inputDim'],
  [{ inputDim: 4, audioDim: 4 }, 'audioDim'],
  [{ inputDim: 4, audioDim: -1 }, 'audioDim'],
  [{ inputDim: 4, padding: 'none' }, 'padding'],
  [{ inputDim: 4, dropout: 1 }, 'dropout'],
  [{ inputDim: 4, depth: 2 }, 'depth'],
])('build refuses %j', (config, field) => {
  expect(() => hypervd.build(config)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(field) }),
  );
});

test('every option is described', () => {
  for (const field of Object.values(HypervdOptionsSchema.shape)) expect(field.description).toBeTruthy();
});
