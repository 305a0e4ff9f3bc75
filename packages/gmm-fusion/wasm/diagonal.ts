// The two loops of EM with diagonal covariances, two float64 features to a vector. Operations and their order are those of
// src/diagonal.ts, so that both give the same bytes. All positions are byte addresses.

const NUMBER: usize = 8;
const VECTOR: usize = 16;

/**
 * Sums of ((x - mean) * factor)^2 over the features of each row; four sums, each of every fourth feature.
 * @param block - rows of `d` numbers
 * @param out - one number a row
 */
export function squaredForms(
  block: usize,
  rows: u32,
  d: u32,
  means: usize,
  factors: usize,
  out: usize,
): void {
  const width = d * NUMBER;
  const even = (d & ~3) * NUMBER;
  for (let i: u32 = 0; i < rows; i += 2) {
    const first = block + i * width;
    // Without a second row the first one is computed twice.
    const second = i + 1 < rows ? first + width : first;
    let a0 = f64x2.splat(0);
    let a1 = f64x2.splat(0);
    let b0 = f64x2.splat(0);
    let b1 = f64x2.splat(0);
    for (let at: usize = 0; at < even; at += 2 * VECTOR) {
      const m0 = v128.load(means + at);
      const m1 = v128.load(means + at, VECTOR);
      const w0 = v128.load(factors + at);
      const w1 = v128.load(factors + at, VECTOR);
      const y0 = f64x2.mul(f64x2.sub(v128.load(first + at), m0), w0);
      const y1 = f64x2.mul(f64x2.sub(v128.load(first + at, VECTOR), m1), w1);
      const z0 = f64x2.mul(f64x2.sub(v128.load(second + at), m0), w0);
      const z1 = f64x2.mul(f64x2.sub(v128.load(second + at, VECTOR), m1), w1);
      a0 = f64x2.add(a0, f64x2.mul(y0, y0));
      a1 = f64x2.add(a1, f64x2.mul(y1, y1));
      b0 = f64x2.add(b0, f64x2.mul(z0, z0));
      b1 = f64x2.add(b1, f64x2.mul(z1, z1));
    }
    let a = f64x2.extract_lane(a0, 0);
    let b = f64x2.extract_lane(b0, 0);
    for (let at = even; at < width; at += NUMBER) {
      const mean = load<f64>(means + at);
      const factor = load<f64>(factors + at);
      const y = (load<f64>(first + at) - mean) * factor;
      const z = (load<f64>(second + at) - mean) * factor;
      a += y * y;
      b += z * z;
    }
    const target = out + i * NUMBER;
    if (second !== first) store<f64>(target, sumOf(b, b0, b1), NUMBER);
    store<f64>(target, sumOf(a, a0, a1));
  }
}

function sumOf(first: f64, s0: v128, s1: v128): f64 {
  const others = f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1);
  return first + f64x2.extract_lane(s0, 1) + others;
}

/**
 * Adds weight * y to the sums and weight * y * y to the squares, y being x minus the origin.
 * @param rows - numbers (int32) of the rows to take
 * @param weights - one number for each of them
 */
export function addMoments(
  block: usize,
  rows: usize,
  weights: usize,
  count: u32,
  d: u32,
  origins: usize,
  sums: usize,
  squares: usize,
): void {
  const width = d * NUMBER;
  const even = (d & ~1) * NUMBER;
  let i: u32 = 0;
  for (; i + 3 < count; i += 4) {
    const row = rows + (i << 2);
    const x0 = block + load<u32>(row) * width;
    const x1 = block + load<u32>(row, 4) * width;
    const x2 = block + load<u32>(row, 8) * width;
    const x3 = block + load<u32>(row, 12) * width;
    const weight = weights + i * NUMBER;
    const r0 = v128.load_splat<f64>(weight);
    const r1 = v128.load_splat<f64>(weight, NUMBER);
    const r2 = v128.load_splat<f64>(weight, 2 * NUMBER);
    const r3 = v128.load_splat<f64>(weight, 3 * NUMBER);
    for (let at: usize = 0; at < even; at += VECTOR) {
      const origin = v128.load(origins + at);
      const y0 = f64x2.sub(v128.load(x0 + at), origin);
      const y1 = f64x2.sub(v128.load(x1 + at), origin);
      const y2 = f64x2.sub(v128.load(x2 + at), origin);
      const y3 = f64x2.sub(v128.load(x3 + at), origin);
      const z0 = f64x2.mul(r0, y0);
      const z1 = f64x2.mul(r1, y1);
      const z2 = f64x2.mul(r2, y2);
      const z3 = f64x2.mul(r3, y3);
      let sum = f64x2.add(v128.load(sums + at), z0);
      let square = f64x2.add(v128.load(squares + at), f64x2.mul(z0, y0));
      sum = f64x2.add(sum, z1);
      square = f64x2.add(square, f64x2.mul(z1, y1));
      sum = f64x2.add(sum, z2);
      square = f64x2.add(square, f64x2.mul(z2, y2));
      v128.store(sums + at, f64x2.add(sum, z3));
      v128.store(squares + at, f64x2.add(square, f64x2.mul(z3, y3)));
    }
    addRow(x0, load<f64>(weight), even, width, origins, sums, squares);
    addRow(x1, load<f64>(weight, NUMBER), even, width, origins, sums, squares);
    addRow(x2, load<f64>(weight, 2 * NUMBER), even, width, origins, sums, squares);
    addRow(x3, load<f64>(weight, 3 * NUMBER), even, width, origins, sums, squares);
  }
  for (; i < count; i++) {
    const x = block + load<u32>(rows + (i << 2)) * width;
    addRow(x, load<f64>(weights + i * NUMBER), 0, width, origins, sums, squares);
  }
}

/** One row, the features between two addresses. */
function addRow(x: usize, r: f64, from: usize, to: usize, origins: usize, sums: usize, squares: usize): void {
  for (let at = from; at < to; at += NUMBER) {
    const y = load<f64>(x + at) - load<f64>(origins + at);
    const z = r * y;
    store<f64>(sums + at, load<f64>(sums + at) + z);
    store<f64>(squares + at, load<f64>(squares + at) + z * y);
  }
}
