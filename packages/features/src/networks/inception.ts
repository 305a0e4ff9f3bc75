import type { Value } from '@robusta/tfjs-onnx/onnx';
import { fold, normTensors } from './fold.js';
import { type FrameGraph, type Frames, meanOf, type Window, type Window3 } from './frames.js';
import type { Expected, StateDict } from './state-dict.js';

/** Of the published code's batch norms; PyTorch's default is another. */
const EPSILON = 1e-3;
const CLASSES = 400;

/** Widths of a mixed block: b0, b1a, b1b, b2a, b2b, b3b. */
type Widths = readonly [number, number, number, number, number, number];

const MIXED: Readonly<Record<string, Widths>> = {
  Mixed_3b: [64, 96, 128, 16, 32, 32],
  Mixed_3c: [128, 128, 192, 32, 96, 64],
  Mixed_4b: [192, 96, 208, 16, 48, 64],
  Mixed_4c: [160, 112, 224, 24, 64, 64],
  Mixed_4d: [128, 128, 256, 24, 64, 64],
  Mixed_4e: [112, 144, 288, 32, 64, 64],
  Mixed_4f: [256, 160, 320, 32, 128, 128],
  Mixed_5b: [256, 160, 320, 32, 128, 128],
  Mixed_5c: [384, 192, 384, 48, 128, 128],
};

/** A pool before the mixed blocks of each size: its name and its window in time. */
const POOLS: Readonly<Record<string, readonly [string, kernel: number, time: number]>> = {
  Mixed_4b: ['MaxPool3d_4a_3x3', 3, 2],
  Mixed_5b: ['MaxPool3d_5a_2x2', 2, 2],
};

/** A convolution of the network. */
interface Unit {
  name: string;
  inputs: number;
  outputs: number;
  kernel: number;
}

const outputsOf = ([b0, , b1, , b2, b3]: Widths) => b0 + b1 + b2 + b3;

const STEM: readonly Unit[] = [
  { name: 'Conv3d_1a_7x7', inputs: 3, outputs: 64, kernel: 7 },
  { name: 'Conv3d_2b_1x1', inputs: 64, outputs: 64, kernel: 1 },
  { name: 'Conv3d_2c_3x3', inputs: 64, outputs: 192, kernel: 3 },
];

function unitsOf(name: string, inputs: number, [b0, b1a, b1b, b2a, b2b, b3b]: Widths): Unit[] {
  return [
    { name: `${name}.b0`, inputs, outputs: b0, kernel: 1 },
    { name: `${name}.b1a`, inputs, outputs: b1a, kernel: 1 },
    { name: `${name}.b1b`, inputs: b1a, outputs: b1b, kernel: 3 },
    { name: `${name}.b2a`, inputs, outputs: b2a, kernel: 1 },
    { name: `${name}.b2b`, inputs: b2a, outputs: b2b, kernel: 3 },
    { name: `${name}.b3b`, inputs, outputs: b3b, kernel: 1 },
  ];
}

/** Every tensor of the network, the classifier too. */
export function inceptionTensors(): Expected[] {
  let channels = STEM.at(-1)!.outputs;
  const units = [...STEM];
  for (const [name, widths] of Object.entries(MIXED)) {
    units.push(...unitsOf(name, channels, widths));
    channels = outputsOf(widths);
  }
  return [
    { name: 'logits.conv3d.weight', shape: [CLASSES, channels, 1, 1, 1] },
    { name: 'logits.conv3d.bias', shape: [CLASSES] },
    ...units.flatMap(({ name, inputs, outputs, kernel }) => [
      { name: `${name}.conv3d.weight`, shape: [outputs, inputs, kernel, kernel, kernel] },
      ...normTensors(`${name}.bn`, outputs),
    ]),
  ];
}

/** TensorFlow's "same" padding: so much that a window stands on every stride-th element, the larger half after. */
function same(extent: number, kernel: number, stride: number): Window {
  const pad = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + kernel - extent);
  return { kernel, stride, before: pad >> 1, after: pad - (pad >> 1) };
}

/**
 * Inception-I3D: a clip `[batch, 3, T, H, W]` to its last feature maps, averaged.
 * @returns `[batch, 1024]`
 */
export function inception(
  net: FrameGraph,
  state: StateDict,
  input: Value,
  [, frames, height, width]: readonly number[],
): Value {
  const unitOf = (name: string, x: Frames, windows: Window3): Frames => {
    const convolution = fold(state, `${name}.conv3d`, `${name}.bn`, EPSILON);
    return net.stage(name, net.relu(net.stage(`${name}.bn`, net.convolve(x, convolution, windows))));
  };
  const window = (x: Frames, time: [number, number], space: [number, number]): Window3 => [
    same(x.pictures.length, ...time),
    same(x.height, ...space),
    same(x.width, ...space),
  ];
  const unit = (name: string, x: Frames, kernel: number) =>
    unitOf(name, x, window(x, [kernel, 1], [kernel, 1]));
  const pool = (name: string, x: Frames, time: [number, number], space: [number, number]) =>
    net.stage(name, net.maxPool(x, window(x, time, space)));
  const sizes = { frames: frames!, height: height!, width: width! };
  const stem = fold(state, 'Conv3d_1a_7x7.conv3d', 'Conv3d_1a_7x7.bn', EPSILON);
  const first = net.stacked(input, sizes, stem, [
    same(frames!, 7, 2),
    same(height!, 7, 2),
    same(width!, 7, 2),
  ]);
  let x = net.stage('Conv3d_1a_7x7', net.relu(net.stage('Conv3d_1a_7x7.bn', first)));
  x = pool('MaxPool3d_2a_3x3', x, [1, 1], [3, 2]);
  x = unit('Conv3d_2c_3x3', unit('Conv3d_2b_1x1', x, 1), 3);
  x = pool('MaxPool3d_3a_3x3', x, [1, 1], [3, 2]);
  for (const name of Object.keys(MIXED)) {
    const before = POOLS[name];
    if (before) x = pool(before[0], x, [before[1], before[2]], [before[1], 2]);
    x = mixed(name, x);
  }
  return meanOf(net, x);

  function mixed(name: string, from: Frames): Frames {
    const branches = [
      unit(`${name}.b0`, from, 1),
      unit(`${name}.b1b`, unit(`${name}.b1a`, from, 1), 3),
      unit(`${name}.b2b`, unit(`${name}.b2a`, from, 1), 3),
      unit(`${name}.b3b`, pool(`${name}.b3a`, from, [3, 1], [3, 1]), 1),
    ];
    return net.stage(name, net.concat(branches));
  }
}
