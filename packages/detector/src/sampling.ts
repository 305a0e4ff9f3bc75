/**
 * Rows of a sequence that is longer than the training length: evenly spread, the first and the last included
 * (the length handling of the published XDVioDet and HyperVD code).
 * @param length - T, snippets of the sequence
 * @param count - L <= T, rows to take
 * @returns `[L]` row numbers, rising
 */
export function uniformIndices(length: number, count: number): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * (length - 1)) / (count - 1)));
  rows[count - 1] = length - 1;
  return rows;
}

/**
 * Borders of the segments that a sequence is averaged into, `floor(j T / count)` (the length handling of the published
 * RTFM code). Segment j is the mean of rows `edges[j]` up to `edges[j + 1]`, or row `edges[j]` where there is none
 * between.
 * @param length - T, snippets of the sequence
 * @param count - number of segments
 * @returns `[count + 1]`
 */
export function segmentEdges(length: number, count: number): Int32Array {
  return Int32Array.from({ length: count + 1 }, (_, j) => Math.floor((j * length) / count));
}
