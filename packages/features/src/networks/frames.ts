import { RobustaError } from '@robusta/core';
import { narrowFloat16 } from '@robusta/tensor-io';
import { GraphBuilder, int, ints, type Value } from '@robusta/tfjs-onnx/onnx';
import { type Convolution, timeStep } from './fold.js';

/** A clip inside a network: the pictures of its points in time, each `[batch, channels, height, width]`. */
export interface Frames {
  readonly pictures: readonly Value[];
  readonly height: number;
  readonly width: number;
}

/** Extent, step and padding along one axis. */
export interface Window {
  kernel: number;
  stride: number;
  before: number;
  after: number;
}

/** A window along time, height and width. */
export type Window3 = readonly [Window, Window, Window];

/** Numbers that a network is computed in. */
export type Precision = 'float32' | 'float16';

/** Numbers of ONNX's element types. */
const TYPES: Readonly<Record<Precision, number>> = { float32: 1, float16: 10 };

/** How many places a window has. */
export const places = (extent: number, { kernel, stride, before, after }: Window): number =>
  Math.floor((extent + before + after - kernel) / stride) + 1;

/** The largest finite float16 number. */
const LARGEST_HALF = 65504;

/** Sizes inside a graph are those of the run; only ONNX Runtime needs them. */
const UNKNOWN: readonly number[] = [];

/**
 * Writes 3-D networks as 2-D operations, a picture at a time. ONNX Runtime's 2-D convolutions keep channels in blocks of
 * the width of the processor's registers from one to the next; its 3-D ones do not. A convolution over several
 * points in time is a sum of 2-D ones: what lies outside the clip is left out instead of being multiplied by zero,
 * and ONNX Runtime adds the sum and the ReLU in the convolutions themselves.
 */
export class FrameGraph {
  readonly builder = new GraphBuilder({ dynamic: true });
  /** Values by the names that the published code gives to its stages. */
  readonly stages = new Map<string, { values: readonly Value[]; rank: number }>();
  /** @param precision - of weights and intermediate results */
  constructor(private readonly precision: Precision = 'float32') {}

  private readonly kernels = new Map<Convolution, readonly Value[]>();
  private readonly biases = new Map<Convolution, Value>();

  node(op: string, inputs: readonly Value[], attributes: Parameters<GraphBuilder['node']>[4] = {}): Value {
    return this.builder.node(op, inputs, this.precision, UNKNOWN, attributes);
  }

  /** A constant of the network's precision. @throws BAD_MODEL for a number too large for float16 */
  constant(shape: readonly number[], numbers: Float32Array): Value {
    if (this.precision === 'float32') return this.builder.constant('float32', shape, numbers);
    const large = numbers.find((value) => Math.abs(value) > LARGEST_HALF);
    if (large === undefined) return this.builder.constant('float16', shape, narrowFloat16(numbers));
    throw new RobustaError('BAD_MODEL', `a weight of ${large} is too large for float16`, {
      hint: 'import the checkpoint in float32',
      details: { value: large },
    });
  }

  /** A float32 value in the network's precision. */
  enter(value: Value): Value {
    return this.precision === 'float32' ? value : this.cast(value, this.precision);
  }

  /** A value of the network in float32. */
  leave(value: Value): Value {
    return this.precision === 'float32' ? value : this.cast(value, 'float32');
  }

  private cast(value: Value, to: Precision): Value {
    return this.builder.node('Cast', [value], to, UNKNOWN, { to: int(TYPES[to]) });
  }

  stage(name: string, frames: Frames): Frames {
    this.stages.set(name, { values: frames.pictures, rank: 4 });
    return frames;
  }

  map(frames: Frames, change: (picture: Value, i: number) => Value): Frames {
    return { ...frames, pictures: frames.pictures.map(change) };
  }

  relu(frames: Frames): Frames {
    return this.map(frames, (picture) => this.node('Relu', [picture]));
  }

  add(a: Frames, b: Frames): Frames {
    return this.map(a, (picture, i) => this.node('Add', [picture, b.pictures[i]!]));
  }

  /** A convolution; its kernel must have the extents of the window. */
  convolve(frames: Frames, convolution: Convolution, [time, rows, columns]: Window3): Frames {
    const attributes = this.spatial(rows, columns);
    const kernels = this.kernelsOf(convolution);
    const pictures = steps(frames.pictures.length, time).map((taps) => {
      let sum: Value | undefined;
      for (const [n, { tap, frame }] of taps.entries()) {
        const bias = n === 0 ? [this.biasOf(convolution)] : [];
        const term = this.node('Conv', [frames.pictures[frame]!, kernels[tap]!, ...bias], attributes);
        sum = sum ? this.node('Add', [term, sum]) : term;
      }
      return sum!;
    });
    return { pictures, height: places(frames.height, rows), width: places(frames.width, columns) };
  }

  /**
   * The first convolution, of a clip that is still one tensor `[batch, channels, T, H, W]`: what a picture needs of all
   * points in time is read as so many channels at once, as 3 are too few for a convolution of its own.
   */
  stacked(
    clip: Value,
    { frames, height, width }: { frames: number; height: number; width: number },
    convolution: Convolution,
    [time, rows, columns]: Window3,
  ): Frames {
    const [outputs, inputs] = convolution.shape;
    const channels = inputs * time.kernel;
    const indices = (values: readonly number[]) => this.builder.constant('int64', [values.length], values);
    const kernel = this.constant([outputs, channels, rows.kernel, columns.kernel], convolution.weight);
    const padded = this.node('Pad', [clip, indices([0, 0, time.before, 0, 0, 0, 0, time.after, 0, 0])]);
    const pictures = Array.from({ length: places(frames, time) }, (_, place) => {
      const [begin, end] = [place * time.stride, place * time.stride + time.kernel];
      const slice = this.node('Slice', [padded, indices([begin]), indices([end]), indices([2])]);
      const picture = this.node('Reshape', [slice, indices([0, channels, height, width])]);
      return this.node('Conv', [picture, kernel, this.biasOf(convolution)], this.spatial(rows, columns));
    });
    return { pictures, height: places(height, rows), width: places(width, columns) };
  }

  /** The largest value in each window. Padding never wins: values are at least zero, or there is none. */
  maxPool(frames: Frames, [time, rows, columns]: Window3): Frames {
    const flat = rows.kernel === 1 && columns.kernel === 1 && rows.stride === 1 && columns.stride === 1;
    const { pictures } = flat
      ? frames
      : this.map(frames, (picture) => this.node('MaxPool', [picture], this.spatial(rows, columns)));
    const pooled = steps(pictures.length, time).map((taps) =>
      taps.length === 1
        ? pictures[taps[0]!.frame]!
        : this.node(
            'Max',
            taps.map(({ frame }) => pictures[frame]!),
          ),
    );
    return { pictures: pooled, height: places(frames.height, rows), width: places(frames.width, columns) };
  }

  /** Several results side by side, along the channels. */
  concat(parts: readonly Frames[]): Frames {
    return this.map(parts[0]!, (_, i) =>
      this.node(
        'Concat',
        parts.map(({ pictures }) => pictures[i]!),
        { axis: int(1) },
      ),
    );
  }

  private spatial(rows: Window, columns: Window) {
    return {
      kernel_shape: ints([rows.kernel, columns.kernel]),
      strides: ints([rows.stride, columns.stride]),
      pads: ints([rows.before, columns.before, rows.after, columns.after]),
    };
  }

  private kernelsOf(convolution: Convolution): readonly Value[] {
    let kernels = this.kernels.get(convolution);
    if (!kernels) {
      const [outputs, inputs, time, height, width] = convolution.shape;
      kernels = Array.from({ length: time }, (_, step) =>
        this.constant([outputs, inputs, height, width], timeStep(convolution, step)),
      );
      this.kernels.set(convolution, kernels);
    }
    return kernels;
  }

  private biasOf(convolution: Convolution): Value {
    let bias = this.biases.get(convolution);
    if (!bias) {
      bias = this.constant([convolution.bias.length], convolution.bias);
      this.biases.set(convolution, bias);
    }
    return bias;
  }
}

/** For each place of a window in time, its elements that lie inside the clip. */
export function steps(count: number, time: Window): { tap: number; frame: number }[][] {
  return Array.from({ length: places(count, time) }, (_, place) =>
    Array.from({ length: time.kernel }, (_, tap) => ({
      tap,
      frame: place * time.stride - time.before + tap,
    })).filter(({ frame }) => frame >= 0 && frame < count),
  );
}

/** Mean over time and space, in float32: `[batch, channels]`. */
export function meanOf(net: FrameGraph, { pictures }: Frames): Value {
  const node = (op: string, inputs: readonly Value[]) => net.builder.node(op, inputs, 'float32', UNKNOWN);
  const means = pictures.map((picture) => node('GlobalAveragePool', [net.leave(picture)]));
  return node('Flatten', [means.length === 1 ? means[0]! : node('Mean', means)]);
}
