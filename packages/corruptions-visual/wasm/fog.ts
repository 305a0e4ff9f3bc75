import { cut } from './inline/fixed';

/** The largest of `count` bytes, whole groups of 16. */
export function largestByte(from: usize, count: u32): u32 {
  const end = from + count;
  let largest = v128.load(from);
  while ((from += 16) < end) largest = i8x16.max_u(largest, v128.load(from));
  largest = i8x16.max_u(largest, i8x16.shuffle(largest, largest, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0));
  largest = i8x16.max_u(largest, i8x16.shuffle(largest, largest, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  largest = i8x16.max_u(largest, i8x16.shuffle(largest, largest, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  return max<u32>(i8x16.extract_lane_u(largest, 0), i8x16.extract_lane_u(largest, 1));
}

/** out = upper * top + lower * bottom, for `count` floats, rounded up to groups of 4. */
export function blendRows(out: usize, top: usize, bottom: usize, count: u32, upper: f32, lower: f32): void {
  const end = out + (count << 2);
  const u = f32x4.splat(upper);
  const l = f32x4.splat(lower);
  while (out < end) {
    v128.store(out, f32x4.add(f32x4.mul(u, v128.load(top)), f32x4.mul(l, v128.load(bottom))));
    out += 16;
    top += 16;
    bottom += 16;
  }
}

/**
 * One row of fog: byte * factor + what lies between heights x and x + 1, in fixed point, for `count` bytes rounded up
 * to 16 pixels.
 * @param heights - floats, one more than pixels
 * @param fraction - how far between the two
 */
export function fogRow(from: usize, out: usize, count: u32, heights: usize, fraction: f32, factor: i32, bias: i32): void {
  const end = from + count;
  const f = f32x4.splat(fraction);
  const factors = i32x4.splat(factor);
  const start = i32x4.splat(bias);
  do {
    const a = fogOf(heights, f, start);
    const b = fogOf(heights + 16, f, start);
    const c = fogOf(heights + 32, f, start);
    const d = fogOf(heights + 48, f, start);
    v128.store(out, fogBytes(v128.load(from), factors, first(a), second(a), third(a), first(b)));
    v128.store(out, fogBytes(v128.load(from, 16), factors, second(b), third(b), first(c), second(c)), 16);
    v128.store(out, fogBytes(v128.load(from, 32), factors, third(c), first(d), second(d), third(d)), 32);
    heights += 64;
    from += 48;
    out += 48;
  } while (from < end);
}

/** What is added to four pixels. */
// @ts-ignore: decorator
@inline
function fogOf(heights: usize, fraction: v128, start: v128): v128 {
  const left = v128.load(heights);
  const between = f32x4.add(left, f32x4.mul(fraction, f32x4.sub(v128.load(heights, 4), left)));
  return i32x4.add(start, i32x4.trunc_sat_f32x4_s(between));
}

// Four pixels, each three times, in three vectors.

// @ts-ignore: decorator
@inline
function first(a: v128): v128 {
  return i8x16.shuffle(a, a, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7);
}

// @ts-ignore: decorator
@inline
function second(a: v128): v128 {
  return i8x16.shuffle(a, a, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11);
}

// @ts-ignore: decorator
@inline
function third(a: v128): v128 {
  return i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

// @ts-ignore: decorator
@inline
function fogBytes(bytes: v128, factor: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  return cut(
    i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), factor)),
    i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), factor)),
    i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), factor)),
    i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), factor)),
  );
}
