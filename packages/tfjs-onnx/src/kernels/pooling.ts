import type { Ops } from '../graph/ops.js';
import { int, ints, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call, LoweringTable } from './kernel.js';
import { scatterFlat } from './scatter.js';
import {
  type AxisFit,
  channelsFirst,
  channelsLast,
  checkGradientShape,
  fitAxis,
  kept,
  padsOf,
  poolWindow2d,
  poolWindow3d,
  restored,
  type Window,
} from './window.js';

type WindowOf = (attributes: Call['attributes'], x: readonly number[]) => Window;

function fitsOf({ axes }: Window): AxisFit[] {
  const fits = axes.map(fitAxis);
  const wide = fits.some(({ padBefore, padAfter }, i) => Math.max(padBefore, padAfter) >= axes[i]!.size);
  if (wide) throw new Unsupported('padding as wide as the window: some windows see nothing else');
  return fits;
}

const slide = ({ axes }: Window, fits: readonly AxisFit[]) => ({
  kernel_shape: ints(axes.map((axis) => axis.size)),
  strides: ints(axes.map((axis) => axis.stride)),
  pads: padsOf(fits),
});

/** tfjs hands the input through where a window of one element changes nothing. */
const isIdentity = ({ axes, outShape }: Window, x: Value) =>
  axes.every((axis) => axis.size === 1) && outShape.every((extent, i) => extent === x.shape[i]);

/** Maximum or mean under each window; neither sees the padding. */
const pool =
  (op: 'MaxPool' | 'AveragePool', windowOf: WindowOf) =>
  ({ ops, inputs: { x }, attributes }: Call): Value => {
    const window = windowOf(attributes, x!.shape);
    // The three-dimensional kernels of tfjs give float32 whatever they get.
    const type = window.axes.length === 3 ? 'float32' : x!.type;
    if (sizeOf(window.outShape) === 0) return ops.graph.splat(type, window.outShape, 0);
    if (isIdentity(window, x!)) return ops.cast(x!, type);
    const fits = fitsOf(window);
    const image = kept(ops, channelsFirst(ops, ops.cast(x!, 'float32')), fits, 2);
    const shape = [...image.shape.slice(0, 2), ...window.axes.map((axis) => axis.out)];
    const pooled = ops.graph.node(op, [image], 'float32', shape, slide(window, fits));
    return ops.cast(channelsLast(ops, pooled), type);
  };

/** Every entry of dy, divided, over the whole of its window, where windows lie side by side. */
function repeated(ops: Ops, dy: Value, { axes }: Window, fits: readonly AxisFit[]): Value {
  const [batch, channels] = [dy.shape[0]!, dy.shape.at(-1)!];
  const share = ops.mul(dy, ops.scalar('float32', 1 / sizeOf(axes.map((axis) => axis.size))));
  const from = [batch];
  const to = [batch];
  for (const { out, size } of axes) {
    // ONNX Runtime expands two neighbouring axes many times slower than their product.
    if (out === 1 && from.length > 1) to[to.length - 1]! *= size;
    else if (out === 1) [from[1], to[1]] = [1, size];
    else {
      from.push(out, 1);
      to.push(out, size);
    }
  }
  const spread = ops.expand(ops.reshape(share, [...from, channels]), [...to, channels]);
  const dx = ops.reshape(spread, [batch, ...axes.map((axis) => axis.out * axis.size), channels]);
  return restored(ops, dx, fits.map(withoutUnreached), axes, 1);
}

/** tfjs divides by the size of the whole window, also where part of it lies in the padding. */
const meanGradient =
  (windowOf: WindowOf) =>
  ({ ops, inputs: { dy, input }, attributes }: Call): Value => {
    const window = windowOf(attributes, input!.shape);
    checkGradientShape(window, dy!);
    if (sizeOf(dy!.shape) === 0) return ops.graph.splat('float32', input!.shape, 0);
    const fits = fitsOf(window);
    const sizes = window.axes.map((axis) => axis.size);
    const apart = window.axes.every(({ stride, size, out }) => stride === size || out === 1);
    if (apart && fits.every(({ padBefore, padAfter }) => padBefore + padAfter === 0)) {
      return repeated(ops, dy!, window, fits);
    }
    const [batch, channels] = [input!.shape[0]!, input!.shape.at(-1)!];
    const extents = fits.map(({ begin, end }) => end - begin);
    if (window.axes.every(({ stride }) => stride === 1)) {
      // The mean over all windows that see a place is again a mean under a window.
      const shape = [batch, channels, ...extents];
      const dx = ops.graph.node('AveragePool', [channelsFirst(ops, dy!)], 'float32', shape, {
        kernel_shape: ints(sizes),
        pads: ints([
          ...fits.map(({ padBefore }, i) => sizes[i]! - 1 - padBefore),
          ...fits.map(({ padAfter }, i) => sizes[i]! - 1 - padAfter),
        ]),
        count_include_pad: int(1),
      });
      return channelsLast(ops, restored(ops, dx, fits, window.axes, 2));
    }
    // One channel at a time through a filter of equal weights.
    const images = ops.reshape(channelsFirst(ops, dy!), [
      batch * channels,
      1,
      ...window.axes.map((axis) => axis.out),
    ]);
    const weights = ops.graph.splat('float32', [1, 1, ...sizes], 1 / sizeOf(sizes));
    const spread = ops.graph.node(
      'ConvTranspose',
      [images, weights],
      'float32',
      [batch * channels, 1, ...extents],
      {
        pads: padsOf(fits),
        strides: ints(window.axes.map((axis) => axis.stride)),
        output_padding: ints(fits.map((fit) => fit.unreached)),
      },
    );
    const dx = ops.reshape(spread, [batch, channels, ...extents]);
    return channelsLast(ops, restored(ops, dx, fits, window.axes, 2));
  };

interface Maxima {
  /** [batch, channels, …] */
  values: Value;
  /** Flat int64 positions in the pooled tensor, which has the shape `within`. */
  positions: Value;
  within: readonly number[];
  /** Whether there is a maximum: not where a window sees nothing but NaN or -Infinity. */
  found: Value;
}

/** What ONNX Runtime gives as the maximum of a window that has none; its position is meaningless. */
const LOWEST = -3.4028234663852886e38;

/** The first of equal maxima is taken. */
function maxima(ops: Ops, image: Value, window: Window, fits: readonly AxisFit[]): Maxima {
  const shape = [...image.shape.slice(0, 2), ...window.axes.map((axis) => axis.out)];
  const [values, positions] = ops.graph.nodes(
    'MaxPool',
    [image],
    [
      { type: 'float32', shape },
      { type: 'int64', shape },
    ],
    slide(window, fits),
  );
  const found = ops.compare('Greater', values!, ops.scalar('float32', LOWEST));
  return { values: values!, positions: positions!, within: image.shape, found };
}

/** Backwards along all spatial axes, where the last of equal maxima is wanted instead of the first. */
function flipped(ops: Ops, x: Value): Value {
  const axes = x.shape.slice(2).map((_, i) => i + 2);
  const minus = axes.map(() => -1);
  return ops.slice(
    x,
    axes,
    axes.map((axis) => x.shape[axis]! - 1),
    minus,
    minus,
  );
}

/** dy goes to the maximum of its window: to the first of equals in two dimensions, the last in three, as in tfjs. */
const maxGradient =
  (windowOf: WindowOf) =>
  ({ ops, inputs: { dy, input }, attributes }: Call): Value => {
    const window = windowOf(attributes, input!.shape);
    checkGradientShape(window, dy!);
    if (sizeOf(dy!.shape) === 0) return ops.graph.splat('float32', input!.shape, 0);
    const last = window.axes.length === 3;
    const sided = (x: Value) => (last ? flipped(ops, x) : x);
    const fits = last ? fitsOf(window).map(withoutUnreached) : fitsOf(window);
    const ends = last ? fits.map(backwards) : fits;
    const image = kept(ops, channelsFirst(ops, ops.cast(input!, 'float32')), fits, 2);
    const { positions, within, found } = maxima(ops, sided(image), window, ends);
    const updates = ops.where(found, sided(channelsFirst(ops, dy!)), ops.scalar('float32', 0));
    const places = ops.where(found, positions, ops.scalar('int64', 0));
    const dx = sided(scatterFlat(ops, within, places, updates));
    return channelsLast(ops, restored(ops, dx, fits, window.axes, 2));
  };

/** Cut where the last window ends, so that the first window of the flipped image starts there. */
const withoutUnreached = (fit: AxisFit): AxisFit => ({ ...fit, end: fit.end - fit.unreached, unreached: 0 });

const backwards = (fit: AxisFit): AxisFit => ({ ...fit, padBefore: fit.padAfter, padAfter: fit.padBefore });

/** Positions count as tfjs counts them: (row·width + column)·channels + channel, of each image or of the batch. */
function maxWithPosition({ ops, inputs: { x }, attributes }: Call): Value[] {
  const window = poolWindow2d(attributes, x!.shape);
  if (sizeOf(window.outShape) === 0) {
    return [ops.graph.splat(x!.type, window.outShape, 0), ops.graph.splat('int32', window.outShape, 0)];
  }
  const fits = fitsOf(window);
  const image = kept(ops, channelsFirst(ops, ops.cast(x!, 'float32')), fits, 2);
  const { values, positions, within, found } = maxima(ops, image, window, fits);
  const [batch, channels, height, width] = within as [number, number, number, number];
  const [, inHeight, inWidth] = x!.shape as [number, number, number];
  const long = (value: number) => ops.scalar('int64', value);
  // 0, step, 2·step, … along one axis; for named dimensions these are told apart from other constants.
  const progression = (length: number, step: number, shape: number[]) =>
    ops.graph.constant(
      'int64',
      shape,
      Array.from({ length }, (_, i) => i * step),
    );
  const byImage = (step: number) => progression(batch, step, [batch, 1, 1, 1]);
  const byChannel = (step: number) => progression(channels, step, [channels, 1, 1]);
  let place = ops.sub(positions, byImage(channels * height * width));
  place = ops.sub(place, byChannel(height * width));
  if (width !== inWidth || height !== inHeight) {
    const row = ops.div(place, long(width));
    const column = ops.sub(place, ops.mul(row, long(width)));
    const whole = ops.mul(ops.add(row, long(fits[0]!.begin)), long(inWidth));
    place = ops.add(ops.add(whole, column), long(fits[1]!.begin));
  }
  let flat = ops.add(ops.mul(place, long(channels)), byChannel(1));
  if (attributes.includeBatchInIndex) flat = ops.add(flat, byImage(inHeight * inWidth * channels));
  flat = ops.where(found, flat, long(-1));
  const maximum = ops.where(found, values, ops.scalar('float32', -Infinity));
  return [ops.cast(channelsLast(ops, maximum), x!.type), channelsLast(ops, ops.cast(flat, 'int32'))];
}

export const pooling: LoweringTable = {
  MaxPool: pool('MaxPool', poolWindow2d),
  MaxPool3D: pool('MaxPool', poolWindow3d),
  AvgPool: pool('AveragePool', poolWindow2d),
  AvgPool3D: pool('AveragePool', poolWindow3d),
  AvgPoolGrad: meanGradient(poolWindow2d),
  AvgPool3DGrad: meanGradient(poolWindow3d),
  MaxPoolGrad: maxGradient(poolWindow2d),
  MaxPool3DGrad: maxGradient(poolWindow3d),
  MaxPoolWithArgmax: maxWithPosition,
};
