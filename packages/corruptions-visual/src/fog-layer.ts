import type { FrameKernel, PixelSink } from './definition.js';
import { FIXED_ONE, fastest } from './fixed-point.js';
import { alignToVector, instantiateKernels } from './kernels.js';
import type { HeightMap } from './plasma.js';

/** A height map that is yet to be made, in the memory where it is used. */
export interface MapMaker {
  /** A power of two, at least the frame's width and height. */
  side: number;
  /** Writes the side^2 heights, from 0 to 1. */
  fill(heights: Float32Array): void;
}

/** Pixels a frame by which the map moves; a frame at (x, y) shows the map at (x, y) + index * drift. */
export interface Drift {
  x: number;
  y: number;
}

/** What changes from frame to frame. */
interface Shot {
  /** Where the frame's first pixel lies in the map, in whole pixels, and how far between two pixels. */
  startX: number;
  startY: number;
  fractionX: number;
  /** Weights of two rows of the map, in levels in fixed point; all of it is float32 arithmetic. */
  upper: number;
  lower: number;
  /** Of the frame, in fixed point. */
  factor: number;
}

/**
 * Fog over a frame: I' = (I + A M) m / (m + A), the map M read between its pixels (bilinear) and wrapped around.
 * The sum stays within 0..255 without a clip: I + A M is at most m + A.
 * @param vectors - false for the plain loops
 */
export function createFogLayer(
  width: number,
  height: number,
  map: MapMaker,
  drift: Drift,
  strength: number,
  bias: number,
  vectors = true,
): FrameKernel {
  const shot: Shot = { startX: 0, startY: 0, fractionX: 0, upper: 0, lower: 0, factor: 0 };
  const aim = (largest: number, index: number) => {
    const x = modulo(drift.x * index, map.side);
    const y = modulo(drift.y * index, map.side);
    shot.startX = Math.floor(x);
    shot.startY = Math.floor(y);
    shot.fractionX = Math.fround(x - shot.startX);
    // A black frame stays black: the factor goes to 0 with m.
    const factor = largest === 0 ? 0 : largest / (largest + 255 * strength);
    const density = 255 * strength * factor * FIXED_ONE;
    shot.lower = Math.fround(density * (y - shot.startY));
    shot.upper = Math.fround(density * (1 - y + shot.startY));
    shot.factor = Math.round(factor * FIXED_ONE);
    return shot;
  };
  const start = bias * FIXED_ONE;
  const fast = vectors ? vectorFog(width, height, map.side, start, aim) : undefined;
  const data = fast?.data ?? new Float32Array(map.side * map.side);
  map.fill(data);
  return fastest(fast?.kernel, plainFog(width, height, { side: map.side, data }, start, aim));
}

type Aim = (largest: number, index: number) => Shot;

/** The remainder in [0, side); float rounding may give `side` itself, which is 0. */
function modulo(value: number, side: number): number {
  const result = ((value % side) + side) % side;
  return result < side ? result : 0;
}

function plainFog(width: number, height: number, map: HeightMap, start: number, aim: Aim) {
  const { side, data } = map;
  const wrap = side - 1;
  return (input: Uint8Array, output: PixelSink, index: number, shift: number) => {
    const { startX, startY, fractionX, upper, lower, factor } = aim(largestByte(input), index);
    let i = 0;
    for (let y = 0; y < height; y++) {
      const top = ((startY + y) & wrap) * side;
      const bottom = ((startY + y + 1) & wrap) * side;
      let left = Math.fround(
        Math.fround(upper * data[top + startX]!) + Math.fround(lower * data[bottom + startX]!),
      );
      for (let x = 1; x <= width; x++) {
        const column = (startX + x) & wrap;
        const right = Math.fround(
          Math.fround(upper * data[top + column]!) + Math.fround(lower * data[bottom + column]!),
        );
        const between = Math.fround(left + Math.fround(fractionX * Math.fround(right - left)));
        const added = start + (between | 0);
        output[i] = (Math.imul(input[i]!, factor) + added) >> shift;
        output[i + 1] = (Math.imul(input[i + 1]!, factor) + added) >> shift;
        output[i + 2] = (Math.imul(input[i + 2]!, factor) + added) >> shift;
        left = right;
        i += 3;
      }
    }
  };
}

function largestByte(bytes: Uint8Array): number {
  let result = 0;
  for (let i = 0; i < bytes.length; i++) {
    const value = bytes[i]!;
    if (value > result) {
      result = value;
      if (value === 255) break;
    }
  }
  return result;
}

/** The kernel, and the part of its memory that is for the map. */
function vectorFog(width: number, height: number, side: number, start: number, aim: Aim) {
  const wrap = side - 1;
  const rowBytes = 3 * width;
  // Behind each part there is room for the last group of 16 pixels.
  const mapAt = alignToVector(4 * (width + 17));
  const inputAt = mapAt + alignToVector(4 * side * side) + 16;
  const outputAt = inputAt + alignToVector(rowBytes * height) + 48;
  const instance = instantiateKernels(outputAt + rowBytes * height + 48);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  const data = new Float32Array(memory, mapAt, side * side);
  const frame = new Uint8Array(memory, inputAt, rowBytes * height);
  const result = new Uint8Array(memory, outputAt, rowBytes * height);
  const kernel = (input: Uint8Array, output: Uint8Array, index: number) => {
    frame.set(input);
    const { startX, startY, fractionX, upper, lower, factor } = aim(
      kernels.largestByte(inputAt, input.length),
      index,
    );
    for (let y = 0; y < height; y++) {
      const top = mapAt + 4 * ((startY + y) & wrap) * side;
      const bottom = mapAt + 4 * ((startY + y + 1) & wrap) * side;
      // One more than there are pixels; wraps around at most twice, since the map covers the frame.
      for (let x = 0; x <= width; ) {
        const column = (startX + x) & wrap;
        const count = Math.min(side - column, width + 1 - x);
        kernels.blendRows(4 * x, top + 4 * column, bottom + 4 * column, count, upper, lower);
        x += count;
      }
      const row = y * rowBytes;
      kernels.fogRow(inputAt + row, outputAt + row, rowBytes, 0, fractionX, factor, start);
    }
    output.set(result);
  };
  return { kernel, data };
}
