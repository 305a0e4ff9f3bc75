import type { TensorData } from './tensor.js';

type Elements = { [index: number]: number | bigint; readonly length: number };

/** Side of the tiles in which axes are exchanged: two 32 x 32 tiles of doubles fit the innermost cache. */
const TILE = 32;

/**
 * Rearranges column-major (Fortran order) elements to row-major (C order).
 * @param data - elements, the first index running fastest
 * @param shape - sizes of the axes
 * @returns a new array of the same class
 */
export function fortranToC<A extends TensorData['data']>(data: A, shape: readonly number[]): A {
  const result = new (data.constructor as new (length: number) => A)(data.length);
  const first = shape[0] ?? 1;
  const last = shape.at(-1) ?? 1;
  if (shape.length < 2 || data.length === 0) {
    result.set(data as never);
    return result;
  }
  const from: Elements = data;
  const to: Elements = result;
  const middle = shape.slice(1, -1);
  const rowStride = data.length / first; // of the first axis in the result
  const columnStride = data.length / last; // of the last axis in the source
  const index = new Array<number>(middle.length).fill(0);
  for (let plane = data.length / (first * last); plane > 0; plane--) {
    let source = 0;
    let target = 0;
    for (let axis = 0, stride = first; axis < middle.length; axis++) {
      source += index[axis]! * stride;
      stride *= middle[axis]!;
      target = (target + index[axis]!) * (middle[axis + 1] ?? last);
    }
    transposePlane(from, to, source, target, first, last, rowStride, columnStride);
    for (let axis = middle.length - 1; axis >= 0 && ++index[axis]! === middle[axis]; axis--) index[axis] = 0;
  }
  return result;
}

function transposePlane(
  from: Elements,
  to: Elements,
  source: number,
  target: number,
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
): void {
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    const rowEnd = Math.min(rowTile + TILE, rows);
    for (let columnTile = 0; columnTile < columns; columnTile += TILE) {
      const columnEnd = Math.min(columnTile + TILE, columns);
      for (let row = rowTile; row < rowEnd; row++) {
        const out = target + row * rowStride;
        const start = source + row;
        for (let column = columnTile; column < columnEnd; column++) {
          to[out + column] = from[start + column * columnStride]!;
        }
      }
    }
  }
}
