import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { type ElementType, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import { axesOf, type Call, frontAxis, type Lowering, type LoweringTable } from './kernel.js';

const splat =
  (element: number): Lowering =>
  ({ ops, inputs: { x } }) =>
    ops.graph.splat(x!.type, x!.shape, element);

function fill({ ops, attributes: { shape, value, dtype } }: Call): Value {
  if (typeof value !== 'number') throw new Unsupported('only numbers can be traced');
  return ops.graph.splat((dtype ?? 'float32') as ElementType, shape as number[], value);
}

function split({ ops, inputs: { x }, attributes: { numOrSizeSplits, axis } }: Call): Value[] {
  const along = frontAxis(axis as number, x!.shape.length);
  // prepareSplitSize writes the size that was given as -1 into its argument.
  const wanted = Array.isArray(numOrSizeSplits) ? [...numOrSizeSplits] : numOrSizeSplits;
  const sizes = tf.backend_util.prepareSplitSize({ shape: [...x!.shape] } as tf.Tensor, wanted, along);
  let begin = 0;
  return sizes.map((size) => ops.slice(x!, [along], [begin], [(begin += size)]));
}

function slice({ ops, inputs: { x }, attributes: { begin, size } }: Call): Value {
  const [start, extent] = tf.slice_util.parseSliceParams(
    { shape: [...x!.shape] } as tf.Tensor,
    begin,
    size,
  ) as [number[], number[]];
  const axes = x!.shape.map((_, i) => i).filter((i) => start[i] !== 0 || extent[i] !== x!.shape[i]);
  if (axes.length === 0) return x!;
  return ops.slice(
    x!,
    axes,
    axes.map((i) => start[i]!),
    axes.map((i) => start[i]! + extent[i]!),
  );
}

function stridedSlice({ ops, inputs: { x }, attributes: a }: Call): Value {
  const plan = tf.slice_util.sliceInfo(
    [...x!.shape],
    a.begin as number[],
    a.end as number[],
    a.strides as number[],
    a.beginMask as number,
    a.endMask as number,
    a.ellipsisMask as number,
    a.newAxisMask as number,
    a.shrinkAxisMask as number,
  );
  if (plan.isIdentity) return ops.reshape(x!, plan.finalShape);
  if (sizeOf(plan.finalShape) === 0) return ops.graph.splat(x!.type, plan.finalShape, 0);
  const sliced = ops.slice(
    x!,
    x!.shape.map((_, i) => i),
    plan.begin,
    plan.end,
    plan.strides,
  );
  return ops.reshape(sliced, plan.finalShape);
}

function reverse({ ops, inputs: { x }, attributes: { dims } }: Call): Value {
  const axes = axesOf(dims as number[], x!.shape.length);
  if (axes.length === 0) return x!;
  return ops.slice(
    x!,
    axes,
    axes.map((axis) => x!.shape[axis]! - 1),
    axes.map(() => -1),
    axes.map(() => -1),
  );
}

function tile({ ops, inputs: { x }, attributes: { reps } }: Call): Value {
  const times = reps as number[];
  if (times.every((n) => n === 1)) return x!;
  const shape = x!.shape.map((extent, i) => extent * times[i]!);
  if (x!.splat) return ops.expand(x!, shape);
  const stretched = x!.shape.every((extent, i) => extent === 1 || times[i] === 1);
  if (stretched) return ops.expand(x!, shape);
  return ops.graph.node('Tile', [x!, ops.indices(times)], x!.type, shape);
}

/** ONNX pads integers and floats alike, not bools. */
function pad({ ops, inputs: { x }, attributes: { paddings, constantValue } }: Call): Value {
  const pairs = paddings as [number, number][];
  const source = x!.type === 'bool' ? ops.cast(x!, 'int32') : x!;
  const value = ops.scalar(source.type, Number(constantValue));
  const padded = ops.pad(
    source,
    pairs.map(([before]) => before),
    pairs.map(([, after]) => after),
    value,
  );
  return ops.cast(padded, x!.type);
}

/** Reflection that leaves the edge out is ONNX's; the one that repeats it is a gather along each axis. */
function mirrorPad({ ops, inputs: { x }, attributes: { paddings, mode } }: Call): Value {
  const edge = mode === 'reflect' ? 0 : 1;
  let result = x!;
  for (const [axis, [before, after]] of (paddings as [number, number][]).entries()) {
    if (before === 0 && after === 0) continue;
    const extent = result.shape[axis]!;
    const from = Array.from({ length: before + extent + after }, (_, i) => {
      const position = i - before;
      if (position < 0) return -position - edge;
      return position < extent ? position : 2 * (extent - 1) - position + edge;
    });
    result = ops.gather(result, ops.indices(from), axis);
  }
  return result;
}

function stack(ops: Ops, parts: readonly Value[], axis: number): Value {
  const along = frontAxis(axis, parts[0]!.shape.length + 1);
  const shape = [...parts[0]!.shape.slice(0, along), 1, ...parts[0]!.shape.slice(along)];
  return ops.concat(
    parts.map((part) => ops.reshape(part, shape)),
    along,
  );
}

function unstack({ ops, inputs: { value }, attributes: { axis } }: Call): Value[] {
  const along = frontAxis(axis as number, value!.shape.length);
  const shape = value!.shape.filter((_, i) => i !== along);
  return Array.from({ length: value!.shape[along]! }, (_, i) =>
    ops.reshape(ops.slice(value!, [along], [i], [i + 1]), shape),
  );
}

function concat({ ops, list, attributes: { axis } }: Call): Value {
  const along = frontAxis(axis as number, list[0]!.shape.length);
  const filled = list.filter((part) => sizeOf(part.shape) > 0);
  if (filled.length > 0) return ops.concat(filled, along);
  const shape = [...list[0]!.shape];
  shape[along] = list.reduce((sum, part) => sum + part.shape[along]!, 0);
  return ops.graph.splat(list[0]!.type, shape, 0);
}

function spaceToBatch({ ops, inputs: { x }, attributes }: Call): Value {
  const block = attributes.blockShape as number[];
  const pads = [[0, 0], ...(attributes.paddings as number[][])] as [number, number][];
  while (pads.length < x!.shape.length) pads.push([0, 0]);
  const padded = ops.pad(
    x!,
    pads.map(([b]) => b),
    pads.map(([, a]) => a),
    ops.scalar(x!.type, 0),
  );
  const cut = tf.backend_util.getReshaped([...padded.shape], block, sizeOf(block), false);
  const perm = tf.backend_util.getPermuted(cut.length, block.length, false);
  const shape = tf.backend_util.getReshapedPermuted([...padded.shape], block, sizeOf(block), false);
  return ops.reshape(ops.transpose(ops.reshape(padded, cut), perm), shape);
}

function batchToSpace({ ops, inputs: { x }, attributes }: Call): Value {
  const block = attributes.blockShape as number[];
  const crops = attributes.crops as [number, number][];
  const cut = tf.backend_util.getReshaped([...x!.shape], block, sizeOf(block));
  const perm = tf.backend_util.getPermuted(cut.length, block.length);
  const shape = tf.backend_util.getReshapedPermuted([...x!.shape], block, sizeOf(block));
  const whole = ops.reshape(ops.transpose(ops.reshape(x!, cut), perm), shape);
  const axes = block.map((_, i) => i + 1);
  return ops.slice(
    whole,
    axes,
    crops.map(([before]) => before),
    axes.map((axis, i) => shape[axis]! - crops[i]![1]),
  );
}

function sequence({ ops, attributes: { start, stop, step: given, dtype } }: Call): Value {
  const type = (dtype ?? 'float32') as ElementType;
  // The default step counts down where it must.
  const step = stop < start && given === 1 ? -1 : given;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return ops.graph.constant(
    type,
    [length],
    Array.from({ length }, (_, i) => start + i * step),
  );
}

function linSpace({ ops, attributes: { start, stop, num } }: Call): Value {
  const step = num > 1 ? (stop - start) / (num - 1) : 0;
  return ops.graph.constant(
    'float32',
    [num],
    Array.from({ length: num }, (_, i) => start + i * step),
  );
}

export const shape: LoweringTable = {
  Identity: ({ inputs: { x } }) => x!,
  Reshape: ({ ops, inputs: { x }, attributes }) =>
    ops.reshape(x!, tf.util.inferFromImplicitShape(attributes.shape as number[], sizeOf(x!.shape))),
  ExpandDims: ({ ops, inputs: { input }, attributes: { dim } }) => {
    const along = frontAxis(dim as number, input!.shape.length + 1);
    return ops.reshape(input!, [...input!.shape.slice(0, along), 1, ...input!.shape.slice(along)]);
  },
  Transpose: ({ ops, inputs: { x }, attributes }) => ops.transpose(x!, attributes.perm as number[]),
  Concat: concat,
  Pack: ({ ops, list, attributes }) => stack(ops, list, attributes.axis as number),
  Unpack: unstack,
  SplitV: split,
  Slice: slice,
  StridedSlice: stridedSlice,
  Reverse: reverse,
  Tile: tile,
  PadV2: pad,
  MirrorPad: mirrorPad,
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  DepthToSpace: ({ ops, inputs: { x }, attributes: { blockSize: b, dataFormat } }) => {
    const [n, d1, d2, d3] = x!.shape as [number, number, number, number];
    if (dataFormat === 'NCHW') {
      const cut = ops.reshape(x!, [n, b, b, d1 / (b * b), d2, d3]);
      return ops.reshape(ops.transpose(cut, [0, 3, 4, 1, 5, 2]), [n, d1 / (b * b), d2 * b, d3 * b]);
    }
    const cut = ops.reshape(x!, [n, d1, d2, b, b, d3 / (b * b)]);
    return ops.reshape(ops.transpose(cut, [0, 1, 3, 2, 4, 5]), [n, d1 * b, d2 * b, d3 / (b * b)]);
  },
  Fill: fill,
  ZerosLike: splat(0),
  OnesLike: splat(1),
  Range: sequence,
  LinSpace: linSpace,
};
