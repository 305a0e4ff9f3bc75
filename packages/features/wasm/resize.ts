// The two passes of a resize. Weights are int32 with 22 fraction bits, so the sums are exact. Both read and write up to
// the next multiple of 16 bytes: the caller leaves room behind.

const HALF: i32 = 1 << 21;

/**
 * One row of pixels across: bytes R, G, B in, all reds, all greens, all blues out, `width` of each.
 * @param first - address of int32: the byte in the row where each output's taps begin
 * @param count - address of int32: how many taps it has
 * @param weights - address of the weights, `stride` bytes for each output
 */
export function resizeAcross(
  row: usize,
  out: usize,
  width: u32,
  first: usize,
  count: usize,
  weights: usize,
  stride: u32,
): void {
  const end = out + width;
  while (out < end) {
    let pixel = row + load<u32>(first);
    let weight = weights;
    const last = weights + (load<u32>(count) << 2);
    let sum = i32x4.splat(HALF);
    while (weight < last) {
      const bytes = v128.load_zero<u32>(pixel);
      const values = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
      sum = i32x4.add(sum, i32x4.mul(v128.load_splat<i32>(weight), values));
      pixel += 3;
      weight += 4;
    }
    const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, 22), i32x4.splat(0));
    const colors = i8x16.narrow_i16x8_u(words, words);
    store<u8>(out, i8x16.extract_lane_u(colors, 0));
    store<u8>(out + width, i8x16.extract_lane_u(colors, 1));
    store<u8>(out + 2 * width, i8x16.extract_lane_u(colors, 2));
    out++;
    first += 4;
    count += 4;
    weights += stride;
  }
}

/**
 * One row down: the weighted sum of `taps` rows of `width` bytes that lie `step` bytes apart.
 * @param weights - address of the weights, one a row
 */
export function resizeDown(rows: usize, out: usize, width: u32, step: u32, weights: usize, taps: u32): void {
  const end = out + width;
  const last = weights + (taps << 2);
  while (out < end) {
    let a = i32x4.splat(HALF);
    let b = a;
    let c = a;
    let d = a;
    let from = rows;
    let weight = weights;
    while (weight < last) {
      const bytes = v128.load(from);
      const factor = v128.load_splat<i32>(weight);
      const low = i16x8.extend_low_i8x16_u(bytes);
      const high = i16x8.extend_high_i8x16_u(bytes);
      a = i32x4.add(a, i32x4.mul(factor, i32x4.extend_low_i16x8_u(low)));
      b = i32x4.add(b, i32x4.mul(factor, i32x4.extend_high_i16x8_u(low)));
      c = i32x4.add(c, i32x4.mul(factor, i32x4.extend_low_i16x8_u(high)));
      d = i32x4.add(d, i32x4.mul(factor, i32x4.extend_high_i16x8_u(high)));
      from += step;
      weight += 4;
    }
    v128.store(
      out,
      i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(i32x4.shr_s(a, 22), i32x4.shr_s(b, 22)),
        i16x8.narrow_i32x4_s(i32x4.shr_s(c, 22), i32x4.shr_s(d, 22)),
      ),
    );
    rows += 16;
    out += 16;
  }
}
