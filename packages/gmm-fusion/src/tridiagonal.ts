import { dot } from './vectors.js';

/** A symmetric matrix as Qᵀ·T·Q. */
export interface Tridiagonal {
  /** `[d]`. */
  diagonal: Float64Array;
  /** `[d]`, value i couples i and i + 1. */
  offDiagonal: Float64Array;
  /** `[d, d]`, Q. */
  rotation: Float64Array;
}

/**
 * Householder reduction. A ← H·A·H with H = I - v·vᵀ (|v|² = 2) is a change of rank two: A - v·qᵀ - q·vᵀ with
 * q = A·v - (vᵀ·A·v / 2)·v. Each change is made while A is read for the next product, so that every step goes through
 * half of the matrix once.
 * @param a - `[d, d]`, its lower triangle is read and used up
 */
export function tridiagonalize(a: Float64Array, d: number): Tridiagonal {
  const diagonal = new Float64Array(d);
  const offDiagonal = new Float64Array(d);
  const reflectors: Float64Array[] = [];
  let v: Float64Array = new Float64Array(d);
  let q: Float64Array = new Float64Array(d);
  for (let k = 0; k < d; k++) {
    for (let i = k; i < d; i++) a[i * d + k]! -= v[i]! * q[k]! + q[i]! * v[k]!;
    diagonal[k] = a[k * d + k]!;
    if (k === d - 2) offDiagonal[k] = a[(k + 1) * d + k]!;
    if (k >= d - 2) continue;
    const next = new Float64Array(d);
    for (let i = k + 1; i < d; i++) next[i] = a[i * d + k]!;
    offDiagonal[k] = reflect(next, k + 1);
    const product = new Float64Array(d);
    let i = k + 1;
    for (; i + 3 < d; i += 4) changeFourRows(a, d, i, k + 1, v, q, next, product);
    for (; i < d; i++) changeRow(a, d, i, k + 1, i, v, q, next, product);
    const half = 0.5 * dot(product, 0, next, 0, d);
    for (let j = k + 1; j < d; j++) product[j]! -= half * next[j]!;
    v = next;
    q = product;
    reflectors.push(next);
  }
  return { diagonal, offDiagonal, rotation: productOf(reflectors, d) };
}

/** Turns x (from `start` on) into the v of the reflection that leaves x nothing but its first value, which is returned. */
function reflect(x: Float64Array, start: number): number {
  let largest = 0;
  for (let i = start; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  if (largest === 0) return 0;
  // Scaled, so that squares neither overflow nor vanish.
  let squares = 0;
  for (let i = start; i < x.length; i++) squares += (x[i]! / largest) ** 2;
  const norm = largest * Math.sqrt(squares);
  const alpha = x[start]! > 0 ? -norm : norm;
  x[start]! -= alpha;
  let length = 0;
  for (let i = start; i < x.length; i++) length += (x[i]! / largest) ** 2;
  const scale = Math.SQRT2 / Math.sqrt(length) / largest;
  for (let i = start; i < x.length; i++) x[i]! *= scale;
  return alpha;
}

/** Changes row i from `first` to `last` <= i, and adds what it is to the product with `next`. */
function changeRow(
  a: Float64Array,
  d: number,
  i: number,
  first: number,
  last: number,
  v: Float64Array,
  q: Float64Array,
  next: Float64Array,
  product: Float64Array,
): void {
  const row = i * d;
  let sum = 0;
  for (let j = first; j <= last; j++) {
    const value = a[row + j]! - (v[i]! * q[j]! + q[i]! * v[j]!);
    a[row + j] = value;
    sum += value * next[j]!;
    if (j < i) product[j]! += value * next[i]!;
  }
  product[i]! += sum;
}

/** Rows i to i + 3 together: what belongs to a column is loaded once for the four of them. */
function changeFourRows(
  a: Float64Array,
  d: number,
  i: number,
  first: number,
  v: Float64Array,
  q: Float64Array,
  next: Float64Array,
  product: Float64Array,
): void {
  const r0 = i * d;
  const r1 = r0 + d;
  const r2 = r1 + d;
  const r3 = r2 + d;
  const v0 = v[i]!;
  const v1 = v[i + 1]!;
  const v2 = v[i + 2]!;
  const v3 = v[i + 3]!;
  const q0 = q[i]!;
  const q1 = q[i + 1]!;
  const q2 = q[i + 2]!;
  const q3 = q[i + 3]!;
  const n0 = next[i]!;
  const n1 = next[i + 1]!;
  const n2 = next[i + 2]!;
  const n3 = next[i + 3]!;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = first; j < i; j++) {
    const vj = v[j]!;
    const qj = q[j]!;
    const nj = next[j]!;
    const x0 = a[r0 + j]! - (v0 * qj + q0 * vj);
    const x1 = a[r1 + j]! - (v1 * qj + q1 * vj);
    const x2 = a[r2 + j]! - (v2 * qj + q2 * vj);
    const x3 = a[r3 + j]! - (v3 * qj + q3 * vj);
    a[r0 + j] = x0;
    a[r1 + j] = x1;
    a[r2 + j] = x2;
    a[r3 + j] = x3;
    s0 += x0 * nj;
    s1 += x1 * nj;
    s2 += x2 * nj;
    s3 += x3 * nj;
    product[j]! += x0 * n0 + x1 * n1 + (x2 * n2 + x3 * n3);
  }
  product[i]! += s0;
  product[i + 1]! += s1;
  product[i + 2]! += s2;
  product[i + 3]! += s3;
  for (let row = i; row < i + 4; row++) changeRow(a, d, row, i, row, v, q, next, product);
}

/**
 * Q = H_last···H_0, four rows at a time: they stay in the first-level cache while the reflections pass. H_k leaves rows
 * up to k of the unit matrix as they are.
 */
function productOf(reflectors: Float64Array[], d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) out[i * d + i] = 1;
  for (let first = 0; first < d; first += 4) {
    const rows = Array.from({ length: Math.min(4, d - first) }, (_, i) =>
      out.subarray((first + i) * d, (first + i + 1) * d),
    );
    for (let k = Math.min(first + 2, reflectors.length - 1); k >= 0; k--) {
      const v = reflectors[k]!;
      if (rows.length === 4) reflectFourRows(rows[0]!, rows[1]!, rows[2]!, rows[3]!, v, k + 1);
      else for (const row of rows) reflectRow(row, v, k + 1);
    }
  }
  return out;
}

function reflectRow(row: Float64Array, v: Float64Array, start: number): void {
  const sum = dot(row, start, v, start, row.length - start);
  for (let j = start; j < row.length; j++) row[j]! -= sum * v[j]!;
}

function reflectFourRows(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  e: Float64Array,
  v: Float64Array,
  start: number,
): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = start; j < v.length; j++) {
    const value = v[j]!;
    s0 += a[j]! * value;
    s1 += b[j]! * value;
    s2 += c[j]! * value;
    s3 += e[j]! * value;
  }
  for (let j = start; j < v.length; j++) {
    const value = v[j]!;
    a[j]! -= s0 * value;
    b[j]! -= s1 * value;
    c[j]! -= s2 * value;
    e[j]! -= s3 * value;
  }
}
