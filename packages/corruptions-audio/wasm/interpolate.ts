/**
 * Reads a signal between its samples: for i = 0 .. count - 1 the value at (first + i) * step - origin, samples counted
 * from `samples`. A position between two of the `phases` filters takes its value in proportion from both.
 * @param table - address of the filters, `taps` float32 each, one after the other; one more than `phases`
 * @param taps - a multiple of 4; the first tap of a filter belongs to the sample taps / 2 - 1 before the position
 * @param out - address of the results, float32
 */
export function interpolate(
  samples: usize,
  table: usize,
  taps: i32,
  phases: i32,
  first: f64,
  step: f64,
  origin: f64,
  out: usize,
  count: i32,
): void {
  const row = (<usize>taps) << 2;
  for (let i = 0; i < count; i++) {
    const position = (first + <f64>i) * step - origin;
    const whole = Math.floor(position);
    const between = (position - whole) * <f64>phases;
    const phase = <i32>between;
    const share = <f32>(between - <f64>phase);
    let x = samples + ((<usize>(<i32>whole - (taps >> 1) + 1)) << 2);
    let h = table + <usize>phase * row;
    const end = h + row;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    while (h < end) {
      const values = v128.load(x);
      a = f32x4.add(a, f32x4.mul(values, v128.load(h)));
      b = f32x4.add(b, f32x4.mul(values, v128.load(h + row)));
      x += 16;
      h += 16;
    }
    const low = sumOfLanes(a);
    const high = sumOfLanes(b);
    store<f32>(out + ((<usize>i) << 2), low + share * (high - low));
  }
}

function sumOfLanes(a: v128): f32 {
  const even = f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2);
  const odd = f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3);
  return even + odd;
}
