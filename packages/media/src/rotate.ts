import type { Frame } from '@robusta/core';

/** How a stored picture is turned to stand upright: mirrored left-right first, then clockwise by the angle. */
export interface Orientation {
  /** Degrees clockwise. */
  rotation: 0 | 90 | 180 | 270;
  mirrored: boolean;
}

/**
 * Reads a display matrix of an MP4 (nine 32-bit integers, [a b u; c d v; x y w], a..d in 16.16 fixed point):
 * a stored pixel (x, y) is shown at (a x + c y, b x + d y), y pointing down. Angles are rounded to quarter turns.
 */
export function readDisplayMatrix(matrix: Uint8Array): Orientation {
  if (matrix.byteLength < 36) return { rotation: 0, mirrored: false };
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.byteLength);
  const value = (index: number) => view.getInt32(index * 4, true);
  const [a, b, c, d] = [value(0), value(1), value(3), value(4)];
  const mirrored = a * d - b * c < 0;
  const quarter = Math.round(Math.atan2(mirrored ? -b : b, mirrored ? -a : a) / (Math.PI / 2));
  const rotation = ((((quarter % 4) + 4) % 4) * 90) as Orientation['rotation'];
  return { rotation, mirrored };
}

/** The picture as it should be seen; the same object if nothing has to be turned. */
export function upright(frame: Frame, { rotation, mirrored }: Orientation): Frame {
  if (rotation === 0 && !mirrored) return frame;
  const { width, height, data } = frame;
  const swap = rotation === 90 || rotation === 270;
  const outWidth = swap ? height : width;
  const out = new Uint8Array(data.length);
  // Byte offset in the output of the pixel (0, 0), and its change along a stored row and down a stored column.
  const last = (outWidth * (swap ? width : height) - 1) * 3;
  const endOfRow = (outWidth - 1) * 3;
  const rowBytes = outWidth * 3;
  const [start0, alongX0, alongY] = {
    0: [0, 3, rowBytes],
    90: [endOfRow, rowBytes, -3],
    180: [last, -3, -rowBytes],
    270: [last - endOfRow, -rowBytes, 3],
  }[rotation] as [number, number, number];
  const start = mirrored ? start0 + alongX0 * (width - 1) : start0;
  const alongX = mirrored ? -alongX0 : alongX0;
  let from = 0;
  for (let y = 0; y < height; y++) {
    let to = start + y * alongY;
    for (let x = 0; x < width; x++, from += 3, to += alongX) {
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  }
  return { width: outWidth, height: swap ? width : height, data: out };
}
