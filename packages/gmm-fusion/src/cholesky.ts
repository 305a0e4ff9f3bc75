/** A pivot that counts as zero: the matrix is singular at this row. */
export interface SingularPivot {
  row: number;
  pivot: number;
}

/**
 * Lower-triangular L with L·Lᵀ = A.
 * @param a - symmetric matrix `[d, d]`; its lower triangle is read
 * @param offset - where the matrix starts in `a`
 * @param floor - `[d]`, a pivot at or below it counts as zero
 * @returns L as `[d, d]` with zeros above the diagonal, or the pivot that is zero
 */
export function cholesky(
  a: Float64Array,
  offset: number,
  d: number,
  floor: Float64Array,
): Float64Array | SingularPivot {
  const l = new Float64Array(d * d);
  for (let first = 0; first < d; first += ROWS) {
    const last = Math.min(first + ROWS, d);
    if (last - first === ROWS) solveRows(a, offset, d, l, first);
    for (let i = first; i < last; i++) {
      const li = i * d;
      for (let j = last - first === ROWS ? first : 0; j < i; j++) {
        l[li + j] = (a[offset + li + j]! - dot(l, li, j * d, j)) / l[j * d + j]!;
      }
      const diagonal = a[offset + li + i]!;
      const pivot = diagonal - dot(l, li, li, i);
      // Rounding leaves about d·eps of the diagonal where the exact pivot is zero.
      if (!(pivot > floor[i]! && pivot > d * Number.EPSILON * diagonal)) return { row: i, pivot };
      l[li + i] = Math.sqrt(pivot);
    }
  }
  return l;
}

/** Rows of a triangle that are worked on together: what is loaded for one serves all, and no sum waits for another. */
const ROWS = 4;

/** The columns before `first` of the rows from `first` on, two columns at a time: eight sums for six loads. */
function solveRows(a: Float64Array, offset: number, d: number, l: Float64Array, first: number): void {
  const r0 = first * d;
  const r1 = r0 + d;
  const r2 = r1 + d;
  const r3 = r2 + d;
  // `first` is a multiple of ROWS, so columns come in pairs.
  for (let j = 0; j < first; j += 2) {
    const even = j * d;
    const odd = even + d;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let k = 0; k < j; k++) {
      const e = l[even + k]!;
      const o = l[odd + k]!;
      const x0 = l[r0 + k]!;
      const x1 = l[r1 + k]!;
      const x2 = l[r2 + k]!;
      const x3 = l[r3 + k]!;
      s0 += x0 * e;
      s1 += x1 * e;
      s2 += x2 * e;
      s3 += x3 * e;
      t0 += x0 * o;
      t1 += x1 * o;
      t2 += x2 * o;
      t3 += x3 * o;
    }
    finishPair(a, offset, l, r0 + j, even + j, odd + j, s0, t0);
    finishPair(a, offset, l, r1 + j, even + j, odd + j, s1, t1);
    finishPair(a, offset, l, r2 + j, even + j, odd + j, s2, t2);
    finishPair(a, offset, l, r3 + j, even + j, odd + j, s3, t3);
  }
}

/** Columns j and j + 1 of a row, from the sums over the columns before them. */
function finishPair(
  a: Float64Array,
  offset: number,
  l: Float64Array,
  at: number,
  even: number,
  odd: number,
  s: number,
  t: number,
): void {
  const value = (a[offset + at]! - s) / l[even]!;
  l[at] = value;
  l[at + 1] = (a[offset + at + 1]! - (t + value * l[odd]!)) / l[odd + 1]!;
}

function dot(values: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += values[a + k]! * values[b + k]!;
  return sum;
}

/** Inverse of a lower-triangular matrix `[d, d]`, written to `out` at `offset`. */
export function invertLower(l: Float64Array, d: number, out: Float64Array, offset: number): void {
  for (let first = 0; first < d; first += ROWS) {
    const last = Math.min(first + ROWS, d);
    if (last - first === ROWS) subtractRows(l, d, out, offset, first);
    for (let i = first; i < last; i++) {
      const li = i * d;
      const row = offset + li;
      for (let k = last - first === ROWS ? first : 0; k < i; k++) {
        const factor = l[li + k]!;
        const other = offset + k * d;
        for (let j = 0; j <= k; j++) out[row + j]! -= factor * out[other + j]!;
      }
      const scale = 1 / l[li + i]!;
      for (let j = 0; j < i; j++) out[row + j]! *= scale;
      out[row + i] = scale;
    }
  }
}

/** Subtracts what the rows before `first` of the inverse contribute to the rows from `first` on. */
function subtractRows(l: Float64Array, d: number, out: Float64Array, offset: number, first: number): void {
  const r0 = first * d;
  const r1 = r0 + d;
  const r2 = r1 + d;
  const r3 = r2 + d;
  // `first` is a multiple of ROWS, so the rows before come in pairs.
  for (let k = 0; k < first; k += 2) {
    const f0 = l[r0 + k]!;
    const f1 = l[r1 + k]!;
    const f2 = l[r2 + k]!;
    const f3 = l[r3 + k]!;
    const g0 = l[r0 + k + 1]!;
    const g1 = l[r1 + k + 1]!;
    const g2 = l[r2 + k + 1]!;
    const g3 = l[r3 + k + 1]!;
    const even = offset + k * d;
    const odd = even + d;
    // The even row ends one column sooner, and what stands behind its end is 0.
    for (let j = 0; j <= k + 1; j++) {
      const e = out[even + j]!;
      const o = out[odd + j]!;
      out[offset + r0 + j]! -= f0 * e + g0 * o;
      out[offset + r1 + j]! -= f1 * e + g1 * o;
      out[offset + r2 + j]! -= f2 * e + g2 * o;
      out[offset + r3 + j]! -= f3 * e + g3 * o;
    }
  }
}

/**
 * Lower-triangular W with Wᵀ·W = P: the Cholesky factor of P read from its last row to its first.
 * @param p - symmetric positive definite `[d, d]` at `offset`
 * @returns true when P is positive definite; W is then in `out` at `offset`
 */
export function reverseCholesky(p: Float64Array, offset: number, d: number, out: Float64Array): boolean {
  const flipped = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) flipped[i * d + j] = p[offset + (d - 1 - i) * d + (d - 1 - j)]!;
  }
  const c = cholesky(flipped, 0, d, new Float64Array(d));
  if (!(c instanceof Float64Array)) return false;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) out[offset + i * d + j] = c[(d - 1 - j) * d + (d - 1 - i)]!;
  }
  return true;
}
