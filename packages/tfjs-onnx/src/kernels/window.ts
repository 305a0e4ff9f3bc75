import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { type Attribute, ints, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call } from './kernel.js';

type Attributes = Call['attributes'];
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** How a window slides along one spatial axis. Entry i of the output sees stride·i - before + dilation·(0 … size-1). */
export interface WindowAxis {
  readonly in: number;
  readonly out: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding in front; negative where tfjs starts inside the input. */
  readonly before: number;
}

/** A sliding window over the spatial axes of a batch of images or volumes. */
export interface Window {
  readonly axes: readonly WindowAxis[];
  readonly channelsLast: boolean;
  /** In tfjs's order of axes. */
  readonly outShape: readonly number[];
}

const util = tf.backend_util;

function window2d(info: ReturnType<typeof util.computeConv2DInfo>): Window {
  const rows: WindowAxis = {
    in: info.inHeight,
    out: info.outHeight,
    size: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    before: info.padInfo.top,
  };
  const columns: WindowAxis = {
    in: info.inWidth,
    out: info.outWidth,
    size: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    before: info.padInfo.left,
  };
  return checked([rows, columns], info);
}

function window3d(info: ReturnType<typeof util.computeConv3DInfo>): Window {
  const slices: WindowAxis = {
    in: info.inDepth,
    out: info.outDepth,
    size: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    before: info.padInfo.front,
  };
  const { axes } = window2d(info as unknown as ReturnType<typeof util.computeConv2DInfo>);
  return checked([slices, ...axes], info);
}

function checked(axes: WindowAxis[], { dataFormat, outShape }: { dataFormat: string; outShape: number[] }) {
  if (axes.some((axis) => axis.out < 0)) throw new Unsupported('the window is larger than the input');
  return { axes, channelsLast: dataFormat === 'channelsLast', outShape };
}

/** The window of a two-dimensional convolution of x with a filter [height, width, in, out or multiplier]. */
export function convWindow2d(
  { strides, pad, dataFormat = 'NHWC', dilations, dimRoundingMode }: Attributes,
  x: readonly number[],
  filter: readonly number[],
  depthwise = false,
): Window {
  return window2d(
    util.computeConv2DInfo(
      [...x] as Shape4,
      [...filter] as Shape4,
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
      util.convertConv2DDataFormat(dataFormat),
    ),
  );
}

/** The window of a three-dimensional convolution; tfjs knows channels last only. */
export function convWindow3d(
  { strides, pad, dilations }: Attributes,
  x: readonly number[],
  filter: readonly number[],
): Window {
  return window3d(
    util.computeConv3DInfo([...x] as Shape5, [...filter] as Shape5, strides, dilations ?? 1, pad),
  );
}

export function poolWindow2d(
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
  x: readonly number[],
): Window {
  return window2d(util.computePool2DInfo([...x] as Shape4, filterSize, strides, 1, pad, dimRoundingMode));
}

export function poolWindow3d(
  { filterSize, strides, pad, dimRoundingMode, dataFormat }: Attributes,
  x: readonly number[],
): Window {
  return window3d(
    util.computePool3DInfo([...x] as Shape5, filterSize, strides, 1, pad, dimRoundingMode, dataFormat),
  );
}

/** The window of a grey-scale dilation by a filter [height, width, channels]. */
export function dilationWindow(
  { strides, pad, dilations }: Attributes,
  x: readonly number[],
  filter: readonly number[],
): Window {
  return window2d(
    util.computeDilation2DInfo(
      [...x] as Shape4,
      [...filter] as [number, number, number],
      strides,
      pad,
      'NHWC',
      dilations,
    ),
  );
}

/** How far a window reaches: dilation·(size - 1) + 1. */
export const reachOf = ({ dilation, size }: WindowAxis): number => dilation * (size - 1) + 1;

/** How an axis is cut and padded so that ONNX's output has exactly the extent that tfjs's has. */
export interface AxisFit {
  /** The part of the input that is kept; nearly always all. */
  readonly begin: number;
  readonly end: number;
  readonly padBefore: number;
  readonly padAfter: number;
  /** Entries at the end of the kept and padded part that no window reaches; fewer than the stride. */
  readonly unreached: number;
}

export function fitAxis(axis: WindowAxis): AxisFit {
  const after = (axis.out - 1) * axis.stride + reachOf(axis) - axis.in - axis.before;
  const surplus = Math.max(0, -after);
  const cut = surplus >= axis.stride;
  const fit = {
    begin: Math.max(0, -axis.before),
    end: axis.in - (cut ? surplus : 0),
    padBefore: Math.max(0, axis.before),
    padAfter: Math.max(0, after),
    unreached: cut ? 0 : surplus,
  };
  if (fit.end <= fit.begin) throw new Unsupported('windows that see nothing but padding');
  return fit;
}

/** The part of x that windows are laid over; `first` is its first spatial axis. */
export function kept(ops: Ops, x: Value, fits: readonly AxisFit[], first: number): Value {
  const cut = fits.map((_, i) => i).filter((i) => fits[i]!.end - fits[i]!.begin !== x.shape[first + i]);
  return ops.slice(
    x,
    cut.map((i) => first + i),
    cut.map((i) => fits[i]!.begin),
    cut.map((i) => fits[i]!.end),
  );
}

/** The opposite of {@link kept} for a gradient: zeros where the input was cut. */
export function restored(
  ops: Ops,
  x: Value,
  fits: readonly AxisFit[],
  axes: readonly WindowAxis[],
  first: number,
): Value {
  const before = x.shape.map((_, i) => fits[i - first]?.begin ?? 0);
  const after = x.shape.map((_, i) => (fits[i - first] ? axes[i - first]!.in - fits[i - first]!.end : 0));
  return ops.pad(x, before, after, ops.scalar(x.type, 0));
}

export const padsOf = (fits: readonly AxisFit[]): Attribute =>
  ints([...fits.map((fit) => fit.padBefore), ...fits.map((fit) => fit.padAfter)]);

/** [batch, …, channels] to [batch, channels, …]. */
export function channelsFirst(ops: Ops, x: Value): Value {
  const rank = x.shape.length;
  return ops.transpose(x, [0, rank - 1, ...x.shape.slice(2).map((_, i) => i + 1)]);
}

/** [batch, channels, …] to [batch, …, channels]. */
export function channelsLast(ops: Ops, x: Value): Value {
  return ops.transpose(x, [0, ...x.shape.slice(2).map((_, i) => i + 2), 1]);
}

/** tfjs drops dimRoundingMode on the way to some gradient kernels, which then read dy as of another shape. */
export function checkGradientShape(window: Window, dy: Value): void {
  if (window.outShape.some((extent, i) => extent !== dy.shape[i])) {
    throw new Unsupported('tfjs forgets dimRoundingMode in this gradient; write the padding as pairs');
  }
}
