// Bytes times numbers in fixed point with 22 bits after the point: 255 of them still fit an int32.

export const BITS = 22;

/** Sixteen bytes from sixteen int32 in fixed point, cut to whole numbers and kept within 0..255. */
// @ts-ignore: decorator
@inline
export function cut(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(i32x4.shr_s(a, BITS), i32x4.shr_s(b, BITS)),
    i16x8.narrow_i32x4_s(i32x4.shr_s(c, BITS), i32x4.shr_s(d, BITS)),
  );
}

/** base + bytes * factor, for sixteen bytes in four groups of four. */
// @ts-ignore: decorator
@inline
export function scale(
  bytes: v128,
  factor0: v128,
  factor1: v128,
  factor2: v128,
  factor3: v128,
  base0: v128,
  base1: v128,
  base2: v128,
  base3: v128,
): v128 {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  return cut(
    i32x4.add(base0, i32x4.mul(i32x4.extend_low_i16x8_u(low), factor0)),
    i32x4.add(base1, i32x4.mul(i32x4.extend_high_i16x8_u(low), factor1)),
    i32x4.add(base2, i32x4.mul(i32x4.extend_low_i16x8_u(high), factor2)),
    i32x4.add(base3, i32x4.mul(i32x4.extend_high_i16x8_u(high), factor3)),
  );
}
