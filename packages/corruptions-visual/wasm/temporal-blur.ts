/** (eight uint16 + start) * factor >> shift, as int16. */
// @ts-ignore: decorator
@inline
function divide(sums: v128, start: v128, factor: v128, shift: i32): v128 {
  const values = i16x8.add(sums, start);
  return i16x8.narrow_i32x4_s(
    i32x4.shr_u(i32x4.extmul_low_i16x8_u(values, factor), shift),
    i32x4.shr_u(i32x4.extmul_high_i16x8_u(values, factor), shift),
  );
}

/**
 * Moves a mean over frames by one frame: sums of uint16 lose the bytes at `old` and gain those at `fresh`, and their
 * means go to `out`. For whole groups of 16 bytes.
 */
export function moveMean(old: usize, fresh: usize, count: u32, sums: usize, out: usize, start: i32, factor: i32, shift: i32): void {
  const end = out + count;
  const starts = i16x8.splat(<i16>start);
  const factors = i16x8.splat(<i16>factor);
  do {
    const leaving = v128.load(old);
    const coming = v128.load(fresh);
    const low = i16x8.add(
      v128.load(sums),
      i16x8.sub(i16x8.extend_low_i8x16_u(coming), i16x8.extend_low_i8x16_u(leaving)),
    );
    const high = i16x8.add(
      v128.load(sums, 16),
      i16x8.sub(i16x8.extend_high_i8x16_u(coming), i16x8.extend_high_i8x16_u(leaving)),
    );
    v128.store(sums, low);
    v128.store(sums, high, 16);
    v128.store(
      out,
      i8x16.narrow_i16x8_u(divide(low, starts, factors, shift), divide(high, starts, factors, shift)),
    );
    old += 16;
    fresh += 16;
    sums += 32;
    out += 16;
  } while (out < end);
}
