import fc from 'fast-check';
import { createBrightness } from '../src/brightness.js';
import { createFrameCorruption, SEVERITY } from '../src/index.js';
import { noiseFrame } from './frames.js';

/** The long way: RGB to HSV, V + amount, and back (Smith 1978). */
function throughHsv([r, g, b]: [number, number, number], amount: number): number[] {
  const value = Math.max(r, g, b);
  const chroma = value - Math.min(r, g, b);
  const saturation = value === 0 ? 0 : chroma / value;
  let hue = 0;
  if (chroma > 0) {
    if (value === r) hue = (g - b) / chroma;
    else if (value === g) hue = 2 + (b - r) / chroma;
    else hue = 4 + (r - g) / chroma;
  }
  const raised = Math.min(value + amount, 1);
  const channel = (n: number) => {
    const k = (n + hue + 6) % 6;
    return raised - raised * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

test('equals the way through HSV to 1e-4 levels', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte), fc.double({ min: 0, max: 1, noNaN: true }), (pixel, amount) => {
      const result = new Float32Array(3);
      createBrightness(1, amount, 0)(Uint8Array.from(pixel), result, 0);
      const expected = throughHsv(pixel.map((v) => v / 255) as [number, number, number], amount);
      expected.forEach((value, c) => {
        // Half a step of the fixed point times 255; one step where the cut of the brightest channel asks for it.
        expect(Math.abs(result[c]! - 255 * value)).toBeLessThan(1.2e-4);
      });
    }),
    { numRuns: 50 },
  );
});

test('by hand: black becomes grey, whole results stay whole, bright pixels end at 255', () => {
  const input = Uint8Array.from([0, 0, 0, 100, 50, 0, 250, 125, 10]);
  const apply = (amount: number, rounding: 'cut' | 'nearest') =>
    Array.from(
      createFrameCorruption('brightness', { width: 3, height: 1, amount, rounding }).apply(
        { width: 3, height: 1, data: input },
        0,
      ).data,
    );
  // 0.2 is 51 levels: 100 -> 151, 50 -> 75.5; 250 ends at 255, 125 at 127.5 and 10 at 10.2.
  expect(apply(0.2, 'cut')).toEqual([51, 51, 51, 151, 75, 0, 255, 127, 10]);
  expect(apply(0.2, 'nearest')).toEqual([51, 51, 51, 151, 76, 0, 255, 128, 10]);
  expect(apply(0, 'cut')).toEqual(Array.from(input));
  expect(apply(1, 'nearest').slice(0, 3)).toEqual([255, 255, 255]);
});

test('never makes a channel darker', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(1, 2, 3, 4, 5), (seed, severity) => {
      const frame = noiseFrame(5, 5, seed);
      const { data } = createFrameCorruption('brightness', { width: 5, height: 5, severity }).apply(frame, 0);
      expect(data.every((value, i) => value >= frame.data[i]!)).toBe(true);
    }),
  );
});

test('every pair of a largest and another channel, at the published amounts: the cut of the exact product', () => {
  const pixels = new Uint8Array(3 * 65536);
  for (let i = 0; i < 65536; i++) {
    const value = i >> 8;
    pixels.set([value, (i & 255) % (value + 1), value], 3 * i);
  }
  const result = new Uint8Array(pixels.length);
  for (const { amount } of Object.values(SEVERITY.brightness)) {
    createBrightness(65536, amount, 0)(pixels, result, 0);
    let wrong = 0;
    for (let i = 0; i < pixels.length; i += 3) {
      const [value, channel] = [pixels[i]!, pixels[i + 1]!];
      const raised = 255 * Math.min(value / 255 + amount, 1);
      // Of the largest channel the cut is that of the references' own arithmetic; elsewhere a product that is a whole
      // number but for rounding may be cut either way, as theirs is.
      const slack = channel === value ? 0 : 1e-4;
      const exact = value === 0 ? raised : (channel * raised) / value;
      const byte = result[i + 1]!;
      if (byte < Math.floor(exact - slack) || byte > Math.floor(exact + slack)) wrong++;
    }
    expect(wrong).toBe(0);
  }
});
