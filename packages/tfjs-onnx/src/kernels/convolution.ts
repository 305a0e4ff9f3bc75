import type { Ops } from '../graph/ops.js';
import { int, ints, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import { activate } from './elementwise.js';
import type { Call, LoweringTable } from './kernel.js';
import {
  channelsFirst,
  channelsLast,
  checkGradientShape,
  convWindow2d,
  convWindow3d,
  fitAxis,
  kept,
  padsOf,
  reachOf,
  restored,
  type Window,
} from './window.js';

const isEmpty = (...values: Value[]) => values.some((value) => sizeOf(value.shape) === 0);

const inOrder = (ops: Ops, x: Value, window: Window) => (window.channelsLast ? channelsFirst(ops, x) : x);
const asBefore = (ops: Ops, x: Value, window: Window) => (window.channelsLast ? channelsLast(ops, x) : x);

/** tfjs keeps filters as [height, width, in, out] or [depth, height, width, in, out], ONNX as [out, in, …]. */
function filterOf(ops: Ops, filter: Value): Value {
  const spatial = filter.shape.length - 2;
  return ops.transpose(filter, [spatial + 1, spatial, ...filter.shape.slice(2).map((_, i) => i)]);
}

/** A depthwise filter [height, width, in, multiplier] as ONNX's [in·multiplier, 1, height, width]. */
function depthwiseFilterOf(ops: Ops, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const ordered = ops.transpose(filter, [2, 3, 0, 1]);
  return ops.reshape(ordered, [channels * multiplier, 1, height, width]);
}

/** ONNX's Conv; x and the result in ONNX's order [batch, channels, …]. */
function convolve(ops: Ops, x: Value, filter: Value, window: Window, group: number, bias?: Value): Value {
  const { axes } = window;
  const shape = [x.shape[0]!, filter.shape[0]!, ...axes.map((axis) => axis.out)];
  if (isEmpty(x, filter) || sizeOf(shape) === 0) {
    const zeros = ops.graph.splat('float32', shape, 0);
    return bias ? ops.add(zeros, ops.reshape(bias, [filter.shape[0]!, ...axes.map(() => 1)])) : zeros;
  }
  if (x.type !== 'float32') throw new Unsupported('only float32 is convolved');
  const fits = axes.map(fitAxis);
  return ops.graph.node('Conv', [kept(ops, x, fits, 2), filter, ...(bias ? [bias] : [])], 'float32', shape, {
    pads: padsOf(fits),
    strides: ints(axes.map((axis) => axis.stride)),
    dilations: ints(axes.map((axis) => axis.dilation)),
    ...(group > 1 ? { group: int(group) } : {}),
  });
}

/** A filter [out, in, …] for the way back: [in, out, …] within each group, and each axis reversed. */
function turned(ops: Ops, filter: Value, group: number): Value {
  const [out, inside, ...sizes] = filter.shape as [number, number, ...number[]];
  const spatial = sizes.map((_, i) => i);
  const grouped = ops.reshape(filter, [group, out / group, inside, ...sizes]);
  const swapped = ops.transpose(grouped, [0, 2, 1, ...spatial.map((i) => i + 3)]);
  const minus = sizes.map(() => -1);
  return ops.slice(
    ops.reshape(swapped, [group * inside, out / group, ...sizes]),
    spatial.map((i) => i + 2),
    sizes.map((size) => size - 1),
    minus,
    minus,
  );
}

/** The window over dy that leads back to the input, where all strides are 1. */
const backwards = (window: Window): Window => ({
  ...window,
  axes: window.axes.map((axis) => ({
    ...axis,
    in: axis.out,
    out: axis.in,
    before: reachOf(axis) - 1 - axis.before,
  })),
});

/**
 * Gradient of {@link convolve} by x, of the given number of channels. Without strides it is a convolution again, which
 * ONNX Runtime does faster than ConvTranspose.
 */
function inputGradient(
  ops: Ops,
  dy: Value,
  filter: Value,
  window: Window,
  channels: number,
  group: number,
): Value {
  const { axes } = window;
  const whole = [dy.shape[0]!, channels, ...axes.map((axis) => axis.in)];
  if (isEmpty(dy, filter)) return ops.graph.splat('float32', whole, 0);
  if (axes.every((axis) => axis.stride === 1)) {
    return convolve(ops, dy, turned(ops, filter, group), backwards(window), group);
  }
  const fits = axes.map(fitAxis);
  const shape = [dy.shape[0]!, channels, ...fits.map(({ begin, end }) => end - begin)];
  const dx = ops.graph.node('ConvTranspose', [dy, filter], 'float32', shape, {
    pads: padsOf(fits),
    strides: ints(axes.map((axis) => axis.stride)),
    dilations: ints(axes.map((axis) => axis.dilation)),
    output_padding: ints(fits.map((fit) => fit.unreached)),
    ...(group > 1 ? { group: int(group) } : {}),
  });
  return restored(ops, dx, fits, axes, 2);
}

/**
 * Gradient of {@link convolve} by its filter, [in, out, …], or [1, out, …] for one group per channel. The batch is
 * what is summed over, so it plays the channels: x as [in, batch, …], dy as filters [out, batch, …].
 */
function filterGradient(ops: Ops, x: Value, dy: Value, window: Window, depthwise: boolean): Value {
  const { axes } = window;
  const sizes = axes.map((axis) => axis.size);
  const spatial = axes.map((_, i) => i + (window.channelsLast ? 1 : 2));
  const byBatch = (value: Value) => {
    const channels = window.channelsLast ? value.shape.length - 1 : 1;
    return ops.transpose(value, [channels, 0, ...spatial]);
  };
  const fits = axes.map(fitAxis);
  const images = kept(ops, byBatch(x), fits, 2);
  const filters = byBatch(dy);
  const [channels, batch, ...extents] = images.shape as [number, number, ...number[]];
  const groups = depthwise ? channels : 1;
  const reached = axes.map(
    (axis, i) =>
      Math.floor(
        (extents[i]! + fits[i]!.padBefore + fits[i]!.padAfter - (axis.out - 1) * axis.stride - 1) /
          axis.dilation,
      ) + 1,
  );
  const data = depthwise ? ops.reshape(images, [1, channels * batch, ...extents]) : images;
  const shape = [data.shape[0]!, filters.shape[0]!, ...reached];
  const result = ops.graph.node('Conv', [data, filters], 'float32', shape, {
    pads: padsOf(fits),
    strides: ints(axes.map((axis) => axis.dilation)),
    dilations: ints(axes.map((axis) => axis.stride)),
    ...(groups > 1 ? { group: int(groups) } : {}),
  });
  const from = axes.map(() => 0);
  const along = axes.map((_, i) => i + 2);
  return ops.slice(result, along, from, sizes);
}

type WindowOf = (attributes: Call['attributes'], x: readonly number[], filter: readonly number[]) => Window;

const forward =
  (windowOf: WindowOf) =>
  ({ ops, inputs: { x, filter }, attributes }: Call): Value => {
    const window = windowOf(attributes, x!.shape, filter!.shape);
    const image = inOrder(ops, x!, window);
    return asBefore(ops, convolve(ops, image, filterOf(ops, filter!), window, 1), window);
  };

const byInput =
  (windowOf: WindowOf) =>
  ({ ops, inputs: { dy, filter }, attributes }: Call): Value => {
    const window = windowOf(attributes, attributes.inputShape as number[], filter!.shape);
    checkGradientShape(window, dy!);
    const channels = filter!.shape.at(-2)!;
    const dx = inputGradient(ops, inOrder(ops, dy!, window), filterOf(ops, filter!), window, channels, 1);
    return asBefore(ops, dx, window);
  };

const byFilter =
  (windowOf: WindowOf) =>
  ({ ops, inputs: { x, dy }, attributes }: Call): Value => {
    const shape = attributes.filterShape as number[];
    const window = windowOf(attributes, x!.shape, shape);
    checkGradientShape(window, dy!);
    if (isEmpty(x!, dy!)) return ops.graph.splat('float32', shape, 0);
    const gradient = filterGradient(ops, x!, dy!, window, false);
    return ops.transpose(gradient, [...window.axes.map((_, i) => i + 2), 0, 1]);
  };

function depthwiseWindow(attributes: Call['attributes'], x: readonly number[], filter: readonly number[]) {
  if ((attributes.dataFormat ?? 'NHWC') !== 'NHWC') {
    throw new Unsupported('tfjs computes depthwise convolutions of NHWC data only');
  }
  return convWindow2d(attributes, x, filter, true);
}

/** Bias and activation of a fused kernel. What fits is left to Conv, and the activation sits right behind it. */
function fused({ ops, inputs, attributes }: Call, window: Window, filter: Value, group: number): Value {
  const { x, bias, preluActivationWeights: slope } = inputs;
  const { activation, leakyreluAlpha } = attributes;
  const channels = filter.shape[0]!;
  const perChannel = (value: Value | undefined) => value?.shape.length === 1 && value.shape[0] === channels;
  const inside = perChannel(bias);
  let result = convolve(ops, inOrder(ops, x!, window), filter, window, group, inside ? bias : undefined);
  if ((inside || !bias) && activation !== 'prelu') {
    return asBefore(ops, activate(ops, result, activation, leakyreluAlpha), window);
  }
  result = asBefore(ops, result, window);
  if (!inside && bias) result = ops.add(result, bias);
  const aligned =
    slope && perChannel(slope) && !window.channelsLast ? ops.reshape(slope, [channels, 1, 1]) : slope;
  return activate(ops, result, activation, leakyreluAlpha, aligned);
}

export const convolution: LoweringTable = {
  Conv2D: forward(convWindow2d),
  Conv2DBackpropInput: byInput(convWindow2d),
  Conv2DBackpropFilter: byFilter(convWindow2d),
  Conv3D: forward(convWindow3d),
  Conv3DBackpropInputV2: byInput(convWindow3d),
  Conv3DBackpropFilterV2: byFilter(convWindow3d),
  DepthwiseConv2dNative: ({ ops, inputs: { x, filter }, attributes }) => {
    const window = depthwiseWindow(attributes, x!.shape, filter!.shape);
    const weights = depthwiseFilterOf(ops, filter!);
    return channelsLast(ops, convolve(ops, channelsFirst(ops, x!), weights, window, x!.shape[3]!));
  },
  DepthwiseConv2dNativeBackpropInput: ({ ops, inputs: { dy, filter }, attributes }) => {
    const window = depthwiseWindow(attributes, attributes.inputShape as number[], filter!.shape);
    checkGradientShape(window, dy!);
    const channels = filter!.shape[2]!;
    const weights = depthwiseFilterOf(ops, filter!);
    const dx = inputGradient(ops, channelsFirst(ops, dy!), weights, window, channels, channels);
    return channelsLast(ops, dx);
  },
  DepthwiseConv2dNativeBackpropFilter: ({ ops, inputs: { x, dy }, attributes }) => {
    const shape = attributes.filterShape as [number, number, number, number];
    const window = depthwiseWindow(attributes, x!.shape, shape);
    checkGradientShape(window, dy!);
    if (isEmpty(x!, dy!)) return ops.graph.splat('float32', shape, 0);
    const [height, width, channels, multiplier] = shape;
    const gradient = filterGradient(ops, x!, dy!, window, true);
    return ops.transpose(ops.reshape(gradient, [channels, multiplier, height, width]), [2, 3, 0, 1]);
  },
  FusedConv2D: (call) => {
    const { ops, inputs, attributes } = call;
    const window = convWindow2d(attributes, inputs.x!.shape, inputs.filter!.shape);
    return fused(call, window, filterOf(ops, inputs.filter!), 1);
  },
  FusedDepthwiseConv2D: (call) => {
    const { ops, inputs, attributes } = call;
    const window = depthwiseWindow(attributes, inputs.x!.shape, inputs.filter!.shape);
    return fused(call, window, depthwiseFilterOf(ops, inputs.filter!), inputs.x!.shape[3]!);
  },
};
