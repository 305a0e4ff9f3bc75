/**
 * Standard normals by the ziggurat of src/gaussian.ts, for the places `start` to `start + count - 1`; the hash is hash32 of
 * @robusta/core. Places outside of the inner rectangles are left for the caller.
 * @param scales - address of 256 float64: widths by layer and sign
 * @param inside - address of 128 int32
 * @param out - address of the results, float32
 * @param rest - address of a list of int32: for each place left out its number from the first, and its hash
 * @param count - a multiple of 4
 * @returns how many places were left out
 */
export function gaussian(
  seed: i32,
  start: i32,
  scales: usize,
  inside: usize,
  out: usize,
  rest: usize,
  count: i32,
): i32 {
  const seeds = i32x4.splat(seed);
  const mixedSeed = i32x4.splat(seed * <i32>0x85ebca77);
  let index = i32x4.add(i32x4.splat(start), i32x4(0, 1, 2, 3));
  let left = 0;
  for (let i = 0; i < count; i += 4) {
    let x = i32x4.add(i32x4.mul(index, i32x4.splat(<i32>0x9e3779b1)), mixedSeed);
    x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
    x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(<i32>0x846ca68b));
    x = v128.xor(x, i32x4.shr_u(x, 16));
    x = i32x4.mul(v128.xor(i32x4.add(x, seeds), i32x4.shr_u(x, 15)), i32x4.splat(0x2c1b3c6d));
    x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 12)), i32x4.splat(0x297a2d39));
    x = v128.xor(x, i32x4.shr_u(x, 15));
    const to = out + ((<usize>i) << 2);
    left = place(i32x4.extract_lane(x, 0), scales, inside, to, rest, left, i);
    left = place(i32x4.extract_lane(x, 1), scales, inside, to + 4, rest, left, i + 1);
    left = place(i32x4.extract_lane(x, 2), scales, inside, to + 8, rest, left, i + 2);
    left = place(i32x4.extract_lane(x, 3), scales, inside, to + 12, rest, left, i + 3);
    index = i32x4.add(index, i32x4.splat(4));
  }
  return left;
}

function place(bits: i32, scales: usize, inside: usize, to: usize, rest: usize, left: i32, i: i32): i32 {
  const at = bits >>> 8;
  if (at < load<i32>(inside + ((bits & 127) << 2))) {
    store<f32>(to, <f32>(<f64>at * load<f64>(scales + ((bits & 255) << 3))));
    return left;
  }
  store<i32>(rest + ((<usize>left) << 3), i);
  store<i32>(rest + ((<usize>left) << 3), bits, 4);
  return left + 1;
}
