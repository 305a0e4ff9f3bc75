import fc from 'fast-check';
import { createFrameCorruption } from '../src/index.js';
import { flatFrame, noiseFrame } from './frames.js';

const pixelwise = ['brightness', 'contrast', 'fog', 'saturate', 'shot-noise'] as const;
const anySeverity = fc.constantFrom(1, 2, 3, 4, 5);

test('frames in any order, from any worker: the same bytes', () => {
  const indices = fc.uniqueArray(fc.nat(2 ** 31), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...pixelwise), anySeverity, indices, (name, severity, order) => {
      const options = { width: 13, height: 9, severity, seed: order[0]! };
      const [first, second] = [createFrameCorruption(name, options), createFrameCorruption(name, options)];
      const results = new Map(
        order.map((index) => [index, first.apply(noiseFrame(13, 9, index), index).data]),
      );
      for (const index of order.toReversed()) {
        expect(second.apply(noiseFrame(13, 9, index), index).data).toEqual(results.get(index));
      }
    }),
    { numRuns: 30 },
  );
});

test('one pixel: brightness and fog act on it, contrast and saturate leave its grey', () => {
  const result = (name: (typeof pixelwise)[number], severity: 1 | 2 | 3 | 4 | 5) =>
    Array.from(
      createFrameCorruption(name, { width: 1, height: 1, severity }).apply(flatFrame(1, 1, [60, 60, 60]), 5)
        .data,
    );
  expect(result('brightness', 3)).toEqual([136, 136, 136]);
  expect(result('contrast', 5)).toEqual([60, 60, 60]);
  expect(result('saturate', 3)).toEqual([60, 60, 60]);
  // The map of one pixel is 0: what is left is I m / (m + A).
  expect(result('fog', 1)).toEqual(Array(3).fill(Math.floor((60 * 60) / (60 + 255 * 1.5))));
});

test('grey frames stay grey, but for the red hue that an offset of the saturation gives them', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('brightness', 'contrast', 'fog', 'saturate'),
      fc.constantFrom(1, 2, 3),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(999),
      (name, severity, width, height, index) => {
        const { data } = noiseFrame(width, height, index);
        for (let i = 0; i < data.length; i++) data[i] = data[i - (i % 3)]!;
        const result = createFrameCorruption(name, { width, height, severity }).apply(
          { width, height, data },
          index,
        );
        for (let i = 0; i < data.length; i += 3) {
          expect(result.data[i + 1]).toBe(result.data[i]);
          expect(result.data[i + 2]).toBe(result.data[i]);
        }
      },
    ),
    { numRuns: 40 },
  );
});
