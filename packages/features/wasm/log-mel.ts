// Magnitude spectra and log-mel rows of two frames at a time, one in each half of a vector. The float64 operations and their
// order are those of src/audio/spectrum.ts, mel.ts and logarithm.ts, so that both give the same bytes. All positions are
// byte addresses; a complex number is two vectors, the real and the imaginary parts of both frames.

const NUMBER: usize = 8;
const VECTOR: usize = 16;
const COMPLEX: usize = 32;
const QUARTER: usize = 64 * COMPLEX;
const FRAME: usize = 400 * NUMBER;
const HOP: usize = 160 * NUMBER;
const ROW: usize = 64 * NUMBER;

/** Tables: the window, twiddles of the passes, rotations of {@link separate}. */
const TWIDDLES: usize = FRAME;
const FACTORS: usize = 6 * NUMBER;
const ROTATIONS: usize = TWIDDLES + (64 + 16 + 4 + 1) * FACTORS;

/** Arrays of complex numbers in the workspace; at distances of powers of two they would compete for lines of the cache. */
const ARRAY: usize = 4 * QUARTER + 320;

/** Windowed samples: even ones as real parts, odd ones as imaginary parts. */
function enter(a: usize, b: usize, window: usize, y: usize): void {
  const end = window + FRAME;
  while (window < end) {
    const factors = v128.load(window);
    const first = f64x2.mul(v128.load(a), factors);
    const second = f64x2.mul(v128.load(b), factors);
    v128.store(y, v128.shuffle<f64>(first, second, 0, 2));
    v128.store(y, v128.shuffle<f64>(first, second, 1, 3), 16);
    window += VECTOR;
    a += VECTOR;
    b += VECTOR;
    y += COMPLEX;
  }
}

/** A pass of Stockham's transform of radix 4: butterflies of one twiddle along `span` bytes. */
function pass(x: usize, y: usize, span: usize, factors: usize): void {
  const end = x + QUARTER;
  while (x < end) {
    const row = x + span;
    while (x < row) {
      const ar = v128.load(x);
      const ai = v128.load(x, 16);
      const br = v128.load(x + QUARTER);
      const bi = v128.load(x + QUARTER, 16);
      const cr = v128.load(x + 2 * QUARTER);
      const ci = v128.load(x + 2 * QUARTER, 16);
      const dr = v128.load(x + 3 * QUARTER);
      const di = v128.load(x + 3 * QUARTER, 16);
      const sr = f64x2.add(ar, cr);
      const si = f64x2.add(ai, ci);
      const tr = f64x2.add(br, dr);
      const ti = f64x2.add(bi, di);
      const ur = f64x2.sub(ar, cr);
      const ui = f64x2.sub(ai, ci);
      const vr = f64x2.sub(br, dr);
      const vi = f64x2.sub(bi, di);
      v128.store(y, f64x2.add(sr, tr));
      v128.store(y, f64x2.add(si, ti), 16);
      rotate(f64x2.add(ur, vi), f64x2.sub(ui, vr), factors, y + span);
      rotate(f64x2.sub(sr, tr), f64x2.sub(si, ti), factors + VECTOR, y + 2 * span);
      rotate(f64x2.sub(ur, vi), f64x2.add(ui, vr), factors + 2 * VECTOR, y + 3 * span);
      x += COMPLEX;
      y += COMPLEX;
    }
    // Four rows have been written, and one of them walked along.
    y += 3 * span;
    factors += FACTORS;
  }
}

function rotate(re: v128, im: v128, factor: usize, y: usize): void {
  const wr = v128.load64_splat(factor);
  const wi = v128.load64_splat(factor, 8);
  v128.store(y, f64x2.sub(f64x2.mul(re, wr), f64x2.mul(im, wi)));
  v128.store(y, f64x2.add(f64x2.mul(re, wi), f64x2.mul(im, wr)), 16);
}

function length(re: v128, im: v128): v128 {
  return f64x2.sqrt(f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im)));
}

/** Magnitudes of the spectrum of 512 real values, out of that of 256 complex ones: bins k and 256 - k together. */
function separate(x: usize, rotations: usize, out: usize): void {
  const middle = x + 2 * QUARTER;
  const two = f64x2.splat(2);
  const sum = f64x2.add(v128.load(x), v128.load(x, 16));
  const difference = f64x2.sub(v128.load(x), v128.load(x, 16));
  v128.store(out, f64x2.mul(f64x2.abs(sum), two));
  v128.store(out, f64x2.mul(f64x2.abs(difference), two), 256 * 16);
  v128.store(out, f64x2.mul(length(v128.load(middle), v128.load(middle, 16)), two), 128 * 16);
  let mirror = x + 255 * COMPLEX;
  let below = out + 255 * VECTOR;
  for (x += COMPLEX; x < middle; x += COMPLEX) {
    rotations += VECTOR;
    out += VECTOR;
    const kr = v128.load(x);
    const ki = v128.load(x, 16);
    const jr = v128.load(mirror);
    const ji = v128.load(mirror, 16);
    const evenR = f64x2.add(kr, jr);
    const evenI = f64x2.sub(ki, ji);
    const oddR = f64x2.add(ki, ji);
    const oddI = f64x2.sub(jr, kr);
    const wr = v128.load64_splat(rotations);
    const wi = v128.load64_splat(rotations, 8);
    const tr = f64x2.sub(f64x2.mul(oddR, wr), f64x2.mul(oddI, wi));
    const ti = f64x2.add(f64x2.mul(oddR, wi), f64x2.mul(oddI, wr));
    v128.store(out, length(f64x2.add(evenR, tr), f64x2.add(evenI, ti)));
    v128.store(below, length(f64x2.sub(evenR, tr), f64x2.sub(evenI, ti)));
    mirror -= COMPLEX;
    below -= VECTOR;
  }
}

/**
 * Magnitudes of two frames of 400 float64 samples: 257 vectors.
 * @param tables - half the window, twiddles of the passes, rotations
 * @param work - 25,536 bytes, zeros from the 6,400th to the 8,192th
 */
function magnitudes(a: usize, b: usize, tables: usize, work: usize, out: usize): void {
  const even = work + ARRAY;
  const odd = even + ARRAY;
  enter(a, b, tables, work);
  pass(work, even, COMPLEX, tables + TWIDDLES);
  pass(even, odd, 4 * COMPLEX, tables + TWIDDLES + 64 * FACTORS);
  pass(odd, even, 16 * COMPLEX, tables + TWIDDLES + 80 * FACTORS);
  pass(even, odd, 64 * COMPLEX, tables + TWIDDLES + 84 * FACTORS);
  separate(odd, tables + ROTATIONS, out);
}

/** Natural logarithm of positive numbers m 2^k, m between the roots of 1/2 and 2: 2 artanh((m - 1) / (m + 1)) + k ln 2. */
function ln(x: v128): v128 {
  const exponent = i64x2.shr_u(i64x2.add(x, i64x2.splat(0x00095f6200000000)), 52);
  const m = i64x2.sub(x, i64x2.shl(i64x2.sub(exponent, i64x2.splat(1023)), 52));
  // Put into the low bits of 2^52, a whole number has been added to it.
  const k = f64x2.sub(
    v128.or(exponent, i64x2.splat(0x4330000000000000)),
    f64x2.splat(4503599627370496 + 1023),
  );
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(2.0 / 19);
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 17));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 15));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 13));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 11));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 9));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 7));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 5));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 3));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0));
  return f64x2.add(f64x2.mul(k, f64x2.splat(Math.LN2)), f64x2.mul(s, p));
}

/** Weighted sums of magnitudes of `count` bins from `bin` on. */
function weigh(bin: usize, count: usize, weight: usize): v128 {
  const end = weight + count * NUMBER;
  let sum = f64x2.splat(0);
  while (weight < end) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(bin), v128.load64_splat(weight)));
    bin += VECTOR;
    weight += NUMBER;
  }
  return sum;
}

/**
 * Rows of 64 values ln(mel + 0.01), two of each pair of frames.
 * @param bank - int32 for each band: its first bin and how many it has
 * @param weights - of the bins of the bands, band after band
 * @param work - as for {@link magnitudes}, and 4,112 bytes more
 */
export function logMel(
  samples: usize,
  pairs: usize,
  tables: usize,
  bank: usize,
  weights: usize,
  work: usize,
  out: usize,
): void {
  const spectrum = work + 3 * ARRAY;
  const end = samples + 2 * HOP * pairs;
  const offset = f64x2.splat(0.01);
  while (samples < end) {
    magnitudes(samples, samples + HOP, tables, work, spectrum);
    let weight = weights;
    const rowEnd = out + ROW;
    for (let band = bank; out < rowEnd; band += 16) {
      const countA: usize = load<u32>(band, 4);
      const a = weigh(spectrum + <usize>load<u32>(band) * VECTOR, countA, weight);
      weight += countA * NUMBER;
      const countB: usize = load<u32>(band, 12);
      const b = weigh(spectrum + <usize>load<u32>(band, 8) * VECTOR, countB, weight);
      weight += countB * NUMBER;
      v128.store(out, ln(f64x2.add(v128.shuffle<f64>(a, b, 0, 2), offset)));
      v128.store(out + ROW, ln(f64x2.add(v128.shuffle<f64>(a, b, 1, 3), offset)));
      out += VECTOR;
    }
    out = rowEnd + ROW;
    samples += 2 * HOP;
  }
}
