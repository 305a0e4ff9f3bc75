import { RobustaError } from '@robusta/core';
import type { TensorData } from '@robusta/tensor-io';

/** Tensors of a network by their published names. */
export type StateDict = Readonly<Record<string, TensorData>>;

/** A tensor that a network has. */
export interface Expected {
  name: string;
  shape: readonly number[];
  /** It may be absent: nothing that is computed depends on it. */
  optional?: boolean;
}

/** What of a state dict is not as the network has it. */
export interface Differences {
  missing: string[];
  unexpected: string[];
  misshaped: { name: string; expected: readonly number[]; found: string }[];
}

const floating = new Set(['float16', 'bfloat16', 'float32', 'float64']);

/** Compares names and shapes with those of a network. */
export function compareState(state: StateDict, expected: readonly Expected[]): Differences {
  const known = new Map(expected.map((tensor) => [tensor.name, tensor]));
  const differences: Differences = {
    missing: expected
      .filter(({ name, optional }) => !optional && !Object.hasOwn(state, name))
      .map(({ name }) => name),
    unexpected: Object.keys(state).filter((name) => !known.has(name)),
    misshaped: [],
  };
  for (const { name, shape, optional } of expected) {
    const tensor = Object.hasOwn(state, name) ? state[name] : undefined;
    if (!tensor) continue;
    const sameShape =
      tensor.shape.length === shape.length && shape.every((extent, i) => extent === tensor.shape[i]);
    if (sameShape && (optional || floating.has(tensor.dtype))) continue;
    const found = sameShape ? tensor.dtype : `[${tensor.shape.join(', ')}]`;
    differences.misshaped.push({ name, expected: shape, found });
  }
  return differences;
}

/** Names that a message lists before it only counts them; `details` has all. */
const LISTED = 8;

/** @throws BAD_MODEL with every tensor that is missing, unexpected or mis-shaped; NON_FINITE naming the tensor */
export function checkState(state: StateDict, expected: readonly Expected[], what: string): void {
  const differences = compareState(state, expected);
  const { missing, unexpected, misshaped } = differences;
  const shapes = misshaped.map(
    ({ name, expected, found }) => `${name} (${found} instead of [${expected.join(', ')}])`,
  );
  const parts = [
    ['missing', missing],
    ['unexpected', unexpected],
    ['mis-shaped', shapes],
  ] as const;
  const problems = parts.flatMap(([title, names]) => (names.length > 0 ? [listed(title, names)] : []));
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `${what}: ${problems.join('; ')}`, {
      hint: 'another architecture, or only a part of the file; details has the whole list',
      details: { ...differences },
    });
  }
  for (const { name, optional } of expected) if (!optional) requireFinite(state[name]!, name, what);
}

function listed(title: string, names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.length} ${title}: ${names.slice(0, LISTED).join(', ')}${more}`;
}

function requireFinite({ data }: TensorData, name: string, what: string): void {
  const values = data as Float32Array;
  // A sum is finite only if all addends are; one that overflows is looked at again.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  if (Number.isFinite(sum)) return;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!))
      throw new RobustaError('NON_FINITE', `${what}: element ${i} of ${name} is ${values[i]}`, {
        hint: 'the checkpoint is damaged, or of a training that diverged',
      });
  }
}

/** The elements of a tensor that was checked. */
export function elements(state: StateDict, name: string): Float32Array | Float64Array {
  return state[name]!.data as Float32Array | Float64Array;
}
