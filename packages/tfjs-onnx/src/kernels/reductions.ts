import { int, type Value } from '../graph/value.js';
import { axesOf, type Call, frontAxis, type Lowering, type LoweringTable } from './kernel.js';
import { numeric } from './types.js';

/** tfjs names the axes differently from kernel to kernel. */
const axesFrom = ({ attributes }: Call, rank: number) =>
  axesOf(attributes.axis ?? attributes.reductionIndices, rank);

/** Sum or product. Those of integers wrap around on the way over int64; ONNX Runtime's own for int32 saturate. */
const total =
  (op: 'ReduceSum' | 'ReduceProd'): Lowering =>
  (call) => {
    const { ops } = call;
    const x = numeric(ops, call.inputs.x!);
    const axes = axesFrom(call, x.shape.length);
    const keepDims = Boolean(call.attributes.keepDims);
    if (x.type === 'float32') return ops.reduce(op, x, axes, keepDims);
    return ops.cast(ops.reduce(op, ops.cast(x, 'int64'), axes, keepDims), 'int32');
  };

/**
 * Largest or smallest element; NaN if one is, which ONNX Runtime passes over. The sum of magnitudes is NaN just then,
 * as no infinities can cancel in it. Of nothing, as in tfjs, NaN, or 0 for integers.
 */
const extremum =
  (op: 'ReduceMax' | 'ReduceMin'): Lowering =>
  (call) => {
    const { ops, attributes } = call;
    const x = numeric(ops, call.inputs.x!);
    const axes = axesFrom(call, x.shape.length);
    const keepDims = Boolean(attributes.keepDims);
    const result = ops.reduce(op, x, axes, keepDims);
    if (axes.some((axis) => x.shape[axis] === 0)) {
      return ops.graph.splat(x.type, result.shape, x.type === 'int32' ? 0 : Number.NaN);
    }
    if (x.type === 'int32' || !result.node?.op.startsWith('Reduce')) return result;
    const magnitude = ops.reduce('ReduceL1', x, axes, keepDims);
    return ops.where(ops.unary('IsNaN', magnitude, {}, 'bool'), magnitude, result);
  };

/** All of nothing is true, any of nothing false. */
const ofBools =
  (op: 'ReduceMin' | 'ReduceMax'): Lowering =>
  (call) => {
    const x = call.ops.cast(call.ops.cast(call.inputs.x!, 'bool'), 'int32');
    const axes = axesFrom(call, x.shape.length);
    const result = call.ops.reduce(op, x, axes, Boolean(call.attributes.keepDims));
    if (axes.some((axis) => x.shape[axis] === 0)) {
      return call.ops.graph.splat('bool', result.shape, op === 'ReduceMin' ? 1 : 0);
    }
    return call.ops.cast(result, 'bool');
  };

/**
 * Index of the first largest or smallest element. As in tfjs, NaN is passed over, but for one at the very beginning,
 * which nothing exceeds.
 */
const position =
  (op: 'ArgMax' | 'ArgMin'): Lowering =>
  ({ ops, inputs: { x: given }, attributes }) => {
    const x = numeric(ops, given!);
    const axis = frontAxis(attributes.axis as number, x.shape.length);
    const shape = x.shape.filter((_, i) => i !== axis);
    if (x.shape[axis] === 0) return ops.graph.splat('int32', shape, 0);
    const find = (values: Value) => {
      const flags = { axis: int(axis), keepdims: int(0) };
      return ops.cast(ops.graph.node(op, [values], 'int64', shape, flags), 'int32');
    };
    if (x.type === 'int32') return find(x);
    const unknown = (values: Value) => ops.unary('IsNaN', values, {}, 'bool');
    const lowest = ops.scalar('float32', op === 'ArgMax' ? -Infinity : Infinity);
    const first = ops.reshape(ops.slice(x, [axis], [0], [1]), shape);
    return ops.where(unknown(first), ops.scalar('int32', 0), find(ops.where(unknown(x), lowest, x)));
  };

/** ONNX has no running product: doubled distances reach any length in log2 steps. */
function cumprod({ ops, inputs: { x }, attributes: { axis, exclusive, reverse } }: Call): Value {
  const source = numeric(ops, x!);
  const along = frontAxis(axis as number, source.shape.length);
  const extent = source.shape[along]!;
  const one = ops.scalar(source.type, 1);
  const moved = (value: Value, distance: number) => {
    const pads = [value.shape.map((_, i) => (i === along ? distance : 0)), value.shape.map(() => 0)] as const;
    const [before, after] = reverse ? [pads[1], pads[0]] : pads;
    const [begin, end] = reverse ? [distance, extent] : [0, extent - distance];
    return ops.pad(ops.slice(value, [along], [begin], [end]), before, after, one);
  };
  let product = exclusive ? moved(source, 1) : source;
  for (let distance = 1; distance < extent; distance *= 2)
    product = ops.mul(product, moved(product, distance));
  return product;
}

export const reductions: LoweringTable = {
  Sum: total('ReduceSum'),
  Prod: total('ReduceProd'),
  Max: extremum('ReduceMax'),
  Min: extremum('ReduceMin'),
  Mean: (call) => {
    const x = call.ops.cast(call.inputs.x!, 'float32');
    return call.ops.reduce(
      'ReduceMean',
      x,
      axesFrom(call, x.shape.length),
      Boolean(call.attributes.keepDims),
    );
  },
  All: ofBools('ReduceMin'),
  Any: ofBools('ReduceMax'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Softmax: ({ ops, inputs: { logits }, attributes }) =>
    ops.unary('Softmax', logits!, { axis: int(frontAxis(attributes.dim as number, logits!.shape.length)) }),
  Cumprod: cumprod,
  Cumsum: ({ ops, inputs: { x }, attributes: { axis, exclusive, reverse } }) => {
    const along = ops.scalar('int32', frontAxis(axis as number, x!.shape.length));
    const flags = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
    return ops.graph.node('CumSum', [numeric(ops, x!), along], numeric(ops, x!).type, x!.shape, flags);
  },
};
