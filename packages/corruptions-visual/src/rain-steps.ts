import type { PixelSink } from './definition.js';
import { FIXED_ONE } from './fixed-point.js';
import type { StreakShape } from './rain-streak.js';

/** What a layer of rain does with a frame, in this order. */
export interface RainSteps {
  /** [256]: what a byte becomes below a streak; to be filled between `load` and `light`. */
  lightOf: Uint8Array;
  /** Takes the frame in; the sums of its channels become the first three of `sums`. */
  load(input: Uint8Array, sums: Float64Array): void;
  /** Lights up the pixels below the rows `first` to before `end` of the streak that starts at x, y. */
  light(x: number, y: number, first: number, end: number): void;
  /** Repeats the lit frame beyond its edges, mirrored about the pixels there. */
  mirrorEdges(): void;
  /** Gives the same pixels of the blurred frame the means of 3 x 3 lit ones. */
  blur(x: number, y: number, first: number, end: number): void;
  /** The sums of the channels of the blurred frame become the last three of `sums`. */
  sumBlurred(sums: Float64Array): void;
  /** Writes (frame * ofFrame + blurred * ofBlurred + offset of the channel), in fixed point, cut. */
  blend(output: PixelSink, ofFrame: number, ofBlurred: number, offsets: Int32Array): void;
}

/** The bytes of a lit frame with a pixel around it, and where each row of a streak lies in it and in the frame. */
export function rainLayout(width: number, height: number, { columns }: StreakShape) {
  const rowBytes = 3 * width;
  const stride = rowBytes + 6;
  return {
    rowBytes,
    stride,
    frameBytes: rowBytes * height,
    litBytes: stride * (height + 2),
    /** Of the first pixel of the frame. */
    litStart: stride + 3,
    inFrame: columns.map((column, row) => row * rowBytes + 3 * column),
    inLit: columns.map((column, row) => row * stride + 3 * column),
  };
}

/** The steps in plain loops. */
export function plainRainSteps(width: number, height: number, shape: StreakShape): RainSteps {
  const { rowBytes, stride, frameBytes, litBytes, litStart, inFrame, inLit } = rainLayout(
    width,
    height,
    shape,
  );
  const frame = new Uint8Array(frameBytes);
  const blurred = new Uint8Array(frameBytes);
  const lit = new Uint8Array(litBytes);
  const lightOf = new Uint8Array(256);

  return {
    lightOf,
    load(input, sums) {
      frame.set(input);
      blurred.set(input);
      for (let y = 0, i = 0; y < height; y++) {
        const to = litStart + y * stride;
        for (let x = 0; x < rowBytes; x++, i++) lit[to + x] = input[i]!;
      }
      addChannels(input, sums, 0);
    },
    light(x, y, first, end) {
      const from = y * rowBytes + 3 * x;
      const to = litStart + y * stride + 3 * x;
      for (let row = first; row < end; row++) {
        const i = from + inFrame[row]!;
        const j = to + inLit[row]!;
        lit[j] = lightOf[frame[i]!]!;
        lit[j + 1] = lightOf[frame[i + 1]!]!;
        lit[j + 2] = lightOf[frame[i + 2]!]!;
      }
    },
    mirrorEdges() {
      const inner = Math.min(1, width - 1);
      for (let y = 1; y <= height; y++) {
        const row = y * stride;
        const right = row + stride - 3;
        lit.copyWithin(row, row + 3 + 3 * inner, row + 6 + 3 * inner);
        lit.copyWithin(right, right - 3 - 3 * inner, right - 3 * inner);
      }
      const below = Math.min(1, height - 1);
      lit.copyWithin(0, (1 + below) * stride, (2 + below) * stride);
      lit.copyWithin((height + 1) * stride, (height - below) * stride, (height - below + 1) * stride);
    },
    blur(x, y, first, end) {
      const to = y * rowBytes + 3 * x;
      const from = litStart + y * stride + 3 * x;
      for (let row = first; row < end; row++) {
        const j = from + inLit[row]!;
        const i = to + inFrame[row]!;
        blurred[i] = meanOfNine(lit, j, stride);
        blurred[i + 1] = meanOfNine(lit, j + 1, stride);
        blurred[i + 2] = meanOfNine(lit, j + 2, stride);
      }
    },
    sumBlurred: (sums) => addChannels(blurred, sums, 3),
    blend(output, ofFrame, ofBlurred, offsets) {
      const r = offsets[0]!;
      const g = offsets[1]!;
      const b = offsets[2]!;
      for (let i = 0; i + 2 < frameBytes; i += 3) {
        output[i] = (frame[i]! * ofFrame + blurred[i]! * ofBlurred + r) / FIXED_ONE;
        output[i + 1] = (frame[i + 1]! * ofFrame + blurred[i + 1]! * ofBlurred + g) / FIXED_ONE;
        output[i + 2] = (frame[i + 2]! * ofFrame + blurred[i + 2]! * ofBlurred + b) / FIXED_ONE;
      }
    },
  };
}

/** Rounded to the nearest whole number. */
function meanOfNine(bytes: Uint8Array, at: number, stride: number): number {
  const up = at - stride;
  const down = at + stride;
  const sum =
    bytes[up - 3]! +
    bytes[up]! +
    bytes[up + 3]! +
    (bytes[at - 3]! + bytes[at]! + bytes[at + 3]!) +
    (bytes[down - 3]! + bytes[down]! + bytes[down + 3]!);
  return ((sum + 4) / 9) | 0;
}

function addChannels(bytes: Uint8Array, sums: Float64Array, at: number): void {
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let i = channel; i < bytes.length; i += 3) sum += bytes[i]!;
    sums[at + channel] = sum;
  }
}
