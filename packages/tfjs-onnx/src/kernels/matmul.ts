import type { Ops } from '../graph/ops.js';
import { sizeOf, string, type Value } from '../graph/value.js';
import { activate } from './elementwise.js';
import type { Call, LoweringTable } from './kernel.js';

/** Swaps the last two axes. ONNX Runtime folds the transpose into the product. */
function swapped(ops: Ops, x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return ops.transpose(x, perm);
}

function product({ ops, inputs: { a, b }, attributes }: Call): Value {
  const left = attributes.transposeA ? swapped(ops, a!) : a!;
  const right = attributes.transposeB ? swapped(ops, b!) : b!;
  const result = ops.matmul(left, right);
  // ONNX Runtime leaves sums of nothing unwritten, and refuses some products without elements.
  const empty = left.shape.at(-1) === 0 || sizeOf(result.shape) === 0;
  return empty ? ops.graph.splat(result.type, result.shape, 0) : result;
}

/** An einsum with explicit output indices, which tfjs always has. */
function einsum({ ops, list, attributes }: Call): Value {
  const equation = (attributes.equation as string).replace(/\s/g, '');
  const [left, right] = equation.split('->') as [string, string];
  const extents = new Map<string, number>();
  for (const [i, indices] of left.split(',').entries()) {
    for (const [j, index] of [...indices].entries()) extents.set(index, list[i]!.shape[j]!);
  }
  const shape = [...right].map((index) => extents.get(index)!);
  // As with products of matrices.
  if ([...extents.values()].includes(0)) return ops.graph.splat(list[0]!.type, shape, 0);
  return ops.graph.node('Einsum', list, list[0]!.type, shape, { equation: string(equation) });
}

export const matmul: LoweringTable = {
  BatchMatMul: product,
  _FusedMatMul: (call) => {
    const { ops, inputs, attributes } = call;
    const plain = product(call);
    const biased = inputs.bias ? ops.add(plain, inputs.bias) : plain;
    const { activation, leakyreluAlpha } = attributes;
    return activate(ops, biased, activation as string, leakyreluAlpha, inputs.preluActivationWeights);
  },
  Einsum: einsum,
};
