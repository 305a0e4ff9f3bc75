import type { Ops } from '../graph/ops.js';
import { broadcastShape } from '../graph/ops.js';
import { string, type Value } from '../graph/value.js';
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
  return ops.matmul(left, right);
}

/** Output shape of an einsum with explicit output indices, which tfjs always has. */
function einsumShape(equation: string, list: readonly Value[]): number[] {
  const [left, right] = equation.replace(/\s/g, '').split('->') as [string, string];
  const extents = new Map<string, number>();
  for (const [i, indices] of left.split(',').entries()) {
    for (const [j, index] of [...indices].entries()) extents.set(index, list[i]!.shape[j]!);
  }
  return [...right].map((index) => extents.get(index)!);
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
  Einsum: ({ ops, list, attributes }) => {
    const equation = attributes.equation as string;
    return ops.graph.node('Einsum', list, list[0]!.type, broadcastShape(einsumShape(equation, list)), {
      equation: string(equation.replace(/\s/g, '')),
    });
  },
};
