// What rain.ts does with the frame, with a lit copy of it that has one more pixel on each side, and with a blurred one.
// The rows of a streak are pairs of int32: how many bytes from its first pixel, in the frame and in the lit frame.
import { cut } from './inline/fixed';

/** Copies `height` rows of `rowBytes` to places `stride` bytes apart. */
export function spreadRows(from: usize, to: usize, rowBytes: u32, stride: u32, height: u32): void {
  for (let y: u32 = 0; y < height; y++) {
    memory.copy(to, from, rowBytes);
    from += rowBytes;
    to += stride;
  }
}

/** Writes what the table holds for the three bytes of each pixel. */
export function lightStreak(from: usize, to: usize, rows: usize, rowsEnd: usize, table: usize): void {
  while (rows < rowsEnd) {
    const pixel = from + load<u32>(rows);
    const result = to + load<u32>(rows, 4);
    store<u8>(result, load<u8>(table + load<u8>(pixel)));
    store<u8>(result, load<u8>(table + load<u8>(pixel, 1)), 1);
    store<u8>(result, load<u8>(table + load<u8>(pixel, 2)), 2);
    rows += 8;
  }
}

// @ts-ignore: decorator
@inline
function copyPixel(to: usize, from: usize): void {
  store<u16>(to, load<u16>(from));
  store<u8>(to, load<u8>(from, 2), 2);
}

/** Fills the pixels around a frame with those beside the edge pixels, or with these where there are no others. */
export function mirrorEdges(at: usize, width: u32, height: u32): void {
  const stride = 3 * (width + 2);
  const inner: u32 = width > 1 ? 6 : 3;
  const last = at + height * stride;
  for (let row = at + stride; row <= last; row += stride) {
    copyPixel(row, row + inner);
    copyPixel(row + stride - 3, row + stride - 3 - inner);
  }
  const below = height > 1 ? stride : 0;
  memory.copy(at, at + stride + below, stride);
  memory.copy(last + stride, last - below, stride);
}

/** Sums of the three channels over three pixels, in the first three of eight int16. */
// @ts-ignore: decorator
@inline
function sumOfThree(at: usize): v128 {
  return i16x8.add(
    i16x8.add(
      i16x8.extend_low_i8x16_u(v128.load_zero<u32>(at - 3)),
      i16x8.extend_low_i8x16_u(v128.load_zero<u32>(at)),
    ),
    i16x8.extend_low_i8x16_u(v128.load_zero<u32>(at, 3)),
  );
}

/** The mean of 3 x 3 pixels, rounded, for each pixel of a streak. */
export function blurStreak(from: usize, to: usize, rows: usize, rowsEnd: usize, stride: u32): void {
  while (rows < rowsEnd) {
    const pixel = from + load<u32>(rows, 4);
    const result = to + load<u32>(rows);
    const sum = i16x8.add(
      i16x8.add(sumOfThree(pixel - stride), sumOfThree(pixel)),
      i16x8.add(sumOfThree(pixel + stride), i16x8.splat(4)),
    );
    // 7282 / 65536 is 1 / 9 and so little more that sums up to 2299 give the same whole number.
    const mean = i32x4.shr_u(i32x4.extmul_low_i16x8_u(sum, i16x8.splat(7282)), 16);
    store<u8>(result, i8x16.extract_lane_u(mean, 0));
    store<u8>(result, i8x16.extract_lane_u(mean, 4), 1);
    store<u8>(result, i8x16.extract_lane_u(mean, 8), 2);
    rows += 8;
  }
}

// @ts-ignore: decorator
@inline
function blend(a: v128, b: v128, ofA: v128, ofB: v128, o0: v128, o1: v128, o2: v128, o3: v128): v128 {
  const aLow = i16x8.extend_low_i8x16_u(a);
  const aHigh = i16x8.extend_high_i8x16_u(a);
  const bLow = i16x8.extend_low_i8x16_u(b);
  const bHigh = i16x8.extend_high_i8x16_u(b);
  return cut(
    mix(i32x4.extend_low_i16x8_u(aLow), i32x4.extend_low_i16x8_u(bLow), ofA, ofB, o0),
    mix(i32x4.extend_high_i16x8_u(aLow), i32x4.extend_high_i16x8_u(bLow), ofA, ofB, o1),
    mix(i32x4.extend_low_i16x8_u(aHigh), i32x4.extend_low_i16x8_u(bHigh), ofA, ofB, o2),
    mix(i32x4.extend_high_i16x8_u(aHigh), i32x4.extend_high_i16x8_u(bHigh), ofA, ofB, o3),
  );
}

// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, ofA: v128, ofB: v128, offset: v128): v128 {
  return i32x4.add(offset, i32x4.add(i32x4.mul(a, ofA), i32x4.mul(b, ofB)));
}

/** a * ofA + b * ofB + the channel's offset, in fixed point, in place of a; for whole groups of 16 pixels. */
export function blendBytes(a: usize, count: u32, b: usize, ofA: i32, ofB: i32, red: i32, green: i32, blue: i32): void {
  const end = a + count;
  const factorA = i32x4.splat(ofA);
  const factorB = i32x4.splat(ofB);
  const rgbr = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(red), 1, green), 2, blue);
  const gbrg = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(green), 1, blue), 2, red);
  const brgb = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(blue), 1, red), 2, green);
  do {
    v128.store(a, blend(v128.load(a), v128.load(b), factorA, factorB, rgbr, gbrg, brgb, rgbr));
    v128.store(a, blend(v128.load(a, 16), v128.load(b, 16), factorA, factorB, gbrg, brgb, rgbr, gbrg), 16);
    v128.store(a, blend(v128.load(a, 32), v128.load(b, 32), factorA, factorB, brgb, rgbr, gbrg, brgb), 32);
    a += 48;
    b += 48;
  } while (a < end);
}
