import { RobustaError } from '@robusta/core';
import type { OfficialArray } from './backbone.js';
import { sizeOf, type WeightArray, type Weights } from './weights.js';

/** How the parameters of a backbone stand in the state dict of its published code. */
export interface OfficialFormat {
  /** Names it in messages. */
  network: string;
  /** What is taken over, by its published name: the shape there, and how its values are laid out here. */
  entries: Record<string, { shape: readonly number[]; convert(values: ArrayLike<number>): WeightArray }>;
  /** Entries that may be there and are left out. */
  unused: RegExp;
  /** What else is wrong with an entry that is taken over or left out. */
  problem?(name: string, array: OfficialArray): string | undefined;
  /** What to do where the state dict does not fit. */
  hint: string;
}

/**
 * Parameters from a published state dict.
 * @throws BAD_MODEL listing every entry that is missing, unexpected, of another shape, not finite, or wrong otherwise
 */
export function takeOfficial(
  { network, entries, unused, problem, hint }: OfficialFormat,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const weights: Weights = {};
  const problems: string[] = [];
  for (const [name, { shape, convert }] of Object.entries(entries)) {
    const array = Object.hasOwn(stateDict, name) ? stateDict[name] : undefined;
    if (!array) problems.push(`${name} is missing`);
    else if (array.shape.join() !== shape.join() || array.data.length !== sizeOf(shape)) {
      problems.push(`${name} has shape [${array.shape}], expected [${shape}]`);
    } else if (typeof array.data[0] === 'bigint') problems.push(`${name} holds integers`);
    else {
      weights[name] = convert(array.data as ArrayLike<number>);
      if (!weights[name].data.every(Number.isFinite)) problems.push(`${name} holds NaN or infinity`);
    }
  }
  for (const [name, array] of Object.entries(stateDict)) {
    const known = Object.hasOwn(entries, name) || unused.test(name);
    const wrong = known ? problem?.(name, array) : `${name} is unexpected`;
    if (wrong) problems.push(wrong);
  }
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `not a state dict of ${network}: ${problems.join('; ')}`, {
      hint,
      details: { problems },
    });
  }
  return weights;
}

/** Reorders `[a, b, c]` to `[c, b, a]`: PyTorch's `[out, in, kernel]` to tfjs's `[kernel, in, out]`, and back. */
export function reverseAxes(
  data: ArrayLike<number>,
  [a, b, c]: readonly [number, number, number],
): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0, from = 0; i < a; i++) {
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) result[(k * b + j) * a + i] = data[from++]!;
  }
  return result;
}
