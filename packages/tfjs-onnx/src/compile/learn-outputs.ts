import { fitInteger, type Sizes, text } from '../dynamic/expression.js';
import type { EngineRun } from './compiled-function.js';

type FixedOutputs = readonly { shape: readonly number[]; dtype: 'float32' | 'int32' }[];

/** Extents of named dimensions in the trials: small, because running is not free, and all unlike. */
const TRIALS = [
  [11, 14, 19],
  [13, 12, 17],
  [7, 9, 15],
  [10, 16, 8],
];

/**
 * What a function returns, in terms of the named dimensions of its inputs, from what it returns at three sizes.
 * @param minimums - of the named dimensions
 * @param outputsAt - runs it at given extents
 */
export function learnOutputs(
  minimums: Readonly<Record<string, number>>,
  outputsAt: (sizes: Sizes) => FixedOutputs,
): EngineRun['outputs'] {
  const names = Object.keys(minimums);
  if (names.length === 0) return outputsAt({});
  const sizes = TRIALS[0]!.map((_, k) =>
    Object.fromEntries(
      names.map((name, i) => {
        const round = Math.floor(i / TRIALS.length);
        const size = TRIALS[i % TRIALS.length]![k]! + 20 * round;
        return [name, size + minimums[name]! - 1];
      }),
    ),
  );
  const trials = sizes.map(outputsAt);
  return trials[0]!.map(({ shape, dtype }, i) => ({
    dtype,
    shape: shape.map((extent, axis) => {
      const extents = trials.map((outputs) => outputs[i]?.shape[axis] ?? Number.NaN);
      if (extents.every((other) => other === extent)) return extent;
      const formula = fitInteger(extents, sizes, names);
      return formula ? text(formula) : '?';
    }),
  }));
}
