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
  return tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    format,
  );
}

const channelsFirst = (ops: Ops, x: Value, info: Info) =>
  info.dataFormat === 'channelsLast' ? ops.transpose(x, [0, 3, 1, 2]) : x;

const asBefore = (ops: Ops, x: Value, info: Info) =>
  info.dataFormat === 'channelsLast' ? ops.transpose(x, [0, 2, 3, 1]) : x;

function geometry(info: Info) {
  const { top, left, bottom, right } = info.padInfo;
  return {
    pads: ints([top, left, bottom, right]),
    strides: ints([info.strideHeight, info.strideWidth]),
    dilations: ints([info.dilationHeight, info.dilationWidth]),
  };
}

/** tfjs keeps filters as [height, width, in, out], ONNX as [out, in, height, width]. */
const OUT_IN_HW = [3, 2, 0, 1];

function conv2d({ ops, inputs: { x, filter }, attributes }: Call): Value {
  const info = infoOf(attributes, x!.shape, filter!.shape);
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  const inputs = [channelsFirst(ops, x!, info), ops.transpose(filter!, OUT_IN_HW)];
  return asBefore(ops, ops.graph.node('Conv', inputs, 'float32', shape, geometry(info)), info);
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
    ...geometry(info),
    output_padding: ints([missedRows, missedColumns]),
  });
  return asBefore(ops, dx, info);
}

/** The batch is what is summed over, so it plays the channels: x as [in, batch, …], dy as filters [out, batch, …]. */
function filterGradient({ ops, inputs: { x, dy }, attributes }: Call): Value {
  const filter = attributes.filterShape as Shape4;
  const info = infoOf(attributes, x!.shape, filter);
  const { top, left, bottom, right } = info.padInfo;
  const images = ops.transpose(channelsFirst(ops, x!, info), [1, 0, 2, 3]);
  const filters = ops.transpose(channelsFirst(ops, dy!, info), [1, 0, 2, 3]);
  const rows = info.inHeight + top + bottom - (info.outHeight - 1) * info.strideHeight;
  const columns = info.inWidth + left + right - (info.outWidth - 1) * info.strideWidth;
  const whole = ops.graph.node(
    'Conv',
    [images, filters],
    'float32',
    [info.inChannels, info.outChannels, rows, columns],
    {
      pads: ints([top, left, bottom, right]),
      dilations: ints([info.strideHeight, info.strideWidth]),
      strides: ints([1, 1]),
    },
  );
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
