import fc from 'fast-check';
import { createFrameCorruption, motionBlurKernel, motionBlurOffsets } from '../src/index.js';
import { instantiateKernels } from '../src/kernels.js';
import { createLineBlur } from '../src/line-blur.js';
import { motionBlurTaps, WEIGHT_ONE } from '../src/motion-taps.js';
import { flatFrame, noiseFrame, sameBytes, worst } from './frames.js';

const anySide = fc.integer({ min: 1, max: 16 });
const anyAngle = fc.integer({ min: -180, max: 180 });
const anyRadius = fc.integer({ min: 0, max: 20 });
const anySigma = fc.double({ min: 0.3, max: 40, noNaN: true });

/** The sum as it is written, in double precision, edges clamped. */
function naive(
  data: Uint8Array,
  width: number,
  height: number,
  radius: number,
  sigma: number,
  angleDeg: number,
) {
  const kernel = motionBlurKernel(radius, sigma);
  const offsets = motionBlurOffsets(kernel.length, angleDeg);
  return Array.from(data, (_, i) => {
    const x = ((i / 3) | 0) % width;
    const y = Math.floor(i / 3 / width);
    return offsets.reduce((sum, [dx, dy], tap) => {
      const column = Math.max(0, Math.min(width - 1, x + dx));
      const row = Math.max(0, Math.min(height - 1, y + dy));
      return sum + kernel[tap]! * data[3 * (row * width + column) + (i % 3)]!;
    }, 0);
  });
}

test('equals the sum as it is written, for frames smaller than the blur too', () => {
  fc.assert(
    fc.property(
      anySide,
      anySide,
      anyRadius,
      anySigma,
      anyAngle,
      fc.nat(99),
      (width, height, radius, sigma, angleDeg, seed) => {
        const { data } = noiseFrame(width, height, seed);
        const kernel = motionBlurKernel(radius, sigma);
        const taps = motionBlurTaps(kernel, motionBlurOffsets(kernel.length, angleDeg), width, height);
        expect(taps.reduce((sum, { weight }) => sum + weight, 0)).toBe(WEIGHT_ONE);
        const values = new Float32Array(data.length);
        createLineBlur(width, height, taps, 0)(data, values);
        // 41 weights rounded to 2^-22 times 255.
        expect(worst(values, naive(data, width, height, radius, sigma, angleDeg))).toBeLessThan(4e-3);
        const bytes = new Uint8Array(data.length);
        createLineBlur(width, height, taps, 0)(data, bytes);
        expect(bytes.every((byte, i) => byte <= values[i]! && values[i]! <= byte + 1)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test('vectors and plain loops give the same bytes', () => {
  expect(instantiateKernels(65536)).toBeDefined();
  fc.assert(
    fc.property(
      anySide,
      anySide,
      anyRadius,
      anySigma,
      anyAngle,
      fc.constantFrom(0, 0.5),
      (width, height, radius, sigma, angleDeg, bias) => {
        const { data } = noiseFrame(width, height, radius);
        const kernel = motionBlurKernel(radius, sigma);
        const taps = motionBlurTaps(kernel, motionBlurOffsets(kernel.length, angleDeg), width, height);
        const [fast, plain] = [new Uint8Array(data.length), new Uint8Array(data.length)];
        createLineBlur(width, height, taps, bias, true)(data, fast);
        createLineBlur(width, height, taps, bias, false)(data, plain);
        expect(sameBytes(fast, plain)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test('a flat frame stays exactly as it is', () => {
  fc.assert(
    fc.property(
      anySide,
      anySide,
      fc.constantFrom(1, 2, 3, 4, 5),
      fc.nat(9999),
      fc.integer({ min: 0, max: 255 }),
      (width, height, severity, seed, level) => {
        const frame = flatFrame(width, height, [level, 255 - level, 255]);
        expect(
          createFrameCorruption('motion-blur', { width, height, severity, seed }).apply(frame, 0),
        ).toEqual(frame);
      },
    ),
  );
});

test('by hand: three equal taps smear a bright pixel to its left, and the last pixel goes on at the edge', () => {
  const red = (levels: number[]) => Uint8Array.from(levels.flatMap((level) => [level, 0, 0]));
  const options = { width: 5, height: 1, radius: 1, sigma: 1000, angleDeg: 0, rounding: 'nearest' } as const;
  const blurred = (levels: number[]) =>
    createFrameCorruption('motion-blur', options).apply({ width: 5, height: 1, data: red(levels) }, 0).data;
  expect(blurred([0, 0, 0, 90, 0])).toEqual(red([0, 30, 30, 30, 0]));
  expect(blurred([0, 0, 0, 0, 90])).toEqual(red([0, 0, 30, 60, 90]));
});

test('relative scale stretches the blur with the shorter side', () => {
  const frame = noiseFrame(450, 448, 1);
  const size = { width: 450, height: 448, angleDeg: 10 } as const;
  const relative = createFrameCorruption('motion-blur', { ...size, severity: 1, scale: 'relative' });
  const pixels = createFrameCorruption('motion-blur', { ...size, radius: 20, sigma: 6 });
  expect(sameBytes(relative.apply(frame, 0).data, pixels.apply(frame, 0).data)).toBe(true);
  expect(relative.parameters).toMatchObject({ radius: 10, sigma: 3, scale: 'relative' });
});
