import { createRng, deriveSeed, RobustaError } from '@robusta/core';
import type { Frame, RowSource } from './frame.js';
import { checkMatrix, type RowMatrix } from './row-matrix.js';

/** A source whose pieces are checked: matrices of finite numbers, of one width, none without rows. */
export function checkedSource(source: RowSource, what: string): RowSource {
  return async function* () {
    let cols: number | undefined;
    for await (const piece of source()) {
      checkMatrix(piece, what);
      if (piece.rows === 0) continue;
      cols ??= piece.cols;
      if (piece.cols !== cols) {
        throw new RobustaError('BAD_INPUT', `${what}: rows of ${cols} and of ${piece.cols} columns`);
      }
      yield piece;
    }
  };
}

/** A source that is refused when it does not give as many rows, as wide, as it gave at first. */
export function repeatingSource(source: RowSource, { rows, centre }: Frame, what: string): RowSource {
  return async function* () {
    let seen = 0;
    for await (const piece of source()) {
      if (piece.cols !== centre.length) seen = Infinity;
      seen += piece.rows;
      if (seen > rows) break;
      yield piece;
    }
    if (seen === rows) return;
    throw new RobustaError('BAD_INPUT', `${what}: the source gave ${rows} rows at first and others later`, {
      hint: 'each call of the source must start over and give the same rows',
    });
  };
}

/**
 * The rows of a source in matrices of `size` rows each (the last one of what is left), whatever pieces they come in:
 * so the pieces do not show in a result, and small ones cost no time.
 * @returns a source whose matrices hold until the next one is asked for
 */
export function regroupedSource(source: RowSource, size: number): RowSource {
  return async function* () {
    let buffer = new Float64Array(0);
    let filled = 0;
    let cols = 0;
    for await (const piece of source()) {
      cols = piece.cols;
      for (let first = 0; first < piece.rows; ) {
        const part = rowsOf(piece, first, Math.min(size - filled, piece.rows - first));
        first += part.rows;
        if (part.rows === size) {
          yield part;
          continue;
        }
        if (buffer.length === 0) buffer = new Float64Array(size * cols);
        buffer.set(part.data, filled * cols);
        filled += part.rows;
        if (filled < size) continue;
        yield { rows: size, cols, data: buffer };
        filled = 0;
      }
    }
    if (filled > 0) yield { rows: filled, cols, data: buffer.subarray(0, filled * cols) };
  };
}

/** At most `size` rows in their order, each row of the source equally likely; all rows where they fit. */
export async function sampleRows(
  source: RowSource,
  { rows, centre }: Frame,
  size: number,
  seed: number,
): Promise<RowMatrix> {
  const cols = centre.length;
  const wanted = Math.min(rows, size);
  const rng = createRng(deriveSeed('gmm-stream-sample', seed));
  const data = new Float64Array(wanted * cols);
  let taken = 0;
  let left = rows;
  for await (const piece of source()) {
    for (let i = 0; i < piece.rows; i++, left--) {
      if (rng.uniform() * left >= wanted - taken) continue;
      data.set(rowsOf(piece, i, 1).data, taken * cols);
      taken++;
    }
  }
  return { rows: wanted, cols, data };
}

function rowsOf({ cols, data }: RowMatrix, first: number, rows: number): RowMatrix {
  return { rows, cols, data: data.subarray(first * cols, (first + rows) * cols) };
}
