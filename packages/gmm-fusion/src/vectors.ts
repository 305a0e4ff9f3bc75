/** Σ_j a[i + j]·b[k + j]; four sums, so that additions need not wait for one another. */
export function dot(a: Float64Array, i: number, b: Float64Array, k: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = length & ~3;
  for (let j = 0; j < end; j += 4) {
    s0 += a[i + j]! * b[k + j]!;
    s1 += a[i + j + 1]! * b[k + j + 1]!;
    s2 += a[i + j + 2]! * b[k + j + 2]!;
    s3 += a[i + j + 3]! * b[k + j + 3]!;
  }
  for (let j = end; j < length; j++) s0 += a[i + j]! * b[k + j]!;
  return s0 + s1 + (s2 + s3);
}

/** out = M·x for the first q rows of M `[.., d]`, four rows at a time: one load of x serves four products. */
export function multiplyRows(
  rows: Float64Array,
  x: Float64Array,
  out: Float64Array,
  q: number,
  d: number,
): void {
  let k = 0;
  for (; k + 3 < q; k += 4) {
    const b0 = k * d;
    const b1 = b0 + d;
    const b2 = b1 + d;
    const b3 = b2 + d;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < d; j++) {
      const value = x[j]!;
      s0 += rows[b0 + j]! * value;
      s1 += rows[b1 + j]! * value;
      s2 += rows[b2 + j]! * value;
      s3 += rows[b3 + j]! * value;
    }
    out[k] = s0;
    out[k + 1] = s1;
    out[k + 2] = s2;
    out[k + 3] = s3;
  }
  for (; k < q; k++) out[k] = dot(rows, k * d, x, 0, d);
}

/** x += sign·Σ_k c_k·M_k for the first q rows of M `[.., d]`, four rows at a time. */
export function addRows(
  rows: Float64Array,
  c: Float64Array,
  sign: 1 | -1,
  x: Float64Array,
  q: number,
  d: number,
): void {
  let k = 0;
  for (; k + 3 < q; k += 4) {
    const b0 = k * d;
    const b1 = b0 + d;
    const b2 = b1 + d;
    const b3 = b2 + d;
    const c0 = sign * c[k]!;
    const c1 = sign * c[k + 1]!;
    const c2 = sign * c[k + 2]!;
    const c3 = sign * c[k + 3]!;
    for (let j = 0; j < d; j++) {
      x[j]! += c0 * rows[b0 + j]! + c1 * rows[b1 + j]! + (c2 * rows[b2 + j]! + c3 * rows[b3 + j]!);
    }
  }
  for (; k < q; k++) {
    const scale = sign * c[k]!;
    for (let j = 0, b = k * d; j < d; j++) x[j]! += scale * rows[b + j]!;
  }
}
