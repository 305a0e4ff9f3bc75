import { scale } from './inline/fixed';
import { blue, green, red, storeRgb } from './inline/rgb';

/** The entry of a table of int32 for each of four bytes at `indices`. */
// @ts-ignore: decorator
@inline
function gather(table: usize, indices: usize): v128 {
  let result = v128.load_zero<u32>(table + (<usize>load<u8>(indices) << 2));
  result = v128.load_lane<u32>(table + (<usize>load<u8>(indices, 1) << 2), result, 1);
  result = v128.load_lane<u32>(table + (<usize>load<u8>(indices, 2) << 2), result, 2);
  return v128.load_lane<u32>(table + (<usize>load<u8>(indices, 3) << 2), result, 3);
}

/**
 * Multiplies each channel by the factor that the table holds for the largest channel of its pixel, in place, for
 * whole groups of 16 pixels. A black pixel becomes the factor itself.
 * @param table - 256 int32 in fixed point
 * @param scratch - room for 16 bytes
 */
export function scalePixels(at: usize, count: u32, table: usize, bias: i32, scratch: usize): void {
  const end = at + count;
  const base = i32x4.splat(bias);
  do {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const r = red(a, b, c);
    const g = green(a, b, c);
    const bl = blue(a, b, c);
    const value = i8x16.max_u(i8x16.max_u(r, g), bl);
    v128.store(scratch, value);
    const f0 = gather(table, scratch);
    const f1 = gather(table, scratch + 4);
    const f2 = gather(table, scratch + 8);
    const f3 = gather(table, scratch + 12);
    const black = v128.and(i8x16.eq(value, i8x16.splat(0)), i8x16.splat(1));
    storeRgb(
      at,
      scale(v128.or(r, black), f0, f1, f2, f3, base, base, base, base),
      scale(v128.or(g, black), f0, f1, f2, f3, base, base, base, base),
      scale(v128.or(bl, black), f0, f1, f2, f3, base, base, base, base),
    );
    at += 48;
  } while (at < end);
}
