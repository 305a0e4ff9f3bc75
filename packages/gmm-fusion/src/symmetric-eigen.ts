import { RobustaError } from '@robusta/core';
import { dot } from './vectors.js';

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
  const a = matrix.slice();
  const diagonal = new Float64Array(d);
  const offDiagonal = new Float64Array(d);
  const vectors = tridiagonalize(a, d, diagonal, offDiagonal);
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

/** Q·A·Qᵀ = T. Destroys `a`, fills T's diagonals (offDiagonal[i] couples i and i + 1), returns Q. */
function tridiagonalize(
  a: Float64Array,
  d: number,
  diagonal: Float64Array,
  offDiagonal: Float64Array,
): Float64Array {
  const reflectors: Float64Array[] = [];
  const p = new Float64Array(d);
  for (let k = 0; k < d - 2; k++) {
    const v = new Float64Array(d);
    let norm = 0;
    for (let i = k + 1; i < d; i++) {
      v[i] = a[k * d + i]!;
      norm = Math.hypot(norm, v[i]!);
    }
    diagonal[k] = a[k * d + k]!;
    const alpha = v[k + 1]! > 0 ? -norm : norm;
    offDiagonal[k] = alpha;
    reflectors.push(v);
    v[k + 1]! -= alpha;
    let squares = 0;
    for (let i = k + 1; i < d; i++) squares += v[i]! * v[i]!;
    if (squares === 0) continue;
    const scale = Math.SQRT2 / Math.sqrt(squares);
    for (let i = k + 1; i < d; i++) v[i]! *= scale;
    // A ← H·A·H with H = I - v·vᵀ (|v|² = 2) is a rank-two change: A - v·qᵀ - q·vᵀ, q = A·v - (vᵀ·A·v / 2)·v.
    let half = 0;
    for (let i = k + 1; i < d; i++) {
      const sum = dot(a, i * d + k + 1, v, k + 1, d - k - 1);
      p[i] = sum;
      half += 0.5 * sum * v[i]!;
    }
    for (let i = k + 1; i < d; i++) p[i]! -= half * v[i]!;
    for (let i = k + 1; i < d; i++) {
      const vi = v[i]!;
      const qi = p[i]!;
      for (let j = k + 1, at = i * d; j < d; j++) a[at + j]! -= vi * p[j]! + qi * v[j]!;
    }
  }
  for (let k = Math.max(0, d - 2); k < d; k++) diagonal[k] = a[k * d + k]!;
  if (d >= 2) offDiagonal[d - 2] = a[(d - 2) * d + d - 1]!;
  // Q = H_{d-3}···H_0, built from the left: H_k touches only rows and columns above k.
  const q = new Float64Array(d * d);
  for (let i = 0; i < d; i++) q[i * d + i] = 1;
  for (let k = reflectors.length - 1; k >= 0; k--) {
    const v = reflectors[k]!;
    for (let i = k + 1; i < d; i++) {
      const sum = dot(q, i * d + k + 1, v, k + 1, d - k - 1);
      for (let j = k + 1, at = i * d; j < d; j++) q[at + j]! -= sum * v[j]!;
    }
  }
  return q;
}

/** Makes the tridiagonal matrix diagonal with Givens rotations, each applied to two rows of `vectors` as well. */
function implicitQl(diagonal: Float64Array, off: Float64Array, vectors: Float64Array, d: number): void {
  // Where the matrix is singular, neighbouring diagonals are rounding errors themselves: what is negligible is
  // measured by the largest entry too, which keeps the whole backward stable.
  let largest = 0;
  for (let i = 0; i < d; i++) largest = Math.max(largest, Math.abs(diagonal[i]!) + Math.abs(off[i] ?? 0));
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
        rotateRows(vectors, i * d, (i + 1) * d, d, c, s);
      }
      if (i < l) {
        diagonal[l]! -= p;
        off[l] = g;
      }
      off[m] = 0;
    }
  }
}

function rotateRows(rows: Float64Array, a: number, b: number, d: number, c: number, s: number): void {
  for (let j = 0; j < d; j++) {
    const x = rows[a + j]!;
    const y = rows[b + j]!;
    rows[a + j] = c * x - s * y;
    rows[b + j] = s * x + c * y;
  }
}
