import type { EngineRun } from './compiled-function.js';
import type { Dims } from './dims.js';

type FixedOutputs = readonly { shape: readonly number[]; dtype: 'float32' | 'int32' }[];

/** Extents of the i-th named dimension in the two trials: large enough for kernels, and unlike each other. */
const TRIALS = [(i: number) => 24 + 7 * i, (i: number) => 41 + 11 * i] as const;

/**
 * What a function returns, in terms of the named dimensions of its inputs, from what it returns at two sizes.
 * @param outputsAt - runs it at given extents
 */
export function namedOutputs(
  names: readonly string[],
  outputsAt: (dims: Dims) => FixedOutputs,
): EngineRun['outputs'] {
  if (names.length === 0) return outputsAt({});
  const [first, second] = TRIALS.map((extent) =>
    Object.fromEntries(names.map((name, i) => [name, extent(i)])),
  ) as [Dims, Dims];
  const [a, b] = [outputsAt(first), outputsAt(second)];
  return a.map(({ shape, dtype }, i) => ({
    dtype,
    shape: shape.map((extent, axis) => {
      const other = b[i]?.shape[axis];
      return extent === other ? extent : formulaOf(names, first, second, extent, other ?? Number.NaN);
    }),
  }));
}

/** `T`, `T - 4` or the like; `?` where it is nothing so simple. */
function formulaOf(names: readonly string[], first: Dims, second: Dims, a: number, b: number): string {
  for (const name of names) {
    const offset = a - first[name]!;
    if (b - second[name]! !== offset) continue;
    if (offset === 0) return name;
    return `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  }
  return '?';
}
