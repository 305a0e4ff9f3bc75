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
  Softmax: ({ ops, inputs: { logits }, attributes }) =>
    ops.unary('Softmax', logits!, { axis: int(frontAxis(attributes.dim as number, logits!.shape.length)) }),
  Cumprod: cumprod,
  Cumsum: ({ ops, inputs: { x }, attributes: { axis, exclusive, reverse } }) => {
    const along = ops.scalar('int32', frontAxis(axis as number, x!.shape.length));
    const flags = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
    return ops.graph.node('CumSum', [numeric(ops, x!), along], numeric(ops, x!).type, x!.shape, flags);
  },
};
