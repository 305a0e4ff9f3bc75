import { RobustaError } from '@robusta/core';
import { rotateUpwards } from './rotations.js';
import { tridiagonalize } from './tridiagonal.js';

/** Eigenvalues in falling order, and the eigenvectors as rows. */
export interface SymmetricEigen {
  /** `[d]`. */
  values: Float64Array;
  /** `[d, d]`, row i belongs to value i; rows are orthonormal. */
  vectors: Float64Array;
}

const MAX_QL_STEPS = 60;

/**
 * All eigenpairs of a symmetric matrix: Householder reduction to a tridiagonal one, then implicit QL (Golub and
 * Van Loan, Matrix Computations, section 8.3). Vectors are kept as rows, so that every loop runs along memory.
 * @param matrix - `[d, d]`; it is not changed
 */
export function symmetricEigen(matrix: Float64Array, d: number): SymmetricEigen {
  const { diagonal, offDiagonal, rotation: vectors } = tridiagonalize(matrix.slice(), d);
  implicitQl(diagonal, offDiagonal, vectors, d);
  const order = Array.from({ length: d }, (_, i) => i).sort((p, q) => diagonal[q]! - diagonal[p]! || p - q);
  const sorted = new Float64Array(d * d);
  for (const [to, from] of order.entries()) {
    sorted.set(vectors.subarray(from * d, (from + 1) * d), to * d);
    fixSign(sorted, to * d, d);
  }
  return { values: Float64Array.from(order, (from) => diagonal[from]!), vectors: sorted };
}

/** The entry of the largest magnitude becomes positive, so that equal data gives equal vectors. */
export function fixSign(vectors: Float64Array, start: number, d: number): void {
  let largest = 0;
  for (let j = 0; j < d; j++)
    if (Math.abs(vectors[start + j]!) > Math.abs(largest)) largest = vectors[start + j]!;
  if (largest < 0) for (let j = 0; j < d; j++) vectors[start + j] = -vectors[start + j]!;
}

/** Makes the tridiagonal matrix diagonal with Givens rotations, each applied to two rows of `vectors` as well. */
function implicitQl(diagonal: Float64Array, off: Float64Array, vectors: Float64Array, d: number): void {
  // Where the matrix is singular, neighbouring diagonals are rounding errors themselves: what is negligible is
  // measured by the largest entry too, which keeps the whole backward stable.
  let largest = 0;
  for (let i = 0; i < d; i++) largest = Math.max(largest, Math.abs(diagonal[i]!) + Math.abs(off[i] ?? 0));
  const cosines = new Float64Array(d);
  const sines = new Float64Array(d);
  for (let l = 0; l < d; l++) {
    for (let step = 0; ; step++) {
      let m = l;
      while (
        m < d - 1 &&
        Math.abs(off[m]!) >
          Number.EPSILON * Math.max(largest, Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!))
      )
        m++;
      if (m === l) break;
      if (step === MAX_QL_STEPS) throw new RobustaError('INTERNAL', 'symmetricEigen: QL did not converge');
      // Wilkinson's shift, from the leading 2×2 block.
      const half = (diagonal[l + 1]! - diagonal[l]!) / (2 * off[l]!);
      const root = Math.hypot(half, 1);
      let g = diagonal[m]! - diagonal[l]! + off[l]! / (half + (half >= 0 ? root : -root));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * off[i]!;
        const b = c * off[i]!;
        const r = Math.hypot(f, g);
        off[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1]! -= p;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1]! - p;
        const t = (diagonal[i]! - g) * s + 2 * c * b;
        p = s * t;
        diagonal[i + 1] = g + p;
        g = c * t - b;
        cosines[m - 1 - i] = c;
        sines[m - 1 - i] = s;
      }
      rotateUpwards(vectors, d, m - 1, cosines, sines, m - 1 - i);
      if (i < l) {
        diagonal[l]! -= p;
        off[l] = g;
      }
      off[m] = 0;
    }
  }
}
