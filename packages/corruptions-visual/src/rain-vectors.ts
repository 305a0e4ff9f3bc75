import { alignToVector, instantiateKernels } from './kernels.js';
import { type RainSteps, rainLayout } from './rain-steps.js';
import type { StreakShape } from './rain-streak.js';

/** Bytes behind a buffer that kernels may read and write. */
const ROOM = 16;

/** @returns the steps by vector kernels, or undefined where there are no vectors */
export function vectorRainSteps(width: number, height: number, shape: StreakShape): RainSteps | undefined {
  const layout = rainLayout(width, height, shape);
  const { rowBytes, stride, frameBytes } = layout;
  const count = Math.ceil(frameBytes / 48) * 48;
  const tableAt = 192;
  const rowsAt = tableAt + 256;
  const frameAt = alignToVector(rowsAt + 8 * shape.rows);
  const blurredAt = frameAt + count + ROOM;
  const litAt = blurredAt + count + ROOM;
  const instance = instantiateKernels(litAt + layout.litBytes + ROOM);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  const columnSums = new Uint32Array(memory, 0, 48);
  const rows = new Int32Array(memory, rowsAt, 2 * shape.rows);
  layout.inFrame.forEach((offset, row) => {
    rows[2 * row] = offset;
    rows[2 * row + 1] = layout.inLit[row]!;
  });
  const frame = new Uint8Array(memory, frameAt, frameBytes);
  const rest = new Uint8Array(memory, frameAt + frameBytes, count - frameBytes);
  const blurred = new Uint8Array(memory, blurredAt, frameBytes);
  const litStart = litAt + layout.litStart;

  function addChannels(at: number, sums: Float64Array, to: number): void {
    columnSums.fill(0);
    kernels.sumBytes(at, count, 0);
    sums.fill(0, to, to + 3);
    for (let i = 0; i < 48; i++) sums[to + (i % 3)]! += columnSums[i]!;
  }

  return {
    lightOf: new Uint8Array(memory, tableAt, 256),
    load(input, sums) {
      frame.set(input);
      // The last blend wrote there too.
      rest.fill(0);
      blurred.set(input);
      kernels.spreadRows(frameAt, litStart, rowBytes, stride, height);
      addChannels(frameAt, sums, 0);
    },
    light(x, y, first, end) {
      kernels.lightStreak(
        frameAt + y * rowBytes + 3 * x,
        litStart + y * stride + 3 * x,
        rowsAt + 8 * first,
        rowsAt + 8 * end,
        tableAt,
      );
    },
    mirrorEdges: () => kernels.mirrorEdges(litAt, width, height),
    blur(x, y, first, end) {
      kernels.blurStreak(
        litStart + y * stride + 3 * x,
        blurredAt + y * rowBytes + 3 * x,
        rowsAt + 8 * first,
        rowsAt + 8 * end,
        stride,
      );
    },
    sumBlurred: (sums) => addChannels(blurredAt, sums, 3),
    blend(output, ofFrame, ofBlurred, offsets) {
      kernels.blendBytes(
        frameAt,
        count,
        blurredAt,
        ofFrame,
        ofBlurred,
        offsets[0]!,
        offsets[1]!,
        offsets[2]!,
      );
      output.set(frame);
    },
  };
}
