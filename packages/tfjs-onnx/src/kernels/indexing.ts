import type { Ops } from '../graph/ops.js';
import { type ElementType, int, sizeOf, string, type Value } from '../graph/value.js';
import { type Call, frontAxis, type LoweringTable, movedAxis } from './kernel.js';

function gather({ ops, inputs: { x, indices }, attributes }: Call): Value {
  const axis = frontAxis((attributes.axis as number | undefined) ?? 0, x!.shape.length);
  const batch = (attributes.batchDims as number | undefined) ?? 0;
  if (batch === 0) return ops.gather(x!, indices!, axis);
  // With batch axes: the gathered axis goes right behind them, GatherND takes one index tuple per entry.
  const moved = ops.transpose(x!, movedAxis(x!.shape.length, axis, batch));
  const tuples = ops.reshape(ops.cast(indices!, 'int64'), [...indices!.shape, 1]);
  const shape = [...indices!.shape, ...moved.shape.slice(batch + 1)];
  const gathered = ops.graph.node('GatherND', [moved, tuples], x!.type, shape, { batch_dims: int(batch) });
  // Result so far: batch, indices, x between batch and axis, x after axis; the indices belong before the last part.
  const chosen = indices!.shape.length - batch;
  const between = axis - batch;
  const order = shape.map((_, i) => i);
  order.splice(batch + between, 0, ...order.splice(batch, chosen));
  return ops.transpose(gathered, order);
}

function gatherNd({ ops, inputs: { params, indices } }: Call): Value {
  const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(indices!.shape.at(-1)!)];
  return ops.graph.node('GatherND', [params!, ops.cast(indices!, 'int64')], params!.type, shape);
}

function scatterAdd(ops: Ops, shape: readonly number[], indices: Value, updates: Value): Value {
  const zeros = ops.graph.splat(updates.type, shape, 0);
  return ops.graph.node('ScatterND', [zeros, ops.cast(indices, 'int64'), updates], updates.type, shape, {
    reduction: string('add'),
  });
}

/** Rows of x summed by segment, float32; an id outside [0, numSegments) drops its row, as in tfjs. */
function segmentSum({ ops, inputs: { x, segmentIds }, attributes: { numSegments } }: Call): Value {
  const segments = numSegments as number;
  const idRank = segmentIds!.shape.length;
  const rest = x!.shape.slice(idRank);
  const shape = [segments + 1, ...rest];
  const zero = ops.scalar('int32', 0);
  const low = ops.compare('Less', segmentIds!, zero);
  const high = ops.compare('GreaterOrEqual', segmentIds!, ops.scalar('int32', segments));
  // Dropped rows are collected in one more segment that is cut off.
  const ids = ops.where(ops.binary('Or', low, high, 'bool'), ops.scalar('int32', segments), segmentIds!);
  const count = sizeOf(segmentIds!.shape);
  const rows = ops.reshape(ops.cast(x!, 'float32'), [count, ...rest]);
  const sums = scatterAdd(ops, shape, ops.reshape(ids, [count, 1]), rows);
  return ops.slice(sums, [0], [0], [segments]);
}

function oneHot({ ops, inputs: { indices }, attributes }: Call): Value {
  const { depth, onValue, offValue } = attributes as { depth: number; onValue: number; offValue: number };
  const type = (attributes.dtype ?? 'float32') as ElementType;
  const classes = ops.graph.constant(
    'int32',
    [depth],
    Array.from({ length: depth }, (_, i) => i),
  );
  const hit = ops.compare('Equal', ops.reshape(indices!, [...indices!.shape, 1]), classes);
  if (onValue === 1 && offValue === 0) return ops.cast(hit, type);
  // ONNX Runtime cannot choose between bools.
  const wide = type === 'bool' ? 'int32' : type;
  return ops.cast(ops.where(hit, ops.scalar(wide, onValue), ops.scalar(wide, offValue)), type);
}

function topK({ ops, inputs: { x }, attributes }: Call): Value[] {
  const k = attributes.k as number;
  const shape = [...x!.shape.slice(0, -1), k];
  const [values, indices] = ops.graph.nodes(
    'TopK',
    [x!, ops.indices([k])],
    [
      { type: x!.type, shape },
      { type: 'int64', shape },
    ],
    { axis: int(x!.shape.length - 1), sorted: int(1) },
  );
  return [values!, ops.cast(indices!, 'int32')];
}

export const indexing: LoweringTable = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: ({ ops, inputs: { indices, updates }, attributes }) =>
    scatterAdd(ops, attributes.shape as number[], indices!, updates!),
  TensorScatterUpdate: ({ ops, inputs: { tensor, indices, updates } }) =>
    ops.graph.node(
      'ScatterND',
      [tensor!, ops.cast(indices!, 'int64'), updates!],
      tensor!.type,
      tensor!.shape,
    ),
  UnsortedSegmentSum: segmentSum,
  OneHot: oneHot,
  TopK: topK,
};
