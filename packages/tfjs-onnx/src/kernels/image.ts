import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { type ElementType, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call, LoweringTable } from './kernel.js';

type Shape4 = [number, number, number, number];

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
function emptyResult(
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

/** Rows of x [rows, channels] at flat int32 places. */
const rowsAt = (ops: Ops, rows: Value, places: Value) => ops.gather(rows, places, 0);

/**
 * Boxes [count, 4] of (y1, x1, y2, x2), in units of the image, resampled to one size. The boxes may be computed in the
 * graph. What lies outside of the image is `extrapolationValue`; a box of an image that does not exist is zero.
 */
function cropAndResize({ ops, inputs: { image, boxes, boxInd }, attributes }: Call): Value {
  const [batch, height, width, channels] = image!.shape as Shape4;
  const count = boxes!.shape[0]!;
  const [rows, columns] = attributes.cropSize as [number, number];
  const shape = [count, rows, columns, channels];
  const empty = emptyResult(ops, image!, 'float32', shape);
  if (empty) return empty;
  const f = (value: number) => ops.scalar('float32', value);
  const i32 = (value: number) => ops.scalar('int32', value);

  const along = (from: number, extent: number, steps: number) => {
    const edge = (i: number) => ops.slice(boxes!, [1], [i], [i + 1]);
    const parts = Array.from({ length: steps }, (_, i) => (steps > 1 ? i / (steps - 1) : 0.5));
    const span = ops.mul(ops.sub(edge(from + 2), edge(from)), f(extent - 1));
    const offset = ops.mul(span, ops.graph.constant('float32', [1, steps], parts));
    const at = ops.add(ops.mul(edge(from), f(extent - 1)), offset);
    const inside = ops.binary(
      'And',
      ops.compare('GreaterOrEqual', at, f(0)),
      ops.compare('LessOrEqual', at, f(extent - 1)),
      'bool',
    );
    const clipped = ops.graph.node('Clip', [at, f(0), f(extent - 1)], 'float32', at.shape);
    return { at: clipped, inside };
  };
  const y = along(0, height, rows);
  const x = along(1, width, columns);
  const source = ops.reshape(ops.cast(image!, 'float32'), [batch * height * width, channels]);
  const exists = ops.compare('Less', boxInd!, i32(batch));
  const which = ops.where(exists, boxInd!, i32(0));
  const base = ops.reshape(ops.mul(which, i32(height * width)), [count, 1, 1]);
  const down = (value: Value) => ops.reshape(value, [count, rows, 1]);
  const across = (value: Value) => ops.reshape(value, [count, 1, columns]);
  const whole = (value: Value) => ops.cast(value, 'int32');
  const pixels = (row: Value, column: Value) => {
    const start = ops.add(base, ops.mul(down(whole(row)), i32(width)));
    return rowsAt(ops, source, ops.add(start, across(whole(column))));
  };

  let result: Value;
  if (attributes.method === 'bilinear') {
    const [top, bottom] = [ops.unary('Floor', y.at), ops.unary('Ceil', y.at)];
    const [left, right] = [ops.unary('Floor', x.at), ops.unary('Ceil', x.at)];
    const xShare = ops.reshape(across(ops.sub(x.at, left)), [count, 1, columns, 1]);
    const yShare = ops.reshape(down(ops.sub(y.at, top)), [count, rows, 1, 1]);
    const lerp = (a: Value, b: Value, share: Value) => ops.add(a, ops.mul(ops.sub(b, a), share));
    result = lerp(
      lerp(pixels(top, left), pixels(top, right), xShare),
      lerp(pixels(bottom, left), pixels(bottom, right), xShare),
      yShare,
    );
  } else {
    const closest = (at: Value) => ops.unary('Floor', ops.add(at, f(0.5)));
    result = pixels(closest(y.at), closest(x.at));
  }
  const inside = ops.binary('And', down(y.inside), across(x.inside), 'bool');
  const mask = ops.reshape(inside, [count, rows, columns, 1]);
  const seen = ops.where(mask, result, f(attributes.extrapolationValue as number));
  return ops.where(ops.reshape(exists, [count, 1, 1, 1]), seen, f(0));
}

/** A rotation is known while tracing: one gather of pixels and a mask for those from outside. */
function rotate({ ops, inputs: { image }, attributes }: Call): Value {
  const [batch, height, width, channels] = image!.shape as Shape4;
  if (sizeOf(image!.shape) === 0) return image!;
  const { radians, fillValue, center } = attributes;
  const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const places: number[] = [];
  const inside: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [dx, dy] = [column - centerX, row - centerY];
      const x = Math.round(dx * cos - dy * sin + centerX);
      const y = Math.round(dx * sin + dy * cos + centerY);
      const hit = x >= 0 && x < width && y >= 0 && y < height;
      inside.push(hit ? 1 : 0);
      places.push(hit ? y * width + x : 0);
    }
  }
  const pixels = height * width;
  const flat = ops.reshape(image!, [batch, pixels, channels]);
  const moved = ops.gather(flat, ops.indices(places), 1);
  const mask = ops.graph.constant('bool', [pixels, 1], inside);
  const fill =
    typeof fillValue === 'number'
      ? ops.scalar('float32', fillValue)
      : ops.graph.constant(
          'float32',
          [channels],
          Array.from({ length: channels }, (_, i) => (i === 3 ? 255 : Number(fillValue[i]))),
        );
  return ops.reshape(ops.where(mask, moved, fill), image!.shape);
}

export const image: LoweringTable = {
  ResizeBilinear: resizeBilinear,
  ResizeBilinearGrad: resizeGradient((from, to, alignCorners) => blendOf(from, to, alignCorners, false)),
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGradient((from, to, alignCorners) => {
    const low = nearestOf(from, to, alignCorners, false);
    return { low, high: low, share: low.map(() => 0) };
  }),
  CropAndResize: cropAndResize,
  FlipLeftRight: ({ ops, inputs: { image } }) => ops.slice(image!, [2], [image!.shape[2]! - 1], [-1], [-1]),
  RotateWithOffset: rotate,
};
