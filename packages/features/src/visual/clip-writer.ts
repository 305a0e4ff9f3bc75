import { type Frame, RobustaError } from '@robusta/core';
import { WINDOW_FRAMES } from '../grid.js';
import { type CropCount, cropPositions } from './crops.js';
import { CROP_SIZE, PREPARATIONS, type VisualRecipe } from './preparation.js';
import { checkFrame } from './resize.js';
import { Resizer } from './resizer.js';

const PLANE = CROP_SIZE * CROP_SIZE;

/** Numbers in one clip, `[3, 16, 224, 224]`. */
export const CLIP_SIZE = 3 * WINDOW_FRAMES * PLANE;

/** A crop's part of the row at hand, and where its planes begin in the tensor. */
interface CropTarget {
  top: number;
  channels: { part: Float32Array; plane: number }[];
}

/**
 * Writes pictures of one size into `[crops, 3, 16, 224, 224]`. A row of the resized picture is made once, turned into
 * numbers once, and copied to all crops that it crosses while it is in the cache: no resized picture, no crop is ever
 * stored as bytes.
 */
export class ClipWriter {
  private readonly resizer: Resizer;
  private readonly values: Float32Array;
  private readonly mirrored: Float32Array | undefined;
  private readonly targets: CropTarget[];
  /** What each byte becomes, computed in float64 and rounded once. */
  private readonly table: Float32Array;
  private readonly firstRow: number;

  constructor(
    private readonly from: { width: number; height: number },
    recipe: VisualRecipe,
    crops: CropCount,
  ) {
    const { size, filter, order, mean, scale } = PREPARATIONS[recipe];
    const to = size(from);
    const positions = cropPositions(to, CROP_SIZE, crops, order);
    const right = to.width - CROP_SIZE;
    // Mirroring happens on the way out: what is left in the mirrored picture is read from the other side.
    const lefts = positions.map(({ left, mirrored }) => (mirrored ? right - left : left));
    const region = {
      left: Math.min(...lefts),
      top: Math.min(...positions.map(({ top }) => top)),
      right: Math.max(...lefts) + CROP_SIZE,
      bottom: Math.max(...positions.map(({ top }) => top)) + CROP_SIZE,
    };
    const width = region.right - region.left;
    this.resizer = new Resizer(from, to, filter, region);
    this.firstRow = region.top;
    this.table = Float32Array.from({ length: 256 }, (_, byte) => (byte - mean) / scale);
    this.values = new Float32Array(3 * width);
    this.mirrored = crops === 10 ? new Float32Array(3 * width) : undefined;
    this.targets = positions.map(({ top, mirrored }, crop) => {
      const row = mirrored ? this.mirrored! : this.values;
      const start = mirrored ? region.right - lefts[crop]! - CROP_SIZE : lefts[crop]! - region.left;
      return {
        top,
        channels: [0, 1, 2].map((c) => ({
          part: row.subarray(c * width + start, c * width + start + CROP_SIZE),
          plane: (crop * 3 + c) * WINDOW_FRAMES * PLANE,
        })),
      };
    });
  }

  /**
   * Writes one picture at the place `slot` (0 to 15) of a window.
   * @throws BAD_INPUT for a frame of another size or of the wrong number of bytes, named by `number`
   */
  write(frame: Frame, number: number, slot: number, tensor: Float32Array): void {
    this.check(frame, number);
    const { table, values, mirrored, targets, firstRow } = this;
    const width = values.length / 3;
    this.resizer.resize(frame, (row, index) => {
      for (let i = 0; i < values.length; i++) values[i] = table[row[i]!]!;
      if (mirrored) reverseChannels(values, mirrored, width);
      const y = index + firstRow;
      for (const { top, channels } of targets) {
        if (y < top || y >= top + CROP_SIZE) continue;
        const place = slot * PLANE + (y - top) * CROP_SIZE;
        for (const { part, plane } of channels) tensor.set(part, plane + place);
      }
    });
  }

  private check(frame: Frame, number: number): void {
    const { width, height } = this.from;
    checkFrame(frame, `frame ${number}`);
    if (frame.width === width && frame.height === height) return;
    throw new RobustaError(
      'BAD_INPUT',
      `frame ${number} is ${frame.width}x${frame.height}, those before it are ${width}x${height}`,
      { hint: 'give frames of one size' },
    );
  }
}

/** Repeats the first `count` pictures of a window until there are sixteen. */
export function loopClip(tensor: Float32Array, count: number): void {
  for (let start = 0; start < tensor.length; start += WINDOW_FRAMES * PLANE) {
    for (let slot = count; slot < WINDOW_FRAMES; slot++) {
      const source = start + (slot % count) * PLANE;
      tensor.copyWithin(start + slot * PLANE, source, source + PLANE);
    }
  }
}

function reverseChannels(from: Float32Array, to: Float32Array, width: number): void {
  for (let c = 0; c < 3; c++) {
    for (let x = c * width, o = (c + 1) * width - 1; o >= c * width; x++, o--) to[o] = from[x]!;
  }
}
