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
  for (let i = 0; i < d; i++) {
    const li = i * d;
    for (let j = 0; j < i; j++) {
      const lj = j * d;
      let sum = a[offset + li + j]!;
      for (let k = 0; k < j; k++) sum -= l[li + k]! * l[lj + k]!;
      l[li + j] = sum / l[lj + j]!;
    }
    const diagonal = a[offset + li + i]!;
    let pivot = diagonal;
    for (let k = 0; k < i; k++) pivot -= l[li + k]! * l[li + k]!;
    // Rounding leaves about d·eps of the diagonal where the exact pivot is zero.
    if (!(pivot > floor[i]! && pivot > d * Number.EPSILON * diagonal)) return { row: i, pivot };
    l[li + i] = Math.sqrt(pivot);
  }
  return l;
}

/** Inverse of a lower-triangular matrix `[d, d]`, written to `out` at `offset`. */
export function invertLower(l: Float64Array, d: number, out: Float64Array, offset: number): void {
  for (let i = 0; i < d; i++) {
    const li = i * d;
    const row = offset + li;
    for (let k = 0; k < i; k++) {
      const factor = l[li + k]!;
      const other = offset + k * d;
      for (let j = 0; j <= k; j++) out[row + j]! -= factor * out[other + j]!;
    }
    const scale = 1 / l[li + i]!;
    for (let j = 0; j < i; j++) out[row + j]! *= scale;
    out[row + i] = scale;
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
