// Both work in place on whole groups of 16 pixels.
import { scale } from './inline/fixed';

/**
 * Adds each byte to one of 48 sums of uint32 at `sums`: byte i to the sum i mod 48, so that the caller only has to
 * add up every third one.
 */
export function sumBytes(from: usize, count: u32, sums: usize): void {
  const end = from + count;
  while (from < end) {
    // 256 groups are the most that a uint16 can hold.
    const stop = min<usize>(end, from + 256 * 48);
    let a = i16x8.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    do {
      const first = v128.load(from);
      const second = v128.load(from, 16);
      const third = v128.load(from, 32);
      a = i16x8.add(a, i16x8.extend_low_i8x16_u(first));
      b = i16x8.add(b, i16x8.extend_high_i8x16_u(first));
      c = i16x8.add(c, i16x8.extend_low_i8x16_u(second));
      d = i16x8.add(d, i16x8.extend_high_i8x16_u(second));
      e = i16x8.add(e, i16x8.extend_low_i8x16_u(third));
      f = i16x8.add(f, i16x8.extend_high_i8x16_u(third));
      from += 48;
    } while (from < stop);
    addTo(sums, a);
    addTo(sums + 32, b);
    addTo(sums + 64, c);
    addTo(sums + 96, d);
    addTo(sums + 128, e);
    addTo(sums + 160, f);
  }
}

// @ts-ignore: decorator
@inline
function addTo(sums: usize, values: v128): void {
  v128.store(sums, i32x4.add(v128.load(sums), i32x4.extend_low_i16x8_u(values)));
  v128.store(sums, i32x4.add(v128.load(sums, 16), i32x4.extend_high_i16x8_u(values)), 16);
}

/** value * factor + the channel's offset, in fixed point, cut and clipped. */
export function scaleChannels(at: usize, count: u32, factor: i32, r: i32, g: i32, b: i32): void {
  const end = at + count;
  const factors = i32x4.splat(factor);
  const rgbr = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(r), 1, g), 2, b);
  const gbrg = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(g), 1, b), 2, r);
  const brgb = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(b), 1, r), 2, g);
  do {
    v128.store(at, scale(v128.load(at), factors, factors, factors, factors, rgbr, gbrg, brgb, rgbr));
    v128.store(at, scale(v128.load(at, 16), factors, factors, factors, factors, gbrg, brgb, rgbr, gbrg), 16);
    v128.store(at, scale(v128.load(at, 32), factors, factors, factors, factors, brgb, rgbr, gbrg, brgb), 32);
    at += 48;
  } while (at < end);
}
