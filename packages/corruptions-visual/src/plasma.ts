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
 * `decay` a step. Indices wrap around, so the map has no seam. O(side^2), in double precision.
 * @param side - a power of two
 * @param decay - how fast the roughness falls with each halving, > 0
 * @param draw - uniform numbers in (-1, 1), taken row by row within each of the three groups of a step;
 *   side^2 - 1 of them
 */
export function plasmaMap(side: number, decay: number, draw: () => number): HeightMap {
  const heights = new Float64Array(side * side);
  const wrap = side - 1;
  let wibble = 100;
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2;
    for (let y = 0; y < side; y += step) {
      const top = y * side;
      const bottom = ((y + step) & wrap) * side;
      for (let x = 0; x < side; x += step) {
        const right = (x + step) & wrap;
        const sum =
          heights[top + x]! + heights[bottom + x]! + heights[top + right]! + heights[bottom + right]!;
        heights[(y + half) * side + x + half] = sum / 4 + wibble * draw() * wibble;
      }
    }
    for (let y = 0; y < side; y += step) {
      const row = y * side;
      const above = ((y - half) & wrap) * side;
      const below = (y + half) * side;
      for (let x = 0; x < side; x += step) {
        const middle = x + half;
        const sum =
          heights[above + middle]! +
          heights[below + middle]! +
          heights[row + x]! +
          heights[row + ((x + step) & wrap)]!;
        heights[row + middle] = sum / 4 + wibble * draw() * wibble;
      }
    }
    for (let y = 0; y < side; y += step) {
      const top = y * side;
      const middle = (y + half) * side;
      const bottom = ((y + step) & wrap) * side;
      for (let x = 0; x < side; x += step) {
        const left = (x - half) & wrap;
        const sum =
          heights[middle + left]! + heights[middle + x + half]! + heights[top + x]! + heights[bottom + x]!;
        heights[middle + x] = sum / 4 + wibble * draw() * wibble;
      }
    }
    wibble /= decay;
  }
  return { side, data: normalized(heights) };
}

/** Moves the smallest height to 0 and the largest to 1; a flat map, such as that of side 1, is 0. */
function normalized(heights: Float64Array): Float32Array {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < heights.length; i++) {
    const height = heights[i]!;
    if (height < low) low = height;
    if (height > high) high = height;
  }
  const range = high - low || 1;
  const result = new Float32Array(heights.length);
  for (let i = 0; i < heights.length; i++) result[i] = (heights[i]! - low) / range;
  return result;
}
