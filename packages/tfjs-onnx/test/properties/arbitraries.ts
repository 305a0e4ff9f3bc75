import type { Rng } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Input } from '../agree.js';

/** An extent: mostly 1 to 4, now and then 0. */
const extents = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

/** Shapes of the given ranks, also empty ones. */
export const shapes = (minRank = 0, maxRank = 5) =>
  fc.array(extents, { minLength: minRank, maxLength: maxRank });

/** Two shapes that broadcast to each other, in either direction or both, ranks differing. */
export const broadcastPairs = (maxRank = 5) =>
  fc
    .tuple(
      shapes(0, maxRank),
      fc.nat(maxRank),
      fc.nat(maxRank),
      fc.array(fc.constantFrom('neither', 'neither', 'left', 'right'), {
        minLength: maxRank,
        maxLength: maxRank,
      }),
    )
    .map(([shape, dropLeft, dropRight, flat]) => {
      const side = (name: string, drop: number) =>
        shape.map((extent, i) => (flat[i] === name ? 1 : extent)).slice(drop);
      // One side at most loses leading axes, mostly none.
      return [
        side('left', dropLeft > 3 ? dropRight : 0),
        side('right', dropLeft > 3 ? 0 : dropRight),
      ] as const;
    });

/** Seeds for the values of one sample's inputs. */
export const seeds = fc.array(fc.integer(), { minLength: 3, maxLength: 3 });

const pick = <T>(rng: Rng, values: readonly T[]): T => values[rng.int(values.length)]!;

const specials = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, Infinity, -Infinity, Number.NaN];

/** float32 of every kind: moderate, huge, tiny (but normal), infinite, not a number, halves, zeros of both signs. */
export function anyFloat(rng: Rng): number {
  const sign = rng.int(2) === 0 ? 1 : -1;
  switch (rng.int(8)) {
    case 0:
    case 1:
      return pick(rng, specials);
    case 2:
      return sign * 10 ** (72 * rng.uniform() - 36);
    case 3:
      return sign * 100 * rng.uniform();
    default:
      return sign * 3 * rng.uniform();
  }
}

/** int32 of every kind: small, of any size, at the ends of the range. */
export function anyInteger(rng: Rng): number {
  switch (rng.int(6)) {
    case 0:
      return pick(rng, [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 65_536, -65_537]);
    case 1:
      return rng.int(2 ** 32) - 2 ** 31;
    default:
      return rng.int(19) - 9;
  }
}

export const floats = (shape: readonly number[], draw = anyFloat): Input => ({ shape: [...shape], draw });
export const moderate = (shape: readonly number[]): Input => ({ shape: [...shape], range: [-3, 3] });
export const integers = (shape: readonly number[], draw = anyInteger): Input => ({
  shape: [...shape],
  dtype: 'int32',
  draw,
});
export const bits = (shape: readonly number[]): Input => ({
  shape: [...shape],
  dtype: 'int32',
  range: [0, 2],
});

/** Integers that float32 holds exactly. */
export const smallInteger = (rng: Rng) => rng.int(41) - 20;

export const moderateFloat = (rng: Rng) => 6 * rng.uniform() - 3;

/** Floats of every kind, or moderate ones, of which gradients keep more digits. */
export const palettes = fc.constantFrom(anyFloat, moderateFloat);

export const bool = (x: tf.Tensor) => tf.cast(x, 'bool');

/** Moderate floats, zeros of both signs, infinities and NaN. */
export const specialFloat = (rng: Rng) => (rng.int(3) === 0 ? pick(rng, specials) : moderateFloat(rng));
