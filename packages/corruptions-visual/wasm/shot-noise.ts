// The hash is hash32 of @robusta/core.

const STEP: u32 = 0x9e3779b1;
const SEED_STEP: u32 = 0x85ebca77;
const MIX_1: u32 = 0x7feb352d;
const MIX_2: u32 = 0x846ca68b;
const MIX_3: u32 = 0x2c1b3c6d;
const MIX_4: u32 = 0x297a2d39;

// @ts-ignore: decorator
@inline
function hash(seed: u32, index: u32): u32 {
  let x = index * STEP + seed * SEED_STEP;
  x = (x ^ (x >> 16)) * MIX_1;
  x = (x ^ (x >> 15)) * MIX_2;
  x ^= x >> 16;
  x = ((x + seed) ^ (x >> 15)) * MIX_3;
  x = (x ^ (x >> 12)) * MIX_4;
  return x ^ (x >> 15);
}

/** The hashes of four indices that follow each other, from index * STEP + seed * SEED_STEP of each. */
// @ts-ignore: decorator
@inline
function hashes(seed: v128, start: v128): v128 {
  let x = i32x4.mul(v128.xor(start, i32x4.shr_u(start, 16)), i32x4.splat(MIX_1));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(MIX_2));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(v128.xor(i32x4.add(x, seed), i32x4.shr_u(x, 15)), i32x4.splat(MIX_3));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 12)), i32x4.splat(MIX_4));
  return v128.xor(x, i32x4.shr_u(x, 15));
}

/**
 * Replaces each byte by a draw from its law, in place, for whole groups of 4 pixels. Ten bits of a pixel's hash choose
 * one of 1024 equal steps of the law of each channel; a step that holds more than one outcome is settled by 32 further
 * bits.
 * @param edges - 256 x 1025 bytes: the outcome at the edges of the steps
 * @param limits - 256 x `outcomes` doubles: how many of the 2^42 draws give an outcome or one below it
 * @param values - `outcomes` bytes: the outcomes
 * @param ranks - 256 bytes: where an outcome stands among them
 * @param scratch - room for 16 bytes
 */
export function drawBytes(
  at: usize,
  count: u32,
  seed: u32,
  fineSeed: u32,
  edges: usize,
  limits: usize,
  values: usize,
  ranks: usize,
  outcomes: u32,
  scratch: usize,
): void {
  const seeds = i32x4.splat(seed);
  const steps = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(STEP));
  let start = i32x4.add(steps, i32x4.splat(seed * SEED_STEP));
  const stride = i32x4.splat(4 * STEP);
  for (let i: u32 = 0; i < count; ) {
    v128.store(scratch, hashes(seeds, start));
    start = i32x4.add(start, stride);
    for (let pixel = scratch; pixel < scratch + 16; pixel += 4) {
      const bits = load<u32>(pixel);
      for (let shift: u32 = 0; shift < 30; shift += 10) {
        const level = <u32>load<u8>(at + i);
        const step = (bits >> shift) & 1023;
        const both = <u32>load<u16>(edges + level * 1025 + step);
        let outcome = both & 255;
        if (outcome !== both >> 8) {
          const draw = <f64>step * 4294967296 + <f64>hash(fineSeed, i);
          let rank = <u32>load<u8>(ranks + outcome);
          while (draw >= load<f64>(limits + ((level * outcomes + rank) << 3))) ++rank;
          outcome = <u32>load<u8>(values + rank);
        }
        store<u8>(at + i, outcome);
        ++i;
      }
    }
  }
}
