import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { trace } from '../../src/index.js';
import {
  bits,
  bool,
  broadcastPairs,
  floats,
  integers,
  moderate,
  palettes,
  seeds,
  shapes,
  smallInteger,
} from './arbitraries.js';
import { byElement, each, expectAllAgree, type Operations } from './operations.js';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** tfjs's polynomial for erf is off by up to 1.5e-7, and 1e-9 at 0; the series is exact. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const unary: Operations = {
  ...each(
    {
      abs: tf.abs,
      acos: tf.acos,
      acosh: tf.acosh,
      asin: tf.asin,
      asinh: tf.asinh,
      atan: tf.atan,
      atanh: tf.atanh,
      ceil: tf.ceil,
      clipByValue: (x) => tf.clipByValue(x!, -1.5, 2),
      cos: tf.cos,
      cosh: tf.cosh,
      exp: tf.exp,
      expm1: tf.expm1,
      floor: tf.floor,
      leakyRelu: (x) => tf.leakyRelu(x!, 0.3),
      log: tf.log,
      log1p: tf.log1p,
      neg: tf.neg,
      reciprocal: tf.reciprocal,
      relu: tf.relu,
      relu6: tf.relu6,
      round: tf.round,
      rsqrt: tf.rsqrt,
      sign: tf.sign,
      sin: tf.sin,
      sinh: tf.sinh,
      sqrt: tf.sqrt,
      square: tf.square,
      step: (x) => tf.step(x!, 0.25),
      tan: tf.tan,
    },
    { by: [0] },
  ),
  // e^x - 1 of tfjs is rounded to double precision at the size of 1.
  elu: { of: tf.elu, by: [0], absolute: 5e-16, absoluteOfGradient: 2.5e-7 },
  selu: { of: tf.selu, by: [0], absolute: 5e-16 },
  // These gradients, 1 - y², y·(1 - y) and y + 1, cancel in float32, in tfjs too.
  sigmoid: { of: tf.sigmoid, by: [0], absoluteOfGradient: 1e-7 },
  tanh: { of: tf.tanh, by: [0], absoluteOfGradient: 5e-7 },
  // tfjs takes log(1 + e^x) in double precision between its two thresholds.
  softplus: { of: tf.softplus, by: [0], absolute: 5e-16 },
  erf: { of: tf.erf, instead: byElement(erf) },
  'gradient of erf': (x) => tf.grad((t: tf.Tensor) => tf.sum(tf.erf(t)))(x!),
  'step 0': (x) => tf.step(x!),
  'to int32': (x) => tf.cast(x!, 'int32'),
  'to bool': (x) => bool(x!),
  logicalNot: (x) => tf.logicalNot(bool(x!)),
  isNaN: (x) => tf.isNaN(x!),
  isInf: (x) => tf.isInf(x!),
  isFinite: (x) => tf.isFinite(x!),
};

test('unary functions of floats of every kind', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(), palettes, seeds, async (shape, draw, draws) => {
      await expectAllAgree(unary, [floats(shape, draw)], draws);
    }),
    { numRuns: 20, seed: 1 },
  );
});

// ONNX Runtime handles the bulk and the rest of an array by different code.
test.each([67, 1030])('unary functions of %d floats', async (size) => {
  await expectAllAgree(unary, [floats([size])], [1, 2, 3]);
});

/** tfjs keeps the squares of integers in float32. */
const square = byElement((x) => Math.imul(x, x), 'int32');

test('unary functions of integers of every size, up to overflow', async () => {
  const operations: Operations = {
    // tfjs takes the absolute value of integers in float32.
    abs: { of: tf.abs, instead: byElement((x) => Math.abs(x) | 0, 'int32') },
    square: { of: tf.square, instead: square },
    neg: tf.neg,
    relu: tf.relu,
    relu6: tf.relu6,
    sign: tf.sign,
    step: (x) => tf.step(x!),
    'step 2': (x) => tf.step(x!, 2),
    round: tf.round,
    clipByValue: (x) => tf.clipByValue(x!, -3.5, 4.5),
    'clipByValue, one side open': (x) => tf.clipByValue(x!, 2, Infinity),
    'to bool': (x) => bool(x!),
    isNaN: tf.isNaN,
    isInf: tf.isInf,
    isFinite: tf.isFinite,
  };
  await fc.assert(
    fc.asyncProperty(shapes(), seeds, async (shape, draws) => {
      await expectAllAgree(operations, [integers(shape)], draws);
    }),
    { numRuns: 12, seed: 2 },
  );
});

test('functions of floats applied to small integers', async () => {
  const names = ['acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'expm1', 'exp', 'leakyRelu', 'log1p'];
  const more = ['reciprocal', 'selu', 'softplus', 'erf', 'to int32'];
  const chosen = Object.fromEntries(
    [...names, ...more].map((name) => {
      const operation = unary[name]!;
      const of = typeof operation === 'function' ? operation : operation.of;
      const { dtype } = tf.tidy(() => of(tf.scalar(1, 'int32')) as tf.Tensor);
      // tfjs computes in double precision, here it is float32, before the digits behind the point are cut.
      return [
        name,
        { of, instead: (x: tf.Tensor) => tf.cast(of(tf.cast(x, 'float32')) as tf.Tensor, dtype) },
      ];
    }),
  );
  await fc.assert(
    fc.asyncProperty(shapes(), seeds, async (shape, draws) => {
      await expectAllAgree(chosen, [integers(shape, smallInteger)], draws);
    }),
    { numRuns: 12, seed: 3 },
  );
});

const comparisons = {
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
} as Record<string, Binary>;

const { fround } = Math;
/** The quotient is rounded to float32 before it is rounded down. */
const floorDiv = byElement((a, b) => Math.floor(fround(a / b)) | 0, 'int32');
/** Powers of one are one, as IEEE 754 has it; JavaScript says NaN for exponents that are infinite or NaN. */
const pow = (a: number, b: number) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);
/** A remainder too small to show in the sum gives the divisor; tfjs may give 0. */
function mod(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0 && Number.isFinite(b)) return 0;
  return a < 0 === b < 0 ? rest : Number.isFinite(b) ? rest + b : Number.NaN;
}

/** Not Math.min: with NaN the second is chosen. */
function lower(a: number, b: number): number {
  if (a < b) return a;
  return b;
}

const binary: Operations = {
  ...each(comparisons),
  ...each({
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    divNoNan: tf.divNoNan,
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
    atan2: tf.atan2,
    prelu: tf.prelu,
    logicalAnd: (a, b) => tf.logicalAnd(bool(a!), bool(b!)),
    logicalOr: (a, b) => tf.logicalOr(bool(a!), bool(b!)),
    logicalXor: (a, b) => tf.logicalXor(bool(a!), bool(b!)),
  }),
  // tfjs leaves an extent of 1 that should become 0.
  where: { of: (a, b) => tf.where(tf.less(a!, b!), a!, b!), instead: byElement(lower) },
  'where of bools': {
    of: (a, b) => tf.where(tf.greater(a!, b!), bool(a!), bool(b!)),
    instead: byElement((a, b) => Number(-lower(-a, -b) !== 0), 'int32'),
  },
  floorDiv: { of: tf.floorDiv, instead: floorDiv },
  mod: { of: tf.mod, instead: byElement(mod) },
  pow: { of: tf.pow, instead: byElement(pow) },
};

test('binary functions of floats of every kind, broadcast', async () => {
  await fc.assert(
    fc.asyncProperty(broadcastPairs(), seeds, async ([a, b], draws) => {
      await expectAllAgree(binary, [floats(a), floats(b)], draws);
    }),
    { numRuns: 25, seed: 4 },
  );
});

test.each([
  [67, 67],
  [515, 1],
])('binary functions of %d and %d floats', async (a, b) => {
  await expectAllAgree(binary, [floats([a]), floats([b])], [1, 2, 3, 4]);
});

test('gradients of binary functions, broadcast', async () => {
  const operations = each(
    {
      add: tf.add,
      sub: tf.sub,
      mul: tf.mul,
      div: tf.div,
      mod: tf.mod,
      pow: (a, b) => tf.pow(tf.abs(a!), b!),
      atan2: tf.atan2,
    },
    // Sums over broadcast axes of terms that cancel: some hundred terms of the size of 1.
    { by: [0, 1], absoluteOfGradient: 1e-5 },
  );
  await fc.assert(
    fc.asyncProperty(broadcastPairs(4), seeds, async ([a, b], draws) => {
      // tfjs's gradients cannot undo the broadcast of 1 to 0.
      fc.pre([...a, ...b].every((extent) => extent > 0) || `${a}` === `${b}`);
      await expectAllAgree(operations, [moderate(a), moderate(b)], draws);
    }),
    { numRuns: 25, seed: 5 },
  );
});

test('gradients of what tfjs differentiates for equal shapes only', async () => {
  const operations = each(
    {
      maximum: tf.maximum,
      minimum: tf.minimum,
      squaredDifference: tf.squaredDifference,
      prelu: tf.prelu,
      where: (a, b, c) => tf.where(bool(c!), a!, b!),
      addN: (a, b) => tf.addN([a!, b!, a!]),
    },
    { by: [0, 1] },
  );
  await fc.assert(
    fc.asyncProperty(shapes(), seeds, async (shape, draws) => {
      await expectAllAgree(operations, [floats(shape), floats(shape), bits(shape)], draws);
    }),
    { numRuns: 12, seed: 6 },
  );
});

test('binary functions of integers, broadcast: overflow wraps, division by zero gives zero', async () => {
  const asInteger = (fn: (a: number, b: number) => number) => byElement((a, b) => fn(a, b) | 0, 'int32');
  // Beyond 2^53 tfjs's products and squares lose their last digits.
  const operations: Operations = {
    ...each(comparisons),
    add: tf.add,
    sub: tf.sub,
    mul: { of: tf.mul, instead: asInteger(Math.imul) },
    squaredDifference: {
      of: tf.squaredDifference,
      instead: asInteger((a, b) => Math.imul((a - b) | 0, (a - b) | 0)),
    },
    div: tf.div,
    floorDiv: tf.floorDiv,
    mod: tf.mod,
    maximum: tf.maximum,
    minimum: tf.minimum,
    // Up to 2^63: beyond, powers of integers are not defined here.
    pow: (a, b) => tf.pow(tf.clipByValue(a!, -200, 200), tf.clipByValue(b!, -3, 8)),
    where: { of: (a, b) => tf.where(tf.less(a!, b!), a!, b!), instead: asInteger(Math.min) },
  };
  await fc.assert(
    fc.asyncProperty(broadcastPairs(), seeds, async ([a, b], draws) => {
      await expectAllAgree(operations, [integers(a), integers(b)], draws);
      await expectAllAgree(
        { bitwiseAnd: (x, y) => tf.bitwiseAnd(x!, y!) },
        [integers(a), integers(a)],
        draws,
      );
    }),
    { numRuns: 25, seed: 7 },
  );
});

test('integers with floats, bools with either', async () => {
  const mixed: Operations = {
    ...each(comparisons),
    ...each({
      add: tf.add,
      mul: tf.mul,
      div: tf.div,
      maximum: tf.maximum,
      atan2: tf.atan2,
      prelu: tf.prelu,
    }),
    where: binary.where!,
    floorDiv: { of: tf.floorDiv, instead: floorDiv },
    pow: { of: tf.pow, instead: byElement(pow) },
    'bool and other': (a, b) => tf.add(bool(a!), b!),
    'other and bool': (a, b) => tf.sub(a!, bool(b!)),
    'where of bool and other': {
      of: (a, b) => tf.where(bool(a!), bool(a!), b!),
      instead: (a, b) => {
        const dtype = b!.dtype as 'float32';
        return byElement((x, y) => (x !== 0 ? 1 : y), dtype)(a!, b!);
      },
    },
  };
  const ofBools: Operations = each({
    maximum: (a, b) => tf.maximum(bool(a!), bool(b!)),
    minimum: (a, b) => tf.minimum(bool(a!), bool(b!)),
    mul: (a, b) => tf.mul(bool(a!), bool(b!)),
    div: (a, b) => tf.div(bool(a!), bool(b!)),
    ...Object.fromEntries(
      Object.entries(comparisons).map(([name, of]) => [name, (a, b) => of(bool(a!), bool(b!))] as const),
    ),
  });
  await fc.assert(
    fc.asyncProperty(broadcastPairs(), seeds, async ([a, b], draws) => {
      await expectAllAgree(mixed, [integers(a, smallInteger), floats(b)], draws);
      await expectAllAgree(mixed, [floats(a), integers(b, smallInteger)], draws);
      await expectAllAgree(ofBools, [bits(a), bits(b)], draws);
    }),
    { numRuns: 8, seed: 8 },
  );
});

test('batch normalisation', async () => {
  await fc.assert(
    fc.asyncProperty(shapes(2, 4), seeds, async (shape, draws) => {
      const row = shape.slice(-1);
      await expectAllAgree(
        {
          batchNorm: {
            of: (x, mean, variance, offset, scale) =>
              tf.batchNorm(
                x!,
                mean as tf.Tensor1D,
                variance as tf.Tensor1D,
                offset as tf.Tensor1D,
                scale as tf.Tensor1D,
                1e-2,
              ),
            by: [0, 1, 2, 3, 4],
            // Differences of numbers up to 6, divided by a deviation from 0.1 on; gradients sum a few hundred of them.
            absolute: 1e-5,
            absoluteOfGradient: 1e-2,
          },
        },
        [moderate(shape), moderate(row), { shape: row, range: [0, 3] }, moderate(row), moderate(row)],
        draws,
      );
    }),
    { numRuns: 12, seed: 9 },
  );
});

test.each(Object.entries({ abs: tf.abs, neg: tf.neg, relu: tf.relu, square: tf.square, exp1: tf.expm1 }))(
  'what tfjs makes of bools with bytes other than 0 and 1 is refused: %s',
  (_name, of) => {
    const fn = ([x]: tf.Tensor[]) => [of(bool(x!)) as tf.Tensor];
    expect(() => trace(fn, [{ shape: [3], dtype: 'int32' }])).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_OP',
        message: expect.stringContaining('cast them to numbers'),
      }),
    );
  },
);
