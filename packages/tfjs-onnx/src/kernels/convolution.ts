import * as tf from '@tensorflow/tfjs';
import type { Ops } from '../graph/ops.js';
import { ints, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import { activate } from './elementwise.js';
import type { Call, LoweringTable } from './kernel.js';

type Shape4 = [number, number, number, number];
type Info = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

function infoOf(attributes: Call['attributes'], x: readonly number[], filter: readonly number[]): Info {
  const { strides, pad, dataFormat, dilations = 1, dimRoundingMode } = attributes;
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  const info = tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    format,
  );
  // With a number for the padding, tfjs 4.22 takes height and stride of the filter for its width as well.
  const { left, right } = info.padInfo;
  const room =
    info.inWidth + left + right - info.effectiveFilterWidth - (info.outWidth - 1) * info.strideWidth;
  if (room < 0)
    throw new Unsupported(
      `tfjs's width of the output, ${info.outWidth}, is wrong; write the padding as pairs`,
    );
  return info;
}

const channelsFirst = (ops: Ops, x: Value, info: Info) =>
  info.dataFormat === 'channelsLast' ? ops.transpose(x, [0, 3, 1, 2]) : x;

const asBefore = (ops: Ops, x: Value, info: Info) =>
  info.dataFormat === 'channelsLast' ? ops.transpose(x, [0, 2, 3, 1]) : x;

/** tfjs keeps filters as [height, width, in, out], ONNX as [out, in, height, width]. */
const OUT_IN_HW = [3, 2, 0, 1];

type Pair = readonly [number, number];

/** ONNX's Conv on channels-first data. */
function conv(ops: Ops, x: Value, filter: Value, info: Info, strides: Pair, dilations: Pair): Value {
  const { top, left, bottom, right } = info.padInfo;
  const padded: Pair = [x.shape[2]! + top + bottom, x.shape[3]! + left + right];
  const extents = padded.map((extent, i) => {
    const spread = dilations[i]! * (filter.shape[2 + i]! - 1) + 1;
    return Math.floor((extent - spread) / strides[i]!) + 1;
  });
  return ops.graph.node('Conv', [x, filter], 'float32', [x.shape[0]!, filter.shape[0]!, ...extents], {
    pads: ints([top, left, bottom, right]),
    strides: ints(strides),
    dilations: ints(dilations),
  });
}

function conv2d({ ops, inputs: { x, filter }, attributes }: Call): Value {
  const info = infoOf(attributes, x!.shape, filter!.shape);
  const image = channelsFirst(ops, x!, info);
  const result = conv(
    ops,
    image,
    ops.transpose(filter!, OUT_IN_HW),
    info,
    [info.strideHeight, info.strideWidth],
    [info.dilationHeight, info.dilationWidth],
  );
  return asBefore(ops, result, info);
}

function inputGradient({ ops, inputs: { dy, filter }, attributes }: Call): Value {
  const info = infoOf(attributes, attributes.inputShape as number[], filter!.shape);
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) throw new Unsupported('a dilated gradient');
  const { top, left, bottom, right } = info.padInfo;
  // Rows and columns that the strides of the forward pass never reached.
  const missedRows =
    info.inHeight + top + bottom - info.filterHeight - (info.outHeight - 1) * info.strideHeight;
  const missedColumns =
    info.inWidth + left + right - info.filterWidth - (info.outWidth - 1) * info.strideWidth;
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const inputs = [channelsFirst(ops, dy!, info), ops.transpose(filter!, OUT_IN_HW)];
  const dx = ops.graph.node('ConvTranspose', inputs, 'float32', shape, {
    pads: ints([top, left, bottom, right]),
    strides: ints([info.strideHeight, info.strideWidth]),
    output_padding: ints([missedRows, missedColumns]),
  });
  return asBefore(ops, dx, info);
}

/** The batch is what is summed over, so it plays the channels: x as [in, batch, …], dy as filters [out, batch, …]. */
function filterGradient({ ops, inputs: { x, dy }, attributes }: Call): Value {
  const filter = attributes.filterShape as Shape4;
  const info = infoOf(attributes, x!.shape, filter);
  const images = ops.transpose(channelsFirst(ops, x!, info), [1, 0, 2, 3]);
  const filters = ops.transpose(channelsFirst(ops, dy!, info), [1, 0, 2, 3]);
  const whole = conv(ops, images, filters, info, [1, 1], [info.strideHeight, info.strideWidth]);
  const cut = ops.slice(whole, [2, 3], [0, 0], [info.filterHeight, info.filterWidth]);
  return ops.transpose(cut, [2, 3, 0, 1]);
}

export const convolution: LoweringTable = {
  Conv2D: conv2d,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  FusedConv2D: (call) => {
    const { ops, inputs, attributes } = call;
    if (attributes.dataFormat === 'NCHW' && inputs.bias) throw new Unsupported('a fused bias with NCHW data');
    const plain = conv2d(call);
    const biased = inputs.bias ? ops.add(plain, inputs.bias) : plain;
    return activate(
      ops,
      biased,
      attributes.activation,
      attributes.leakyreluAlpha,
      inputs.preluActivationWeights,
    );
  },
};
