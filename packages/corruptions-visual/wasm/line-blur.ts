// The two inner loops of a line blur. Both read and write up to the next multiple of 16 values: the caller leaves room
// behind the last row.

/** Copies `count` bytes at `from` into int32 at `to`. */
export function widenRow(from: usize, to: usize, count: u32): void {
  const end = from + count;
  do {
    v128.store(to, i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(from))));
    to += 16;
    from += 4;
  } while (from < end);
}

/**
 * One row of the result: out[j] = (start + sum over taps of weight * value[j + offset]) >> 22, for `count` bytes.
 * Values and weights are int32, so the sums are exact; sixteen of them are kept in registers at a time.
 * @param row - address of the first value of the row, before a tap's offset
 * @param taps - address of the taps: pairs of int32, offset in bytes and weight; they end at `tapsEnd`
 */
export function blurRow(row: usize, out: usize, count: u32, taps: usize, tapsEnd: usize, start: i32): void {
  const end = out + count;
  const initial = i32x4.splat(start);
  do {
    let a = initial;
    let b = initial;
    let c = initial;
    let d = initial;
    let tap = taps;
    do {
      const from = row + load<u32>(tap);
      const weight = v128.load_splat<i32>(tap, 4);
      a = i32x4.add(a, i32x4.mul(weight, v128.load(from)));
      b = i32x4.add(b, i32x4.mul(weight, v128.load(from, 16)));
      c = i32x4.add(c, i32x4.mul(weight, v128.load(from, 32)));
      d = i32x4.add(d, i32x4.mul(weight, v128.load(from, 48)));
      tap += 8;
    } while (tap < tapsEnd);
    v128.store(
      out,
      i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(i32x4.shr_s(a, 22), i32x4.shr_s(b, 22)),
        i16x8.narrow_i32x4_s(i32x4.shr_s(c, 22), i32x4.shr_s(d, 22)),
      ),
    );
    row += 64;
    out += 16;
  } while (out < end);
}
