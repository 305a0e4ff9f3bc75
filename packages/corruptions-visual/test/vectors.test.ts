import { createRng } from '@robusta/core';
import fc from 'fast-check';
import { createBrightness } from '../src/brightness.js';
import { createContrast } from '../src/contrast.js';
import type { FrameKernel } from '../src/definition.js';
import { createFogLayer } from '../src/fog-layer.js';
import { createFrameCorruption } from '../src/index.js';
import { instantiateKernels } from '../src/kernels.js';
import { plasmaMap } from '../src/plasma.js';
import { noiseTables } from '../src/poisson-table.js';
import { createSaturate } from '../src/saturate.js';
import { createShotNoise } from '../src/shot-noise.js';
import { noiseFrame, sameBytes } from './frames.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyBias = fc.constantFrom(0, 0.5);
const rng = createRng(5);
const { side, data: heights } = plasmaMap(64, 1.6, () => 2 * rng.uniform() - 1);
const map = { side, fill: (into: Float32Array) => into.set(heights) };

/** Sets up the same kernel twice, with vectors and with plain loops. */
type Both = (
  width: number,
  height: number,
  a: number,
  b: number,
  bias: number,
  vectors: boolean,
) => FrameKernel;

const kernels: Record<string, Both> = {
  brightness: (width, height, a, _b, bias, vectors) => createBrightness(width * height, a, bias, vectors),
  contrast: (width, height, a, _b, bias, vectors) => createContrast(width * height, a, bias, vectors),
  saturate: (width, height, a, b, bias, vectors) =>
    createSaturate(width * height, 30 * a * a, 2 * b - 1, bias, vectors),
  fog: (width, height, a, b, bias, vectors) =>
    createFogLayer(width, height, map, { x: 3 * b - 1, y: a - 0.5 }, 9 * a, bias, vectors),
  'shot noise': (width, height, a, b, bias, vectors) =>
    createShotNoise(width * height, Math.floor(1e9 * b), noiseTables(400 * a ** 4 + 0.01, bias), vectors),
};

test('vectors are there, or the tests below would compare plain loops with plain loops', () => {
  expect(instantiateKernels(65536)).toBeDefined();
});

test.each(Object.keys(kernels))('%s: vectors and plain loops give the same bytes', (name) => {
  const create = kernels[name]!;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 12 }),
      share,
      share,
      anyBias,
      fc.nat(1e6),
      fc.nat(200),
      (width, height, a, b, bias, index, lift) => {
        const { data } = noiseFrame(width, height, index);
        // Not all frames reach white, and some have greys.
        for (let i = 0; i < data.length; i++) data[i] = data[i]! % (256 - lift);
        if (lift % 4 === 0) for (let i = 0; i < data.length; i++) data[i] = data[i - (i % 3)]!;
        const [fast, plain] = [new Uint8Array(data.length), new Uint8Array(data.length)];
        const vectors = create(width, height, a, b, bias, true);
        // Twice: what the first frame leaves behind must not show in the second.
        vectors(noiseFrame(width, height, lift).data, fast, 0);
        vectors(data, fast, index);
        create(width, height, a, b, bias, false)(data, plain, index);
        expect(sameBytes(fast, plain)).toBe(true);
      },
    ),
    { numRuns: 15 },
  );
});

test('a long frame: sums and groups do not run over', () => {
  const [width, height] = [401, 301];
  const { data } = noiseFrame(width, height, 3);
  const white = new Uint8Array(data.length).fill(255);
  for (const create of Object.values(kernels).slice(0, 3)) {
    for (const input of [data, white]) {
      const [fast, plain] = [new Uint8Array(data.length), new Uint8Array(data.length)];
      create(width, height, 0.3, 0.6, 0, true)(input, fast, 1);
      create(width, height, 0.3, 0.6, 0, false)(input, plain, 1);
      expect(sameBytes(fast, plain)).toBe(true);
    }
  }
});

test.each(['brightness', 'contrast', 'fog', 'rain', 'motion-blur', 'saturate', 'shot-noise'] as const)(
  '%s: the same bytes where WebAssembly is missing',
  (name) => {
    const options = { width: 37, height: 23, severity: 4, seed: 12 } as const;
    const frame = noiseFrame(37, 23, 5);
    const expected = createFrameCorruption(name, options).apply(frame, 9);
    const api = Reflect.get(globalThis, 'WebAssembly');
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      expect(instantiateKernels(65536)).toBeUndefined();
      expect(createFrameCorruption(name, options).apply(frame, 9)).toEqual(expected);
    } finally {
      Reflect.set(globalThis, 'WebAssembly', api);
    }
  },
);
