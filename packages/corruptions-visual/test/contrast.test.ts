import fc from 'fast-check';
import { createContrast } from '../src/contrast.js';
import { createFrameCorruption } from '../src/index.js';
import { flatFrame, noiseFrame, worst } from './frames.js';

const anySide = fc.integer({ min: 1, max: 40 });
const anyFactor = fc.double({ min: 0, max: 1, noNaN: true });

function formula(data: Uint8Array, factor: number): number[] {
  const means = [0, 1, 2].map((channel) => {
    const values = data.filter((_, i) => i % 3 === channel);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  return Array.from(data, (value, i) => (value - means[i % 3]!) * factor + means[i % 3]!);
}

test('equals the formula to 1e-4 levels', () => {
  fc.assert(
    fc.property(anySide, anySide, anyFactor, fc.nat(99), (width, height, factor, seed) => {
      const { data } = noiseFrame(width, height, seed);
      const result = new Float32Array(data.length);
      createContrast(width * height, factor, 0)(data, result, 0);
      expect(worst(result, formula(data, factor))).toBeLessThan(1e-4);
    }),
    { numRuns: 50 },
  );
});

test('by hand: half the distance from the mean of each channel', () => {
  const data = Uint8Array.from([0, 10, 200, 100, 20, 200]);
  const apply = (factor: number, rounding: 'cut' | 'nearest') =>
    Array.from(
      createFrameCorruption('contrast', { width: 2, height: 1, factor, rounding }).apply(
        { width: 2, height: 1, data },
        0,
      ).data,
    );
  // The means are 50, 15 and 200.
  expect(apply(0.5, 'cut')).toEqual([25, 12, 200, 75, 17, 200]);
  expect(apply(0.5, 'nearest')).toEqual([25, 13, 200, 75, 18, 200]);
  expect(apply(0.3, 'cut')).toEqual([35, 13, 200, 65, 16, 200]);
  expect(apply(0, 'cut')).toEqual([50, 15, 200, 50, 15, 200]);
  expect(apply(1, 'cut')).toEqual(Array.from(data));
});

test('a flat frame stays exactly as it is, whatever the factor', () => {
  const level = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(anySide, anySide, anyFactor, level, level, (width, height, factor, a, b) => {
      const frame = flatFrame(width, height, [a, b, 255]);
      expect(createFrameCorruption('contrast', { width, height, factor }).apply(frame, 0)).toEqual(frame);
    }),
  );
});

test('the table of ImageNet-C is stronger, and a given factor takes the place of both', () => {
  const size = { width: 4, height: 4, severity: 3 } as const;
  const factorOf = (options: object) =>
    createFrameCorruption('contrast', { ...size, ...options }).parameters.factor;
  expect(factorOf({})).toBe(0.3);
  expect(factorOf({ table: 'imagenet-c' })).toBe(0.2);
  expect(factorOf({ table: 'imagenet-c', factor: 0.7 })).toBe(0.7);
});
