/** Columns and rows of the coarse grid. */
export const CELL_COLUMNS = 8;
export const CELL_ROWS = 6;
export const CELLS = CELL_COLUMNS * CELL_ROWS;

/** Mean of each cell of the 8x6 grid (transposed for upright pictures: 6x8), row-major. */
export function cellMeans(
  image: Float32Array,
  width: number,
  height: number,
  absolute: boolean,
  out: Float64Array,
): void {
  const columns = width >= height ? CELL_COLUMNS : CELL_ROWS;
  const rows = CELLS / columns;
  for (let row = 0; row < rows; row++) {
    const y0 = Math.floor((row * height) / rows);
    const y1 = Math.floor(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const x0 = Math.floor((column * width) / columns);
      const x1 = Math.floor(((column + 1) * width) / columns);
      let sum = 0;
      for (let y = y0; y < y1; y++) {
        for (let i = y * width + x0, end = y * width + x1; i < end; i++) {
          sum += absolute ? Math.abs(image[i]!) : image[i]!;
        }
      }
      out[row * columns + column] = sum / ((x1 - x0) * (y1 - y0));
    }
  }
}
