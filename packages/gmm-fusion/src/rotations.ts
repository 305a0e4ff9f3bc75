/**
 * Givens rotations of neighbouring rows, one after the other upwards: rows i and i + 1 become c·x_i - s·x_{i+1} and
 * s·x_i + c·x_{i+1} for i from `last` down. Four rotations at a time load and store each row once.
 * @param rows - `[.., d]`, changed in place
 * @param cosines - c of row `last`, then of the row above it
 */
export function rotateUpwards(
  rows: Float64Array,
  d: number,
  last: number,
  cosines: Float64Array,
  sines: Float64Array,
  count: number,
): void {
  let t = 0;
  for (; t + 3 < count; t += 4) rotateFour(rows, d, last - t, cosines, sines, t);
  for (; t < count; t++) rotateOne(rows, d, last - t, cosines[t]!, sines[t]!);
}

function rotateOne(rows: Float64Array, d: number, row: number, c: number, s: number): void {
  for (let a = row * d, end = a + d; a < end; a++) {
    const x = rows[a]!;
    const y = rows[a + d]!;
    rows[a] = c * x - s * y;
    rows[a + d] = s * x + c * y;
  }
}

function rotateFour(
  rows: Float64Array,
  d: number,
  row: number,
  cosines: Float64Array,
  sines: Float64Array,
  t: number,
): void {
  const c0 = cosines[t]!;
  const c1 = cosines[t + 1]!;
  const c2 = cosines[t + 2]!;
  const c3 = cosines[t + 3]!;
  const s0 = sines[t]!;
  const s1 = sines[t + 1]!;
  const s2 = sines[t + 2]!;
  const s3 = sines[t + 3]!;
  const r1 = row * d;
  const r0 = r1 + d;
  const r2 = r1 - d;
  const r3 = r2 - d;
  const r4 = r3 - d;
  for (let j = 0; j < d; j++) {
    const below = rows[r0 + j]!;
    const x0 = rows[r1 + j]!;
    const y0 = c0 * x0 - s0 * below;
    rows[r0 + j] = s0 * x0 + c0 * below;
    const x1 = rows[r2 + j]!;
    const y1 = c1 * x1 - s1 * y0;
    rows[r1 + j] = s1 * x1 + c1 * y0;
    const x2 = rows[r3 + j]!;
    const y2 = c2 * x2 - s2 * y1;
    rows[r2 + j] = s2 * x2 + c2 * y1;
    const x3 = rows[r4 + j]!;
    rows[r4 + j] = c3 * x3 - s3 * y2;
    rows[r3 + j] = s3 * x3 + c3 * y2;
  }
}
