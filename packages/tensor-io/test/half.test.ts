import fc from 'fast-check';
import { narrowBfloat16, narrowFloat16, widenBfloat16, widenFloat16 } from '../src/half.js';

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);

test('float16: values that can be worked out by hand', () => {
  const halves = Uint16Array.of(
    0x3c00,
    0xc000,
    0x7bff,
    0x0400,
    0x0001,
    0x03ff,
    0x7c00,
    0xfc00,
    0x8000,
    0x3555,
  );
  const values = [
    1,
    -2,
    65504,
    2 ** -14,
    2 ** -24,
    1023 * 2 ** -24,
    Infinity,
    -Infinity,
    -0,
    1365 * 2 ** -12,
  ];
  expect(Array.from(widenFloat16(halves))).toEqual(values);
  expect(widenFloat16(Uint16Array.of(0x7e00))[0]).toBeNaN();
});

test('every 16-bit pattern, NaNs with it, survives a round trip', () => {
  expect(narrowFloat16(widenFloat16(ALL))).toEqual(ALL);
  expect(narrowBfloat16(widenBfloat16(ALL))).toEqual(ALL);
});

test('overflow, underflow and ties', () => {
  const values = Float32Array.of(
    65519.99,
    65520,
    2 ** -25,
    3 * 2 ** -25,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    -(2 ** -26),
  );
  const halves = [0x7bff, 0x7c00, 0, 2, 0x3c00, 0x3c02, 0x8000];
  expect(Array.from(narrowFloat16(values))).toEqual(halves);
});

test.each([
  ['float16', narrowFloat16, widenFloat16, 65504],
  ['bfloat16', narrowBfloat16, widenBfloat16, 3.3895313892515355e38],
] as const)(
  '%s: no representable value is nearer, and a tie goes to the even one',
  (_, narrow, widen, largest) => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, min: Math.fround(-largest), max: Math.fround(largest) }),
        (value) => {
          const half = narrow(Float32Array.of(value))[0]!;
          const distance = (pattern: number) => Math.abs(widen(Uint16Array.of(pattern))[0]! - value);
          const own = distance(half);
          for (const other of [half + 1, half - 1]) {
            // Across zero or infinity the neighbour has another sign or is none.
            if ((other ^ half) & 0x8000 || other < 0) continue;
            expect(own).toBeLessThanOrEqual(distance(other));
            if (own === distance(other)) expect(half & 1).toBe(0);
          }
        },
      ),
      { numRuns: 2000 },
    );
  },
);

test('NaN stays NaN when its payload does not fit', () => {
  const signalling = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer);
  expect(Array.from(narrowFloat16(signalling))).toEqual([0x7e00, 0xfe00]);
  expect(Array.from(narrowBfloat16(signalling))).toEqual([0x7fc0, 0xffc0]);
});
