import type { Ops } from '../graph/ops.js';
import type { Value } from '../graph/value.js';

/** What a lowering gets: the named inputs of the kernel (or the list of them), its attributes, and ONNX operators. */
export interface Call {
  readonly ops: Ops;
  /** Inputs by their tfjs name. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** All inputs in order, for kernels that take a list. */
  readonly list: readonly Value[];
  // biome-ignore lint/suspicious/noExplicitAny: attributes are typed by tfjs per kernel name only
  readonly attributes: Readonly<Record<string, any>>;
}

/** Expresses one tfjs kernel with ONNX operators. Throws Unsupported where it cannot. */
export type Lowering = (call: Call) => Value | readonly Value[];

export type LoweringTable = Readonly<Record<string, Lowering>>;

/** An axis counted from the front. */
export const frontAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** tfjs's axis argument: one axis, several, or nothing for all. */
export function axesOf(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  return (typeof axis === 'number' ? [axis] : axis).map((a) => frontAxis(a, rank)).sort((a, b) => a - b);
}

/** Axes 0 … rank-1 with one of them moved to another place. */
export function movedAxis(rank: number, from: number, to: number): number[] {
  const perm = Array.from({ length: rank }, (_, i) => i);
  perm.splice(to, 0, perm.splice(from, 1)[0]!);
  return perm;
}
