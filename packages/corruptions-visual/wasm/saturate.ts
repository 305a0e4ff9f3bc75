import { scale } from './inline/fixed';
import { blue, green, red, storeRgb } from './inline/rgb';

/** The entry of a table of int32 for each of four uint16 at `indices`. */
// @ts-ignore: decorator
@inline
function gather(table: usize, indices: usize): v128 {
  let result = v128.load_zero<u32>(table + (<usize>load<u16>(indices) << 2));
  result = v128.load_lane<u32>(table + (<usize>load<u16>(indices, 2) << 2), result, 1);
  result = v128.load_lane<u32>(table + (<usize>load<u16>(indices, 4) << 2), result, 2);
  return v128.load_lane<u32>(table + (<usize>load<u16>(indices, 6) << 2), result, 3);
}

/**
 * value - (value - channel) * factor, value the largest channel of the pixel, in place, for whole groups of 16 pixels.
 * The table holds -factor for each (value << 8) + smallest channel. In a grey pixel green and blue are taken to be
 * one below the value: its hue is red.
 * @param table - 65536 int32 in fixed point
 * @param scratch - room for 32 bytes
 */
export function stretchPixels(at: usize, count: u32, table: usize, bias: i32, scratch: usize): void {
  const end = at + count;
  const start = i32x4.splat(bias);
  const one = i32x4.splat(1 << 22);
  do {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const r = red(a, b, c);
    const g = green(a, b, c);
    const bl = blue(a, b, c);
    const value = i8x16.max_u(i8x16.max_u(r, g), bl);
    const lowest = i8x16.min_u(i8x16.min_u(r, g), bl);
    v128.store(scratch, i8x16.shuffle(lowest, value, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(scratch, i8x16.shuffle(lowest, value, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
    const f0 = gather(table, scratch);
    const f1 = gather(table, scratch + 8);
    const f2 = gather(table, scratch + 16);
    const f3 = gather(table, scratch + 24);
    const low = i16x8.extend_low_i8x16_u(value);
    const high = i16x8.extend_high_i8x16_u(value);
    const b0 = i32x4.add(start, i32x4.mul(one, i32x4.extend_low_i16x8_u(low)));
    const b1 = i32x4.add(start, i32x4.mul(one, i32x4.extend_high_i16x8_u(low)));
    const b2 = i32x4.add(start, i32x4.mul(one, i32x4.extend_low_i16x8_u(high)));
    const b3 = i32x4.add(start, i32x4.mul(one, i32x4.extend_high_i16x8_u(high)));
    const grey = v128.and(i8x16.eq(value, lowest), i8x16.splat(1));
    storeRgb(
      at,
      scale(i8x16.sub(value, r), f0, f1, f2, f3, b0, b1, b2, b3),
      scale(v128.or(i8x16.sub(value, g), grey), f0, f1, f2, f3, b0, b1, b2, b3),
      scale(v128.or(i8x16.sub(value, bl), grey), f0, f1, f2, f3, b0, b1, b2, b3),
    );
    at += 48;
  } while (at < end);
}
