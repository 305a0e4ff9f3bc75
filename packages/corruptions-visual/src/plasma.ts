/** A periodic height map: `side * side` values from 0 to 1, row-major. */
export interface HeightMap {
  /** A power of two. */
  side: number;
  data: Float32Array;
}

/**
 * Plasma by diamond-square (as ImageNet-C makes its fog): starting from one height of 0, each step first
 * gives the centre of every square the mean of its corners, then the middle of every horizontal and of every
 * vertical edge the mean of its four neighbours, each plus w * u * w with w = 100 at first and divided by
 * `decay` a step. Indices wrap around, so the map has no seam. O(side^2), heights kept in float32.
 * @param side - a power of two
 * @param decay - how fast the roughness falls with each halving, > 0
 * @param draw - uniform numbers in (-1, 1), taken row by row within each of the three groups of a step;
 *   side^2 - 1 of them
 * @param heights - where to write the map: side^2 floats
 */
export function plasmaMap(
  side: number,
  decay: number,
  draw: () => number,
  heights: Float32Array = new Float32Array(side * side),
): HeightMap {
  heights[0] = 0;
  const wrap = side - 1;
  let wibble = 100;
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2;
    /** Displaces every `step`-th point of a row, from `target` on, off the mean of four others. */
    const displace = (target: Place, a: Place, b: Place, c: Place, d: Place) =>
      displaceRow(heights, side, step, wibble, draw, target, a, b, c, d);
    for (let y = 0; y < side; y += step) {
      const [top, middle, bottom] = [y, y + half, (y + step) & wrap];
      displace(
        { row: middle, x: half },
        { row: top, x: 0 },
        { row: bottom, x: 0 },
        { row: top, x: step },
        { row: bottom, x: step },
      );
    }
    for (let y = 0; y < side; y += step) {
      const [above, below] = [(y - half) & wrap, y + half];
      displace(
        { row: y, x: half },
        { row: above, x: half },
        { row: below, x: half },
        { row: y, x: 0 },
        { row: y, x: step },
      );
    }
    for (let y = 0; y < side; y += step) {
      const [top, middle, bottom] = [y, y + half, (y + step) & wrap];
      displace(
        { row: middle, x: 0 },
        { row: middle, x: -half },
        { row: middle, x: half },
        { row: top, x: 0 },
        { row: bottom, x: 0 },
      );
    }
    wibble /= decay;
  }
  normalize(heights);
  return { side, data: heights };
}

interface Place {
  row: number;
  /** Wraps around. */
  x: number;
}

function displaceRow(
  heights: Float32Array,
  side: number,
  step: number,
  wibble: number,
  draw: () => number,
  target: Place,
  a: Place,
  b: Place,
  c: Place,
  d: Place,
): void {
  const wrap = side - 1;
  const [rowA, rowB, rowC, rowD] = [side * a.row, side * b.row, side * c.row, side * d.row];
  const [xA, xB, xC, xD] = [a.x, b.x, c.x, d.x];
  const start = side * target.row + target.x;
  for (let x = 0; x < side; x += step) {
    const sum =
      heights[rowA + ((x + xA) & wrap)]! +
      heights[rowB + ((x + xB) & wrap)]! +
      heights[rowC + ((x + xC) & wrap)]! +
      heights[rowD + ((x + xD) & wrap)]!;
    heights[start + x] = sum / 4 + wibble * draw() * wibble;
  }
}

/** Moves the smallest height to 0 and the largest to 1; a flat map, such as that of side 1, is 0. */
function normalize(heights: Float32Array): void {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < heights.length; i++) {
    const height = heights[i]!;
    if (height < low) low = height;
    if (height > high) high = height;
  }
  const range = high - low || 1;
  for (let i = 0; i < heights.length; i++) heights[i] = (heights[i]! - low) / range;
}
