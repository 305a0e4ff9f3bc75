import type { Value } from '@robusta/tfjs-onnx/onnx';
import { type Convolution, fold, normTensors } from './fold.js';
import { type FrameGraph, type Frames, meanOf, type Window, type Window3 } from './frames.js';
import { nonLocal, nonLocalTensors } from './non-local.js';
import type { Expected, StateDict } from './state-dict.js';

/** Blocks of each stage. */
export const RESNET50_LAYERS: readonly number[] = [3, 4, 6, 3];
const WIDTHS = [64, 128, 256, 512];
const EXPANSION = 4;
const CLASSES = 400;
/** Of PyTorch's batch norm; Caffe2's 1.0000001e-5 is the same single-precision number. */
const EPSILON = 1e-5;

const axis = (kernel: number, stride = 1, pad = (kernel - 1) >> 1): Window => ({
  kernel,
  stride,
  before: pad,
  after: pad,
});
const POINT = axis(1);
const STEM: Window3 = [axis(5, 2), axis(7, 2), axis(7, 2)];
const STEM_POOL: Window3 = [axis(2, 2, 0), axis(3, 2, 0), axis(3, 2, 0)];
const SECOND_POOL: Window3 = [axis(2, 2, 0), POINT, POINT];

/** One bottleneck: the names of its tensors and what differs between blocks. */
interface Block {
  name: string;
  inputs: number;
  width: number;
  /** Kernel of its first convolution in time. */
  time: number;
  /** Of its second convolution and its shortcut, in space. */
  stride: number;
  shortcut: boolean;
  /** In the non-local network: a non-local block follows. */
  nonLocal: boolean;
}

function blocksOf(stage: number, count: number): Block[] {
  const width = WIDTHS[stage]!;
  const before = stage === 0 ? 64 : WIDTHS[stage - 1]! * EXPANSION;
  return Array.from({ length: count }, (_, i) => ({
    name: `layer${stage + 1}.${i}`,
    inputs: i === 0 ? before : width * EXPANSION,
    width,
    time: stage === 0 || i % 2 === (stage === 3 ? 1 : 0) ? 3 : 1,
    stride: i === 0 && stage > 0 ? 2 : 1,
    shortcut: i === 0,
    nonLocal: (stage === 1 || stage === 2) && i % 2 === 1,
  }));
}

function blockTensors({ name, inputs, width, time, shortcut }: Block): Expected[] {
  const outputs = width * EXPANSION;
  return [
    { name: `${name}.conv1.weight`, shape: [width, inputs, time, 1, 1] },
    ...normTensors(`${name}.bn1`, width),
    { name: `${name}.conv2.weight`, shape: [width, width, 1, 3, 3] },
    ...normTensors(`${name}.bn2`, width),
    { name: `${name}.conv3.weight`, shape: [outputs, width, 1, 1, 1] },
    ...normTensors(`${name}.bn3`, outputs),
    ...(shortcut
      ? [
          { name: `${name}.downsample.0.weight`, shape: [outputs, inputs, 1, 1, 1] },
          ...normTensors(`${name}.downsample.1`, outputs),
        ]
      : []),
  ];
}

/** Whether a state dict is of the network with non-local blocks. */
export const hasNonLocal = (state: StateDict): boolean =>
  Object.keys(state).some((name) => name.includes('.nl.'));

/** Which of the networks of this family. */
export interface Resnet50Form {
  /** Blocks of each of the four stages. */
  layers?: readonly number[] | undefined;
  /** With non-local blocks in the second and third stage. */
  nonLocal?: boolean | undefined;
}

/** Every tensor of the network, the classifier too. */
export function resnet50Tensors({
  layers = RESNET50_LAYERS,
  nonLocal = false,
}: Resnet50Form = {}): Expected[] {
  const tensorsOf = (block: Block) => [
    ...blockTensors(block),
    ...(nonLocal && block.nonLocal ? nonLocalTensors(`${block.name}.nl`, block.width * EXPANSION) : []),
  ];
  return [
    { name: 'conv1.weight', shape: [64, 3, 5, 7, 7] },
    ...normTensors('bn1', 64),
    ...layers.flatMap((count, stage) => blocksOf(stage, count).flatMap(tensorsOf)),
    { name: 'fc.weight', shape: [CLASSES, WIDTHS[3]! * EXPANSION] },
    { name: 'fc.bias', shape: [CLASSES] },
  ];
}

/**
 * I3D ResNet-50: a clip `[batch, 3, T, H, W]` to the mean over time and space of its last feature maps.
 * @returns `[batch, 2048]`
 */
export function resnet50(
  net: FrameGraph,
  state: StateDict,
  input: Value,
  [, frames, height, width]: readonly number[],
  { layers = RESNET50_LAYERS, nonLocal: looksAround = false }: Resnet50Form = {},
): Value {
  const folded = (convolution: string, norm: string) => fold(state, convolution, norm, EPSILON);
  const sizes = { frames: frames!, height: height!, width: width! };
  const stem = net.stacked(input, sizes, folded('conv1', 'bn1'), STEM);
  let x = net.stage('maxpool1', net.maxPool(net.stage('relu', net.relu(net.stage('bn1', stem))), STEM_POOL));
  for (const [stage, count] of layers.entries()) {
    if (stage === 1) x = net.stage('maxpool2', net.maxPool(x, SECOND_POOL));
    for (const block of blocksOf(stage, count)) {
      x = net.stage(block.name, bottleneck(net, folded, block, x));
      if (!looksAround || !block.nonLocal) continue;
      // The published code counts the non-local block to the one before it, which so has its name.
      x = net.stage(block.name, net.stage(`${block.name}.nl`, nonLocal(net, state, `${block.name}.nl`, x)));
    }
  }
  return meanOf(net, x);
}

function bottleneck(
  net: FrameGraph,
  folded: (convolution: string, norm: string) => Convolution,
  { name, time, stride, shortcut }: Block,
  x: Frames,
): Frames {
  const part = (n: number, from: Frames, window: Window3) =>
    net.stage(`${name}.bn${n}`, net.convolve(from, folded(`${name}.conv${n}`, `${name}.bn${n}`), window));
  const first = net.relu(part(1, x, [axis(time), POINT, POINT]));
  const second = net.relu(part(2, first, [POINT, axis(3, stride), axis(3, stride)]));
  const third = part(3, second, [POINT, POINT, POINT]);
  const beside = shortcut
    ? net.stage(
        `${name}.downsample`,
        net.convolve(x, folded(`${name}.downsample.0`, `${name}.downsample.1`), [
          POINT,
          axis(1, stride),
          axis(1, stride),
        ]),
      )
    : x;
  return net.relu(net.add(third, beside));
}
