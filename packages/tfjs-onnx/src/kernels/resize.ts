import type { Ops } from '../graph/ops.js';
import { type ElementType, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call, LoweringTable } from './kernel.js';

export type Shape4 = [number, number, number, number];

/** How many input pixels one output pixel is, as tfjs computes it. */
const ratio = (from: number, to: number, alignCorners: boolean) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

interface Blend {
  low: number[];
  high: number[];
  /** Weight of `high`; that of `low` is the rest. */
  share: number[];
}

/** The two pixels that each output pixel lies between. */
function blendOf(from: number, to: number, alignCorners: boolean, halfPixelCenters: boolean): Blend {
  const scale = ratio(from, to, alignCorners);
  const blend: Blend = { low: [], high: [], share: [] };
  for (let i = 0; i < to; i++) {
    const source = halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const low = Math.max(0, Math.floor(source));
    blend.low.push(low);
    blend.high.push(Math.max(0, Math.min(from - 1, Math.ceil(source))));
    blend.share.push(source - low);
  }
  return blend;
}

/** The pixel that each output pixel copies. */
function nearestOf(from: number, to: number, alignCorners: boolean, halfPixelCenters: boolean): number[] {
  const scale = ratio(from, to, alignCorners);
  return Array.from({ length: to }, (_, i) => {
    const source = scale * (halfPixelCenters ? i + 0.5 : i);
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(source) : Math.floor(source)));
  });
}

/** Zeros where the result is empty. Out of an empty image, only an empty one can be made. */
export function emptyResult(
  ops: Ops,
  images: Value,
  type: ElementType,
  shape: readonly number[],
): Value | undefined {
  if (sizeOf(shape) === 0) return ops.graph.splat(type, shape, 0);
  if (sizeOf(images.shape) === 0) throw new Unsupported('an image without pixels');
  return undefined;
}

/** x at the given places of an axis. */
function pick(ops: Ops, x: Value, places: readonly number[], axis: number): Value {
  if (places.length === x.shape[axis] && places.every((place, i) => place === i)) return x;
  return ops.gather(x, ops.indices(places), axis);
}

function blended(ops: Ops, x: Value, { low, high, share }: Blend, axis: number): Value {
  const first = pick(ops, x, low, axis);
  if (share.every((weight, i) => weight === 0 || low[i] === high[i])) return first;
  const weights = ops.graph.constant(
    'float32',
    [share.length, ...x.shape.slice(axis + 1).map(() => 1)],
    share,
  );
  return ops.add(first, ops.mul(ops.sub(pick(ops, x, high, axis), first), weights));
}

/** Applies one step to rows and one to columns, first the one that leaves fewer pixels. */
function separably(x: Value, size: readonly number[], step: (x: Value, axis: 1 | 2) => Value): Value {
  const rowsFirst = size[0]! * x.shape[2]! <= x.shape[1]! * size[1]!;
  return rowsFirst ? step(step(x, 1), 2) : step(step(x, 2), 1);
}

function resizeBilinear({ ops, inputs: { images }, attributes }: Call): Value {
  const { size, alignCorners, halfPixelCenters } = attributes;
  const [batch, , , channels] = images!.shape as Shape4;
  const empty = emptyResult(ops, images!, 'float32', [batch, ...size, channels]);
  if (empty) return empty;
  return separably(ops.cast(images!, 'float32'), size, (x, axis) =>
    blended(ops, x, blendOf(x.shape[axis]!, size[axis - 1], alignCorners, halfPixelCenters), axis),
  );
}

function resizeNearest({ ops, inputs: { images }, attributes }: Call): Value {
  const { size, alignCorners, halfPixelCenters } = attributes;
  const [batch, , , channels] = images!.shape as Shape4;
  const empty = emptyResult(ops, images!, images!.type, [batch, ...size, channels]);
  if (empty) return empty;
  return separably(images!, size, (x, axis) =>
    pick(ops, x, nearestOf(x.shape[axis]!, size[axis - 1], alignCorners, halfPixelCenters), axis),
  );
}

/** Rows of weights that take a gradient of `to` pixels back to `from` pixels. */
function returnWeights(from: number, { low, high, share }: Blend): number[][] {
  const weights = Array.from({ length: from }, () => low.map(() => 0));
  for (const [i, weight] of share.entries()) {
    weights[low[i]!]![i]! += 1 - weight;
    weights[high[i]!]![i]! += weight;
  }
  return weights;
}

/** Rows or columns as the left factor of a matrix product. */
function mixed(ops: Ops, x: Value, weights: number[][], axis: 1 | 2): Value {
  const [from, to] = [weights.length, x.shape[axis]!];
  const isPlain = from === to && weights.every((row, i) => row.every((weight, j) => weight === +(i === j)));
  if (isPlain) return x;
  const [batch, rows, columns, channels] = x.shape as Shape4;
  const matrix = ops.graph.constant('float32', [from, to], weights.flat());
  if (axis === 2) return ops.matmul(matrix, x);
  const flat = ops.matmul(matrix, ops.reshape(x, [batch, rows, columns * channels]));
  return ops.reshape(flat, [batch, from, columns, channels]);
}

/** tfjs's gradients know alignCorners but not halfPixelCenters. */
const resizeGradient =
  (blend: (from: number, to: number, alignCorners: boolean) => Blend) =>
  ({ ops, inputs: { images, dy }, attributes }: Call): Value => {
    if (sizeOf(dy!.shape) * sizeOf(images!.shape) === 0) return ops.graph.splat('float32', images!.shape, 0);
    return separably(dy!, images!.shape.slice(1, 3), (x, axis) => {
      const from = images!.shape[axis]!;
      return mixed(ops, x, returnWeights(from, blend(from, x.shape[axis]!, attributes.alignCorners)), axis);
    });
  };

export const resize: LoweringTable = {
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: resizeGradient((from, to, alignCorners) => blendOf(from, to, alignCorners, false)),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGradient((from, to, alignCorners) => {
    const low = nearestOf(from, to, alignCorners, false);
    return { low, high: low, share: low.map(() => 0) };
  }),
};
