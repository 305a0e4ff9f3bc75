import type { Ops } from '../graph/ops.js';
import { int, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call, LoweringTable } from './kernel.js';
import { sumRows } from './scatter.js';
import { number } from './types.js';

/** Ones where no weights are given. */
const weightsOf = (ops: Ops, weights: Value, x: Value) =>
  sizeOf(weights.shape) > 0
    ? ops.reshape(weights, [sizeOf(x.shape)])
    : ops.graph.splat(weights.type, [sizeOf(x.shape)], 1);

function bincount({ ops, inputs: { x, weights }, attributes: { size } }: Call): Value {
  const count = size as number;
  if (sizeOf(x!.shape) === 0 || count === 0) return ops.graph.splat(weights!.type, [count], 0);
  const places = ops.reshape(x!, [sizeOf(x!.shape)]);
  return sumRows(ops, weightsOf(ops, weights!, x!), places, count);
}

/** Each row of x has bins of its own. tfjs heeds binaryOutput for matrices only. */
function denseBincount(call: Call): Value {
  const { ops, inputs, attributes } = call;
  const { x, weights } = inputs;
  const { size, binaryOutput } = attributes as { size: number; binaryOutput?: boolean };
  if (x!.shape.length === 1) return bincount(call);
  const [rows, columns] = x!.shape as [number, number];
  const type = weights!.type;
  if (rows * columns * size === 0) return ops.graph.splat(type, [rows, size], 0);
  const first = ops.graph.constant(
    'int32',
    [rows, 1],
    Array.from({ length: rows }, (_, i) => i * size),
  );
  const outside = ops.binary(
    'Or',
    ops.compare('Less', x!, ops.scalar('int32', 0)),
    ops.compare('GreaterOrEqual', x!, ops.scalar('int32', size)),
    'bool',
  );
  const places = ops.where(outside, ops.scalar('int32', -1), ops.add(x!, first));
  const values = binaryOutput ? ops.graph.splat(type, [rows * columns], 1) : weightsOf(ops, weights!, x!);
  const sums = sumRows(ops, values, ops.reshape(places, [rows * columns]), rows * size);
  const bins = ops.reshape(sums, [rows, size]);
  return binaryOutput ? ops.binary('Min', bins, ops.scalar(type, 1)) : bins;
}

/** How many entries of each sorted row are below a value (or not above it), by halving steps. */
function searchSorted({ ops, inputs: { sortedSequence, values }, attributes: { side } }: Call): Value {
  const length = sortedSequence!.shape[1]!;
  let found = ops.graph.splat('int32', values!.shape, 0);
  if (sizeOf(values!.shape) === 0 || length === 0) return found;
  const type = sortedSequence!.type === values!.type ? values!.type : 'float32';
  const sequence = ops.cast(sortedSequence!, type);
  const wanted = ops.cast(values!, type);
  const i32 = (value: number) => ops.scalar('int32', value);
  for (let step = 2 ** Math.floor(Math.log2(length)); step >= 1; step /= 2) {
    const next = ops.add(found, i32(step));
    const last = ops.binary('Min', ops.sub(next, i32(1)), i32(length - 1));
    const inputs = [sequence, ops.expand(last, values!.shape)];
    const entry = ops.graph.node('GatherElements', inputs, type, values!.shape, { axis: int(1) });
    const before = ops.compare(side === 'left' ? 'Less' : 'LessOrEqual', entry, wanted);
    const exists = ops.compare('LessOrEqual', next, i32(length));
    found = ops.where(ops.binary('And', before, exists, 'bool'), next, found);
  }
  return found;
}

function sparseToDense({ ops, inputs, attributes }: Call): Value {
  const { sparseIndices, sparseValues, defaultValue } = inputs;
  const shape = attributes.outputShape as number[];
  const [count, rank] =
    sparseIndices!.shape.length === 2 ? sparseIndices!.shape : [sizeOf(sparseIndices!.shape), 1];
  const type = sparseValues!.type;
  // ONNX Runtime scatters bools on some devices only.
  const wide = (x: Value) => (type === 'bool' ? ops.cast(x, 'int32') : x);
  const background = ops.expand(ops.reshape(wide(defaultValue!), []), shape);
  if (count === 0 || sizeOf(shape) === 0) return ops.cast(background, type);
  const indices = ops.reshape(ops.cast(sparseIndices!, 'int64'), [count!, rank!]);
  const updates = ops.expand(wide(sparseValues!), [count!]);
  const dense = ops.graph.node('ScatterND', [background, indices, updates], updates.type, shape);
  return ops.cast(dense, type);
}

/** Rows of data, chosen by indices, summed or averaged by segment. The last segment id decides the shape. */
const segments =
  (average: boolean) =>
  ({ ops, inputs: { data, indices, segmentIds } }: Call): Value => {
    number(data!);
    const ids = segmentIds!.constant;
    if (!ids) throw new Unsupported('the shape of the result depends on segmentIds: make them a constant');
    const known = Array.from({ length: segmentIds!.shape[0]! }, (_, i) =>
      Number(ids[segmentIds!.splat ? 0 : i]),
    );
    const count = known.length > 0 ? known.at(-1)! + 1 : 0;
    const shape = [count, ...data!.shape.slice(1)];
    if (sizeOf(shape) === 0) return ops.graph.splat(data!.type, shape, 0);
    const sums = sumRows(ops, ops.gather(data!, indices!, 0), segmentIds!, count);
    if (!average) return sums;
    const sizes = Array.from({ length: count }, () => 0);
    for (const id of known) sizes[id]! += 1;
    const divisors = ops.graph.constant(
      data!.type,
      [count, ...data!.shape.slice(1).map(() => 1)],
      sizes.map((size) => Math.max(1, size)),
    );
    return ops.div(sums, divisors);
  };

function diagonal({ ops, inputs: { x } }: Call): Value {
  const size = sizeOf(x!.shape);
  const type = x!.type;
  const shape = [...x!.shape, ...x!.shape];
  if (size === 0) return ops.graph.splat(type, shape, 0);
  const count = Array.from({ length: size }, (_, i) => i);
  const row = ops.graph.constant('int32', [size, 1], count);
  const column = ops.graph.constant('int32', [size], count);
  const source = ops.reshape(type === 'bool' ? ops.cast(x!, 'int32') : x!, [size]);
  const square = ops.where(ops.compare('Equal', row, column), source, ops.scalar(source.type, 0));
  return ops.cast(ops.reshape(square, shape), type);
}

/** The shape, as values, that two shapes broadcast to. That they do cannot be checked here. */
function broadcastArguments({ ops, inputs: { s0, s1 } }: Call): Value {
  const rank = Math.max(s0!.shape[0]!, s1!.shape[0]!);
  const one = ops.scalar('int32', 1);
  const [a, b] = [s0!, s1!].map((x) => ops.pad(x, [rank - x.shape[0]!], [0], one)) as [Value, Value];
  return ops.where(ops.compare('Equal', a, one), b, a);
}

export const sparse: LoweringTable = {
  Bincount: bincount,
  DenseBincount: denseBincount,
  SearchSorted: searchSorted,
  SparseToDense: sparseToDense,
  SparseSegmentSum: segments(false),
  SparseSegmentMean: segments(true),
  Diag: diagonal,
  BroadcastArgs: broadcastArguments,
};
