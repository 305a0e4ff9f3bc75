import type { Frame } from '@robusta/core';
import { createPasses, type ResizePasses } from './resize-passes.js';
import { type ResampleFilter, resampleTaps } from './taps.js';

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
  private readonly passes: ResizePasses;
  private readonly firstRow: number;
  private readonly rows: number;
  private readonly height: number;

  constructor(
    private readonly from: { width: number; height: number },
    to: { width: number; height: number },
    filter: ResampleFilter,
    { left, top, right, bottom }: Region = { left: 0, top: 0, right: to.width, bottom: to.height },
    vectors = true,
  ) {
    const across =
      to.width === from.width ? undefined : resampleTaps(from.width, to.width, filter, left, right);
    const down =
      to.height === from.height ? undefined : resampleTaps(from.height, to.height, filter, top, bottom);
    this.height = bottom - top;
    const last = this.height - 1;
    this.firstRow = down ? down.first[0]! : top;
    this.rows = (down ? down.first[last]! + down.count[last]! : bottom) - this.firstRow;
    const shape = { input: from.width, left, width: right - left, firstRow: this.firstRow, rows: this.rows };
    this.passes = createPasses({ ...shape, across, down }, vectors);
  }

  /**
   * @param visit - gets each row of the region from the top, valid until it returns: all reds, all greens, all blues
   */
  resize({ data }: Frame, visit: (row: Uint8Array | Uint8ClampedArray, y: number) => void): void {
    const { passes, firstRow, rows, height } = this;
    const bytes = this.from.width * 3;
    for (let y = 0; y < rows; y++) passes.across(data, (firstRow + y) * bytes, y);
    for (let y = 0; y < height; y++) visit(passes.down(y), y);
  }
}
