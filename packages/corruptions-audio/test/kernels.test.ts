import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRng } from '@robusta/core';
import FFT from 'fft.js';
import { createConvolver } from '../src/convolve.js';
import { createFftPlan } from '../src/fft.js';
import { gaussianNoise } from '../src/gaussian.js';
import { createInterpolation } from '../src/interpolation.js';
import { drawPhrase, drawTalkers } from '../src/phrase.js';
import { runStage } from '../src/stage.js';
import { createTracts, FRAME_VALUES } from '../src/vocal-tract.js';
import { gaussian, worst } from './signals.js';

test.each([16, 32, 64, 128, 1024, 2048, 16384])(
  'transform of %i: fft.js within 2e-6, plain loops to the bit',
  (size) => {
    const [re, im] = [gaussian(size, 1, 1), gaussian(size, 2, 1)];
    const [fast, plain] = [true, false].map((vectors) => {
      const plan = createFftPlan(size, 2, vectors);
      const x = plan.allocate();
      plan.view(x.re).set(re);
      plan.view(x.im).set(im);
      const result = plan.transform(x, plan.allocate());
      return [plan.view(result.re).slice(), plan.view(result.im).slice()];
    });
    expect(fast).toEqual(plain);
    const data = Float64Array.from({ length: 2 * size }, (_, i) =>
      i % 2 === 0 ? re[i / 2]! : im[(i - 1) / 2]!,
    );
    const expected = new Float64Array(2 * size);
    new FFT(size).transform(expected, data);
    const scale = Math.sqrt(size);
    const part = (offset: number) =>
      Float64Array.from({ length: size }, (_, k) => expected[2 * k + offset]! / scale);
    const scaled = (samples: Float32Array) => Float64Array.from(samples, (value) => value / scale);
    expect(worst(scaled(fast![0]!), part(0))).toBeLessThan(2e-6);
    expect(worst(scaled(fast![1]!), part(1))).toBeLessThan(2e-6);
  },
);

test('convolution in plain loops gives the same bytes, for one response, several, and sums', () => {
  const responses = [Float64Array.from(gaussian(5000, 3)), Float64Array.from(gaussian(5000, 4))];
  const channels = [gaussian(40000, 5), gaussian(40000, 6)];
  for (const outputs of ['each', 'sum'] as const) {
    const run = (vectors: boolean) => runStage(createConvolver(responses, 2, outputs, vectors), channels);
    expect(run(true)).toEqual(run(false));
  }
  const each = runStage(createConvolver(responses, 2), channels);
  const [sum] = runStage(createConvolver(responses, 2, 'sum'), channels);
  expect(
    worst(
      sum!,
      each[0]!.map((sample, i) => sample + each[1]![i]!),
    ),
  ).toBeLessThan(1e-5);
});

test('Gaussian noise in plain loops gives the same bytes, also from the middle', () => {
  for (const [seed, length, start] of [
    [0, 20001, 0],
    [4294967295, 9000, 123457],
    [77, 70, 4294967290],
  ] as const) {
    const make = (vectors: boolean) => gaussianNoise(seed, new Float32Array(length), start, vectors);
    expect(make(true)).toEqual(make(false));
  }
});

test('interpolation in plain loops gives the same bytes', () => {
  const samples = gaussian(6000, 7);
  for (const step of [0.4, 1.3, 2.7]) {
    const read = (vectors: boolean) => {
      const result = new Float32Array(1500);
      createInterpolation(0.9 * Math.min(1, 1 / step), 24, step, vectors).read(
        samples,
        -300,
        3,
        step,
        result,
      );
      return result;
    };
    expect(read(true)).toEqual(read(false));
  }
});

test('vocal tracts in a plain loop give the same bytes, and each is the same in any company', () => {
  const talkers = drawTalkers(createRng(2), 6);
  const phrases = talkers.map((talker, t) => drawPhrase(createRng(t), talker));
  const run = (chosen: number[], vectors: boolean) => {
    const pick = <Item>(items: readonly Item[]) => chosen.map((t) => items[t]!);
    const tracts = createTracts(pick(talkers), pick([7, 0, 4294967295, 9, 12, 1]), vectors);
    const frames = pick(phrases);
    const results = chosen.map(() => [] as number[]);
    for (let j = 0; j < 200; j++) {
      tracts.render(
        frames,
        frames.map((values) => (j * FRAME_VALUES) % values.length),
      );
      results.forEach((result, i) => {
        result.push(...tracts.samples[i]!, tracts.energy(i));
      });
    }
    return results;
  };
  const all = run([0, 1, 2, 3, 4, 5], true);
  expect(run([0, 1, 2, 3, 4, 5], false)).toEqual(all);
  expect(run([5, 2], true)).toEqual([all[5], all[2]]);
  expect(all.flat().every(Number.isFinite)).toBe(true);
});

test('without WebAssembly everything still works', () => {
  const global = globalThis as { WebAssembly?: object };
  const api = global.WebAssembly;
  const run = () => runStage(createConvolver([Float64Array.from(gaussian(300, 1))], 1), [gaussian(3000, 2)]);
  const expected = run();
  try {
    delete global.WebAssembly;
    expect(run()).toEqual(expected);
  } finally {
    if (api) global.WebAssembly = api;
  }
});

test('src/kernel-module.ts is what wasm/build.mjs makes of the kernels', () => {
  const module = new URL('../src/kernel-module.ts', import.meta.url);
  const before = readFileSync(module, 'utf8');
  execFileSync(process.execPath, [fileURLToPath(new URL('../wasm/build.mjs', import.meta.url))]);
  expect(readFileSync(module, 'utf8')).toBe(before);
});
