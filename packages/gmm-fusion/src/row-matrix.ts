import { RobustaError } from '@robusta/core';

/** A table of numbers, one row a sample. */
export interface RowMatrix {
  /** n, the number of samples. */
  rows: number;
  /** d, the number of features. */
  cols: number;
  /** Values `[rows, cols]`, row-major. */
  data: Float32Array | Float64Array;
}

/**
 * Checks shape and finiteness.
 * @param what - the function that received the matrix, for the message
 * @throws BAD_INPUT for a wrong shape, NON_FINITE naming row and column
 */
export function checkMatrix(matrix: RowMatrix, what: string): void {
  const { rows, cols, data } = matrix;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new RobustaError('BAD_INPUT', `${what}: data must be a Float32Array or a Float64Array`);
  }
  if (!Number.isSafeInteger(rows) || !Number.isSafeInteger(cols) || rows < 0 || cols < 0) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: rows and cols must be whole numbers, received ${rows} and ${cols}`,
    );
  }
  if (data.length !== rows * cols) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: ${rows} rows of ${cols} need ${rows * cols} values, received ${data.length}`,
    );
  }
  const at = firstNonFinite(data);
  if (at >= 0) {
    throw new RobustaError(
      'NON_FINITE',
      `${what}: row ${Math.floor(at / cols)}, column ${at % cols} is ${data[at]}`,
      {
        hint: 'remove the row, or find where the feature became invalid',
        details: { row: Math.floor(at / cols), column: at % cols },
      },
    );
  }
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) {
    // x - x is 0 for a finite x and NaN otherwise.
    if (values[i]! - values[i]! !== 0) return i;
  }
  return -1;
}
