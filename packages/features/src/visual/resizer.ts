import type { Frame } from '@robusta/core';
import { type ResampleFilter, resampleTaps, type Taps, WEIGHT_BITS } from './taps.js';

const { imul } = Math;
const HALF = 1 << (WEIGHT_BITS - 1);

/** The part of the resized picture that is wanted, in its pixels; `right` and `bottom` are exclusive. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Resizes pictures of one size as Pillow does, bit for bit: across first, bytes in between, then down; a direction
 * that does not change is left out. Gives the result row by row, so that what follows works on rows that are still in
 * the cache, and computes no more than the region that is wanted.
 */
export class Resizer {
  /** One row of the region: all reds, then all greens, then all blues. */
  private readonly row: Uint8ClampedArray;
  /** The rows that the region is made of, resized across, each laid out as `row`. */
  private readonly between: Uint8ClampedArray;
  private readonly across: Taps | undefined;
  private readonly down: Taps | undefined;
  private readonly sums: Int32Array;
  private readonly firstRow: number;
  private readonly rows: number;

  constructor(
    private readonly from: { width: number; height: number },
    to: { width: number; height: number },
    filter: ResampleFilter,
    private readonly region: Region = { left: 0, top: 0, right: to.width, bottom: to.height },
  ) {
    const { left, top, right, bottom } = region;
    if (to.width !== from.width) this.across = resampleTaps(from.width, to.width, filter, left, right);
    if (to.height !== from.height) this.down = resampleTaps(from.height, to.height, filter, top, bottom);
    const last = bottom - top - 1;
    this.firstRow = this.down ? this.down.first[0]! : top;
    this.rows = (this.down ? this.down.first[last]! + this.down.count[last]! : bottom) - this.firstRow;
    const width = 3 * (right - left);
    this.row = new Uint8ClampedArray(width);
    this.sums = new Int32Array(width);
    this.between = new Uint8ClampedArray(width * this.rows);
  }

  /**
   * @param visit - gets each row of the region from the top, valid until it returns: all reds, all greens, all blues
   */
  resize(frame: Frame, visit: (row: Uint8ClampedArray, y: number) => void): void {
    this.spread(frame.data);
    const { between, row, down } = this;
    const width = row.length;
    const height = this.region.bottom - this.region.top;
    for (let y = 0; y < height; y++) {
      if (down) this.sumRows(down, y);
      else row.set(between.subarray(y * width, (y + 1) * width));
      visit(row, y);
    }
  }

  /** Fills `between`. */
  private spread(data: Uint8Array): void {
    const { across, between, firstRow, rows, from, region } = this;
    const width = region.right - region.left;
    for (let y = 0; y < rows; y++) {
      const source = (firstRow + y) * from.width * 3;
      const target = y * width * 3;
      if (across) resizeRow(data, source, across, between, target, width);
      else separate(data, source + region.left * 3, between, target, width);
    }
  }

  private sumRows({ first, count, weights, stride }: Taps, y: number): void {
    const { between, sums, row, firstRow } = this;
    const width = row.length;
    const start = (first[y]! - firstRow) * width;
    const taps = count[y]!;
    sums.fill(HALF);
    for (let k = 0; k < taps; k++) {
      const weight = weights[y * stride + k]!;
      if (weight === 0) continue;
      for (let x = 0, i = start + k * width; x < width; x++, i++) {
        sums[x] = sums[x]! + imul(weight, between[i]!);
      }
    }
    for (let x = 0; x < width; x++) row[x] = sums[x]! >> WEIGHT_BITS;
  }
}

function resizeRow(
  data: Uint8Array,
  source: number,
  { first, count, weights, stride }: Taps,
  out: Uint8ClampedArray,
  target: number,
  width: number,
): void {
  for (let x = 0; x < width; x++) {
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    const end = x * stride + count[x]!;
    for (let k = x * stride, i = source + 3 * first[x]!; k < end; k++, i += 3) {
      const weight = weights[k]!;
      red = (red + imul(weight, data[i]!)) | 0;
      green = (green + imul(weight, data[i + 1]!)) | 0;
      blue = (blue + imul(weight, data[i + 2]!)) | 0;
    }
    out[target + x] = red >> WEIGHT_BITS;
    out[target + width + x] = green >> WEIGHT_BITS;
    out[target + 2 * width + x] = blue >> WEIGHT_BITS;
  }
}

function separate(
  data: Uint8Array,
  source: number,
  out: Uint8ClampedArray,
  target: number,
  width: number,
): void {
  for (let x = 0, i = source; x < width; x++, i += 3) {
    out[target + x] = data[i]!;
    out[target + width + x] = data[i + 1]!;
    out[target + 2 * width + x] = data[i + 2]!;
  }
}
