import { type Frame, RobustaError } from '@robusta/core';

/** Pixels of the short side of every working image. */
export const SHORT_SIDE = 72;
const LONGEST_SIDE = 2 * SHORT_SIDE;

/** Size of the working image of a frame: short side 72, aspect kept up to 2:1. */
export function workingSize(width: number, height: number): { width: number; height: number } {
  const long = Math.min(
    LONGEST_SIDE,
    Math.round((SHORT_SIDE * Math.max(width, height)) / Math.min(width, height)),
  );
  return width >= height ? { width: long, height: SHORT_SIDE } : { width: SHORT_SIDE, height: long };
}

/** The boxes of an area average along one axis: output i covers inputs `first[i]`... with these weights. */
function boxes(from: number, to: number): { first: Int32Array; offset: Int32Array; weights: Float64Array } {
  const scale = from / to;
  const first = new Int32Array(to);
  const offset = new Int32Array(to + 1);
  const weights: number[] = [];
  for (let i = 0; i < to; i++) {
    const begin = (i * from) / to;
    const end = ((i + 1) * from) / to;
    first[i] = Math.floor(begin);
    for (let p = Math.floor(begin); p < end && p < from; p++) {
      weights.push((Math.min(end, p + 1) - Math.max(begin, p)) / scale);
    }
    offset[i + 1] = weights.length;
  }
  return { first, offset, weights: Float64Array.from(weights) };
}

/** Area-averages RGB frames of one size into planes R, G, B in [0, 1] of the working size. */
export class Reducer {
  readonly width: number;
  readonly height: number;
  private readonly horizontal: ReturnType<typeof boxes>;
  private readonly vertical: ReturnType<typeof boxes>;
  /** One output row before it is averaged horizontally. */
  private readonly line: Float64Array;

  constructor(
    readonly frameWidth: number,
    readonly frameHeight: number,
  ) {
    if (![frameWidth, frameHeight].every((side) => Number.isSafeInteger(side) && side > 0)) {
      throw new RobustaError('BAD_INPUT', `frame 0 is ${frameWidth}x${frameHeight}`, {
        hint: 'frames have a width and a height of at least one pixel',
        details: { frame: 0 },
      });
    }
    const { width, height } = workingSize(frameWidth, frameHeight);
    this.width = width;
    this.height = height;
    this.horizontal = boxes(frameWidth, width);
    this.vertical = boxes(frameHeight, height);
    this.line = new Float64Array(frameWidth * 3);
  }

  /** @throws BAD_INPUT when the frame has another size than the first, or the wrong number of bytes */
  reduce(frame: Frame, index: number, red: Float32Array, green: Float32Array, blue: Float32Array): void {
    checkFrame(frame, index, this.frameWidth, this.frameHeight);
    const { first, offset, weights } = this.vertical;
    const stride = this.frameWidth * 3;
    for (let y = 0; y < this.height; y++) {
      this.line.fill(0);
      let start = first[y]! * stride;
      let tap = offset[y]!;
      const end = offset[y + 1]!;
      for (; tap + 4 <= end; tap += 4, start += 4 * stride) {
        addFourScaled(this.line, frame.data, start, stride, weights, tap);
      }
      for (; tap < end; tap++, start += stride) {
        addScaled(this.line, frame.data, start, weights[tap]! / 255);
      }
      this.averageLine(y * this.width, red, green, blue);
    }
  }

  private averageLine(start: number, red: Float32Array, green: Float32Array, blue: Float32Array): void {
    const { first, offset, weights } = this.horizontal;
    const { line, width } = this;
    for (let x = 0, out = start; x < width; x++, out++) {
      let position = first[x]! * 3;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let tap = offset[x]!, end = offset[x + 1]!; tap < end; tap++, position += 3) {
        const weight = weights[tap]!;
        r += weight * line[position]!;
        g += weight * line[position + 1]!;
        b += weight * line[position + 2]!;
      }
      red[out] = r;
      green[out] = g;
      blue[out] = b;
    }
  }
}

/** Adds `factor` times the bytes from `start` on. */
function addScaled(sums: Float64Array, bytes: Uint8Array, start: number, factor: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * bytes[start + i]!;
}

/** Four calls of {@link addScaled} in one, in the order of their sums: the same numbers, a quarter of the memory traffic. */
function addFourScaled(
  sums: Float64Array,
  bytes: Uint8Array,
  start: number,
  stride: number,
  weights: Float64Array,
  tap: number,
): void {
  const a = weights[tap]! / 255;
  const b = weights[tap + 1]! / 255;
  const c = weights[tap + 2]! / 255;
  const d = weights[tap + 3]! / 255;
  const [second, third, fourth] = [start + stride, start + 2 * stride, start + 3 * stride];
  for (let i = 0; i < sums.length; i++) {
    sums[i] =
      sums[i]! +
      a * bytes[start + i]! +
      b * bytes[second + i]! +
      c * bytes[third + i]! +
      d * bytes[fourth + i]!;
  }
}

function checkFrame(frame: Frame, index: number, width: number, height: number): void {
  if (frame.width !== width || frame.height !== height) {
    throw new RobustaError(
      'BAD_INPUT',
      `frame ${index} is ${frame.width}x${frame.height}, the frames before it are ${width}x${height}`,
      { hint: 'scale the frames to one size before extraction', details: { frame: index } },
    );
  }
  if (frame.data.length !== width * height * 3) {
    throw new RobustaError(
      'BAD_INPUT',
      `frame ${index} has ${frame.data.length} bytes, ${width}x${height} RGB needs ${width * height * 3}`,
      { hint: 'frames are RGB24: three bytes a pixel, no padding', details: { frame: index } },
    );
  }
}

/** Averages 2x2 pixels; an odd last row or column is dropped. */
export function halve(image: Float32Array, width: number, height: number): Float32Array {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0, i = 2 * y * width; x < w; x++, i += 2) {
      out[y * w + x] = 0.25 * (image[i]! + image[i + 1]! + image[i + width]! + image[i + width + 1]!);
    }
  }
  return out;
}
