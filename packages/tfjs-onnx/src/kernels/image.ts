import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { sizeOf, type Value } from '../graph/value.js';
import type { Call, LoweringTable } from './kernel.js';
import { emptyResult, type Shape4 } from './resize.js';

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
  CropAndResize: cropAndResize,
  FlipLeftRight: ({ ops, inputs: { image } }) => ops.slice(image!, [2], [image!.shape[2]! - 1], [-1], [-1]),
  RotateWithOffset: rotate,
};
