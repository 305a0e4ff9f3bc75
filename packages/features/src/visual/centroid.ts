/** Change that counts as noise in each cell: with less, the centroid stays near the middle. */
export const CELL_FLOOR = 0.002;

/** Where the change of a grid of cells is: its centroid from the middle and its spread, in picture sides. */
export function centroid(cell: Float64Array, columns: number): { x: number; y: number; spread: number } {
  const rows = cell.length / columns;
  let sum = CELL_FLOOR * cell.length;
  let x = 0;
  let y = 0;
  let square = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    const dy = (row + 0.5) / rows - 0.5;
    for (let column = 0; column < columns; column++, i++) {
      const dx = (column + 0.5) / columns - 0.5;
      const weight = cell[i]!;
      sum += weight;
      x += weight * dx;
      y += weight * dy;
      square += weight * (dx * dx + dy * dy);
    }
  }
  x /= sum;
  y /= sum;
  return { x, y, spread: Math.sqrt(Math.max(0, square / sum - x * x - y * y)) };
}
