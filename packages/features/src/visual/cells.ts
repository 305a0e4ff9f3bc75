/** Cells of the coarse grid: 8 columns and 6 rows, or 6 and 8 for upright pictures. */
export const CELLS = 48;

/** Columns of the coarse grid. */
export const cellColumns = (width: number, height: number): number => (width >= height ? 8 : 6);

/** Mean of each cell of the coarse grid, or of its absolute values, row-major. */
export function cellMeans(
  image: Float32Array,
  width: number,
  height: number,
  absolute: boolean,
  out: Float64Array,
): void {
  const columns = cellColumns(width, height);
  const rows = CELLS / columns;
  for (let row = 0; row < rows; row++) {
    const y0 = Math.floor((row * height) / rows);
    const y1 = Math.floor(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const x0 = Math.floor((column * width) / columns);
      const x1 = Math.floor(((column + 1) * width) / columns);
      let sum = 0;
      for (let y = y0; y < y1; y++) sum += spanSum(image, y * width + x0, y * width + x1, absolute);
      out[row * columns + column] = sum / ((x1 - x0) * (y1 - y0));
    }
  }
}

function spanSum(image: Float32Array, from: number, to: number, absolute: boolean): number {
  let sum = 0;
  if (absolute) for (let i = from; i < to; i++) sum += Math.abs(image[i]!);
  else for (let i = from; i < to; i++) sum += image[i]!;
  return sum;
}
