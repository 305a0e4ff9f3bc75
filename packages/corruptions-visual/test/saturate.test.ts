import fc from 'fast-check';
import { createFrameCorruption } from '../src/index.js';
import { createSaturate } from '../src/saturate.js';
import { noiseFrame, worst } from './frames.js';

/** The long way: RGB to HSV with hue 0 for greys, S' = gain S + offset within 0..1, and back (Smith 1978). */
function throughHsv([r, g, b]: [number, number, number], gain: number, offset: number): number[] {
  const value = Math.max(r, g, b);
  const chroma = value - Math.min(r, g, b);
  let hue = 0;
  if (chroma > 0) {
    if (value === r) hue = (g - b) / chroma;
    else if (value === g) hue = 2 + (b - r) / chroma;
    else hue = 4 + (r - g) / chroma;
  }
  const saturation = Math.max(0, Math.min(1, (value === 0 ? 0 : chroma / value) * gain + offset));
  const channel = (n: number) => {
    const k = (n + hue + 6) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

test('equals the way through HSV to 1e-4 levels, greys and negative offsets too', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const anyPixel = fc.oneof(
    fc.tuple(byte, byte, byte),
    byte.map((level): [number, number, number] => [level, level, level]),
  );
  const anyGain = fc.double({ min: 0, max: 30, noNaN: true });
  const anyOffset = fc.double({ min: -1, max: 1, noNaN: true });
  const somePixels = fc.array(anyPixel, { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(somePixels, anyGain, anyOffset, (pixels, gain, offset) => {
      const result = new Float32Array(3 * pixels.length);
      createSaturate(pixels.length, gain, offset, 0)(Uint8Array.from(pixels.flat()), result, 0);
      const expected = pixels.flatMap(([r, g, b]) => throughHsv([r / 255, g / 255, b / 255], gain, offset));
      expect(
        worst(
          result,
          expected.map((value) => 255 * value),
        ),
      ).toBeLessThan(1.2e-4);
    }),
    { numRuns: 20 },
  );
});

test('every pair of largest and smallest channel, at the published parameters', () => {
  const pixels = new Uint8Array(3 * 256 * 256);
  for (let i = 0; i < 65536; i++) {
    const [value, lowest] = [i >> 8, (i & 255) % ((i >> 8) + 1)];
    pixels.set([lowest, value, (value + lowest) >> 1], 3 * i);
  }
  const result = new Float32Array(pixels.length);
  for (const [gain, offset] of [
    [0.3, 0],
    [0.1, 0],
    [2, 0],
    [5, 0.1],
    [20, 0.2],
  ] as const) {
    createSaturate(65536, gain, offset, 0)(pixels, result, 0);
    let worst = 0;
    for (let i = 0; i < pixels.length; i += 3) {
      const pixel = [pixels[i]! / 255, pixels[i + 1]! / 255, pixels[i + 2]! / 255] as [
        number,
        number,
        number,
      ];
      throughHsv(pixel, gain, offset).forEach((value, c) => {
        worst = Math.max(worst, Math.abs(result[i + c]! - 255 * value));
      });
    }
    expect(worst).toBeLessThan(1.2e-4);
  }
});

test('by hand: greys turn reddish with an offset, gain 0 makes grey, gain 1 changes nothing', () => {
  const data = Uint8Array.from([100, 100, 100, 200, 100, 150, 0, 0, 0]);
  const apply = (gain: number, offset: number) =>
    Array.from(
      createFrameCorruption('saturate', { width: 3, height: 1, gain, offset, rounding: 'nearest' }).apply(
        { width: 3, height: 1, data },
        0,
      ).data,
    );
  expect(apply(1, 0.2)).toEqual([100, 80, 80, 200, 60, 130, 0, 0, 0]);
  expect(apply(0, 0)).toEqual([100, 100, 100, 200, 200, 200, 0, 0, 0]);
  expect(apply(1, 0)).toEqual(Array.from(data));
  expect(apply(1000, 0)).toEqual([100, 100, 100, 200, 0, 100, 0, 0, 0]);
});

test('value is kept, and severities 1 and 2 take color away', () => {
  fc.assert(
    fc.property(fc.nat(9999), fc.constantFrom(1, 2, 3, 4, 5), (seed, severity) => {
      const frame = noiseFrame(30, 9, seed);
      const { data } = createFrameCorruption('saturate', { width: 30, height: 9, severity }).apply(frame, 0);
      for (let i = 0; i < data.length; i += 3) {
        const before = frame.data.subarray(i, i + 3);
        const after = data.subarray(i, i + 3);
        expect(Math.max(...after)).toBe(Math.max(...before));
        if (severity <= 2) expect(Math.min(...after)).toBeGreaterThanOrEqual(Math.min(...before));
      }
    }),
    { numRuns: 15 },
  );
});
