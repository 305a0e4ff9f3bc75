/** The pixels of a streak, one in each row, seen from its first. */
export interface StreakShape {
  rows: number;
  /** Columns from the first pixel to the last; positive to the right. */
  lean: number;
  /** The same without its sign. */
  reach: number;
  /** [rows]: columns from the first pixel. */
  columns: Int32Array;
}

/**
 * A line one pixel wide from (0, 0) to (lean, length), 8-connected as OpenCV draws it (Bresenham).
 * @param length - rows from the first pixel to the last
 * @param slant - columns; a line leans by no more than its length
 */
export function streakShape(length: number, slant: number): StreakShape {
  const reach = Math.min(Math.abs(slant), length);
  const sign = slant < 0 ? -1 : 1;
  const columns = Int32Array.from({ length: length + 1 }, (_, row) =>
    length === 0 ? 0 : sign * Math.floor((row * reach + (length >> 1)) / length),
  );
  return { rows: length + 1, lean: sign * reach + 0, reach, columns };
}

/** Rows of a streak, from `first` to before `end`. */
export interface Visible {
  first: number;
  end: number;
}

/**
 * Writes to `visible` which rows of a streak lie within the frame. At the sides the line itself is cut, not its pixels,
 * as OpenCV does: a streak that leans to the left from column 0 is only its first pixel.
 */
export function clipStreak(
  { rows, lean }: StreakShape,
  x: number,
  y: number,
  width: number,
  height: number,
  visible: Visible,
): void {
  // Positions times the length of the streak are whole numbers.
  const length = Math.max(1, rows - 1);
  const last = (width - 1) * length;
  const start = x * length;
  let first = Math.max(0, -y);
  let end = Math.min(rows, height - y);
  while (first < end && !within(start + first * lean, last)) first++;
  while (first < end && !within(start + (end - 1) * lean, last)) end--;
  visible.first = first;
  visible.end = end;
}

function within(position: number, last: number): boolean {
  return position >= 0 && position <= last;
}
