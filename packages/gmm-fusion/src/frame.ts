import { RobustaError } from '@robusta/core';
import { checkMatrix, type RowMatrix } from './row-matrix.js';

/** Squares of larger values, summed over many rows, would overflow. */
const LARGEST_VALUE = 1e140;

/** Rows that can be read again and again, always the same. */
export type RowSource = () => Iterable<RowMatrix> | AsyncIterable<RowMatrix>;

/** Where the rows of a fit lie. */
export interface Frame {
  /** n. */
  rows: number;
  /** `[d]`, the column means. EM computes with x minus the centre: exact, and no digits are spent on an offset. */
  centre: Float64Array;
  /** `[d]`, a variance at or below it is rounding noise of this feature and counts as zero. */
  varianceFloor: Float64Array;
}

/**
 * Reads all rows once, and checks them.
 * @param what - the function that received the rows, for messages
 * @throws BAD_INPUT for shapes that do not fit, no rows, or values too large to be squared; NON_FINITE
 */
export async function measureFrame(source: RowSource, what: string): Promise<Frame> {
  let rows = 0;
  let centre = new Float64Array(0);
  let largest = centre;
  for await (const block of source()) {
    checkMatrix(block, what);
    if (rows === 0) {
      centre = new Float64Array(block.cols);
      largest = new Float64Array(block.cols);
    } else if (block.cols !== centre.length) {
      throw new RobustaError('BAD_INPUT', `${what}: rows of ${centre.length} and of ${block.cols} columns`);
    }
    addMeans(block, rows, centre, largest);
    rows += block.rows;
  }
  if (rows > 0 && centre.length === 0) throw new RobustaError('BAD_INPUT', `${what}: rows have no columns`);
  const column = largest.findIndex((value) => value > LARGEST_VALUE);
  if (column >= 0) {
    throw new RobustaError('BAD_INPUT', `${what}: column ${column} reaches ${largest[column]}`, {
      hint: `scale the data: squares of values beyond ${LARGEST_VALUE} overflow`,
    });
  }
  return { rows, centre, varianceFloor: largest.map((value) => (8 * Number.EPSILON * value) ** 2) };
}

/** Moves the means of `before` rows to those of all rows; a sum of large values would overflow. */
function addMeans(
  { rows, cols: d, data }: RowMatrix,
  before: number,
  centre: Float64Array,
  largest: Float64Array,
): void {
  const share = 1 / (before + rows);
  for (let j = 0; j < d; j++) centre[j]! *= before * share;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < d; j++, at++) {
      const value = data[at]!;
      centre[j]! += value * share;
      largest[j] = Math.max(largest[j]!, Math.abs(value));
    }
  }
}

/** Rows `first` to `first + rows` as float64 `[rows, d]`, minus the centre. */
export function copyCentred(
  { cols: d, data }: RowMatrix,
  first: number,
  rows: number,
  centre: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0, at = 0, from = first * d; i < rows; i++) {
    for (let j = 0; j < d; j++, at++, from++) out[at] = data[from]! - centre[j]!;
  }
}
