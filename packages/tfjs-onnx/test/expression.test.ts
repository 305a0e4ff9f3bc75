import fc from 'fast-check';
import { evaluate, fitInteger, fitReal, type Sizes, text } from '../src/dynamic/expression.js';
import { attemptsFor, furtherSizes } from '../src/dynamic/sizes.js';

const sizes = attemptsFor({ B: 1, T: 1 })[0]!;
const names = ['B', 'T'];
const elsewhere: Sizes[] = [
  { B: 1, T: 1 },
  { B: 2, T: 16 },
  { B: 7, T: 1000 },
  { B: 128, T: 200 },
  { B: 33, T: 4095 },
];

const coefficient = fc.integer({ min: 1, max: 5000 });
const constant = fc.integer({ min: -600, max: 600 });

test('sums of products of the dimensions are found exactly', () => {
  const products: ((at: Sizes) => number)[] = [
    ({ B }) => B!,
    ({ T }) => T!,
    ({ B, T }) => B! * T!,
    ({ T }) => T! ** 2,
    ({ B, T }) => B! * T! ** 2,
  ];
  const product = fc.constantFrom(...products);
  fc.assert(
    fc.property(product, product, coefficient, constant, constant, (first, second, a, b, c) => {
      const value = (at: Sizes) => a * first(at) + b * second(at) + c;
      const expression = fitInteger(sizes.map(value), sizes, names)!;
      for (const at of [...sizes, ...elsewhere]) expect(evaluate(expression, at)).toBe(value(at));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('strides and blocks: quotients rounded down, once enough sizes are known', () => {
  const values = [1, 2, 3, 4, 5, 7, 8, 16, 32, 64, 128];
  fc.assert(
    fc.property(
      fc.constantFrom(...values.slice(1)),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 600 }),
      (divisor, c, a) => {
        const value = ({ T }: Sizes) => Math.floor((c * T! + a) / divisor);
        const known = [...sizes];
        let expression = fitInteger(known.map(value), known, names)!;
        for (let round = 0; expression.open && round < 24; round++) {
          const next = furtherSizes([expression.open], known, { B: 1, T: 1 });
          if (!next) break;
          known.push(next);
          expression = fitInteger(known.map(value), known, names)!;
        }
        for (const at of elsewhere) expect(evaluate(expression, at)).toBe(value(at));
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});

test('factors of means and roots are found to the rounding of float32', () => {
  const forms: ((at: Sizes) => number)[] = [
    ({ T }) => 1 / T!,
    ({ B, T }) => 0.3 / (B! * T!),
    ({ T }) => Math.sqrt(T!),
    ({ T }) => 1 / Math.sqrt(64 * T!),
    ({ T }) => 1 / (T! - 1),
    ({ B, T }) => -2.5 * B! * T!,
  ];
  for (const form of forms) {
    const expression = fitReal(
      sizes.map((at) => Math.fround(form(at))),
      sizes,
      names,
    )!;
    for (const at of elsewhere.slice(1)) {
      expect(Math.abs(evaluate(expression, at) / form(at) - 1)).toBeLessThan(1e-6);
    }
  }
});

test('what follows no formula is not forced into one', () => {
  const limit = ({ T }: Sizes) => Math.min(T!, 16);
  expect(fitInteger(sizes.map(limit), sizes, names)).toBeUndefined();
  const wave = ({ T }: Sizes) => Math.fround(Math.sin(T!));
  expect(fitReal(sizes.map(wave), sizes, names)).toBeUndefined();
  const digits = [3, 141, 59, 26, 535];
  expect(fitInteger(digits, sizes, names)).toBeUndefined();
});

test('formulas are written as a person would', () => {
  const shown = (value: (at: Sizes) => number) => text(fitInteger(sizes.map(value), sizes, names)!);
  expect(shown(({ T }) => T!)).toBe('T');
  expect(shown(({ T }) => T! - 4)).toBe('T - 4');
  expect(shown(({ B, T }) => 2 * B! * T!)).toBe('2*B*T');
  expect(shown(({ T }) => Math.floor((T! + 1) / 2))).toBe('floor((T + 1)/2)');
});

test('every set of sizes has all remainders of small strides, and distinct sizes', () => {
  for (const attempt of attemptsFor({ B: 1, T: 1, N: 1, K: 1, L: 3 }).slice(0, 2)) {
    for (const name of ['B', 'T', 'N', 'K', 'L']) {
      const own = attempt.map((at) => at[name]!);
      expect(new Set(own.map((size) => size % 2)).size).toBe(2);
      expect(new Set(own.map((size) => size % 3)).size).toBe(3);
      expect(Math.min(...own)).toBeGreaterThanOrEqual(name === 'L' ? 3 : 1);
    }
    const all = attempt.flatMap((at) => Object.values(at));
    expect(new Set(all).size).toBe(all.length);
  }
});
