import type { Ops } from '../graph/ops.js';
import { int, type Value } from '../graph/value.js';
import { axesOf, type Call, frontAxis, type Lowering, type LoweringTable } from './kernel.js';

const numeric = (ops: Ops, x: Value) => (x.type === 'bool' ? ops.cast(x, 'int32') : x);

/** tfjs names the axes differently from kernel to kernel. */
const axesFrom = ({ attributes }: Call, rank: number) =>
  axesOf(attributes.axis ?? attributes.reductionIndices, rank);

const reduction =
  (op: string): Lowering =>
  (call) => {
    const x = numeric(call.ops, call.inputs.x!);
    return call.ops.reduce(op, x, axesFrom(call, x.shape.length), Boolean(call.attributes.keepDims));
  };

const ofBools =
  (op: 'ReduceMin' | 'ReduceMax'): Lowering =>
  (call) => {
    const x = call.ops.cast(call.ops.cast(call.inputs.x!, 'bool'), 'int32');
    const result = call.ops.reduce(op, x, axesFrom(call, x.shape.length), Boolean(call.attributes.keepDims));
    return call.ops.cast(result, 'bool');
  };

const position =
  (op: 'ArgMax' | 'ArgMin'): Lowering =>
  ({ ops, inputs: { x }, attributes }) => {
    const axis = frontAxis(attributes.axis as number, x!.shape.length);
    const shape = x!.shape.filter((_, i) => i !== axis);
    const found = ops.graph.node(op, [numeric(ops, x!)], 'int64', shape, {
      axis: int(axis),
      keepdims: int(0),
    });
    return ops.cast(found, 'int32');
  };

const alongAxis =
  (op: 'Softmax' | 'LogSoftmax', key: 'dim' | 'axis'): Lowering =>
  ({ ops, inputs: { logits }, attributes }) => {
    if (logits!.shape.length === 0) return ops.scalar('float32', op === 'Softmax' ? 1 : 0);
    return ops.unary(op, logits!, { axis: int(frontAxis(attributes[key] as number, logits!.shape.length)) });
  };

export const reductions: LoweringTable = {
  Sum: reduction('ReduceSum'),
  Prod: reduction('ReduceProd'),
  Max: reduction('ReduceMax'),
  Min: reduction('ReduceMin'),
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
  Softmax: alongAxis('Softmax', 'dim'),
  LogSoftmax: alongAxis('LogSoftmax', 'axis'),
  Cumsum: ({ ops, inputs: { x }, attributes: { axis, exclusive, reverse } }) => {
    const along = ops.scalar('int32', frontAxis(axis as number, x!.shape.length));
    const flags = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
    return ops.graph.node('CumSum', [numeric(ops, x!), along], numeric(ops, x!).type, x!.shape, flags);
  },
};
