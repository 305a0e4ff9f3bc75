import { type Rng, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import type { TensorFunction } from '../../src/index.js';
import { expectAgreement, type Input } from '../agree.js';

export type Pair = [number, number];
export type Padding = 'same' | 'valid' | number | [Pair, Pair, Pair, Pair];
export type Rounding = 'floor' | 'round' | 'ceil' | undefined;

/** Values of which small sums are exact, so that sums agree in whatever order they are taken. */
export const whole = (rng: Rng) => rng.int(7) - 3;

const small = (max: number) => fc.integer({ min: 1, max });

/** Either strides or dilations are 1, as tfjs demands. */
export const steps = (rank: number, maxStride = 3, maxDilation = 3) =>
  fc.oneof(
    fc.tuple(
      fc.array(small(maxStride), { minLength: rank, maxLength: rank }),
      fc.constant(Array<number>(rank).fill(1)),
    ),
    fc.tuple(
      fc.constant(Array<number>(rank).fill(1)),
      fc.array(small(maxDilation), { minLength: rank, maxLength: rank }),
    ),
  );

const pair = fc.tuple(fc.nat(3), fc.nat(3));

export const paddings: fc.Arbitrary<Padding> = fc.oneof(
  fc.constantFrom('same' as const, 'valid' as const, 0, 1, 2),
  fc.tuple(fc.constant<Pair>([0, 0]), pair, pair, fc.constant<Pair>([0, 0])),
);

/** tfjs takes a rounding mode with paddings of numbers only. */
export const roundings = (pad: Padding): fc.Arbitrary<Rounding> =>
  typeof pad === 'string' ? fc.constant(undefined) : fc.constantFrom(undefined, 'floor', 'round', 'ceil');

/** Extents of an image or volume: now and then an axis is empty. */
export const extents = (rank: number, max = 7) =>
  fc.array(fc.oneof({ weight: 30, arbitrary: small(max) }, { weight: 1, arbitrary: fc.constant(0) }), {
    minLength: rank,
    maxLength: rank,
  });

export const sizes = (rank: number, max = 4) => fc.array(small(max), { minLength: rank, maxLength: rank });

/** What is refused though tfjs computes something: it makes no sense, or tfjs gets it wrong. */
const refusals =
  /nothing but padding|padding as wide as the window|larger than the input|forgets dimRoundingMode/;

/** Compares traced and eager, where tfjs itself computes something sensible. */
export async function expectAgreementOrRefusal(
  fn: TensorFunction,
  inputs: Input[],
  gradients: number[],
): Promise<void> {
  try {
    await expectAgreement(fn, inputs, { gradients });
  } catch (error) {
    const known = RobustaError.isInstance(error) && error.code === 'UNSUPPORTED_OP';
    if (!known || !refusals.test(error.message)) throw error;
  }
}
