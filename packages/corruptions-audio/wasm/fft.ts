// Stockham FFT of radix 4 over two float32 arrays (real and imaginary parts), and the products of a fast convolution.
// All positions are byte addresses; counts are numbers of values, multiples of 4. The float32 operations and their order
// are those of src/fft-plain.ts, so that both give the same bytes.

/**
 * The first pass of a transform of `count` values: butterflies along the input, with their twiddles in groups of four
 * (w real, w imaginary, the same of w^2 and w^3: six vectors a group). The output is transposed, so that the later
 * passes run along memory.
 */
export function firstPass(xr: usize, xi: usize, yr: usize, yi: usize, count: i32, twiddles: usize): void {
  // A quarter of the values, in bytes.
  const quarter = <usize>count;
  const end = xr + quarter;
  while (xr < end) {
    const x0r = v128.load(xr);
    const x0i = v128.load(xi);
    const x1r = v128.load(xr + quarter);
    const x1i = v128.load(xi + quarter);
    const x2r = v128.load(xr + 2 * quarter);
    const x2i = v128.load(xi + 2 * quarter);
    const x3r = v128.load(xr + 3 * quarter);
    const x3i = v128.load(xi + 3 * quarter);
    const ar = f32x4.add(x0r, x2r);
    const ai = f32x4.add(x0i, x2i);
    const br = f32x4.sub(x0r, x2r);
    const bi = f32x4.sub(x0i, x2i);
    const cr = f32x4.add(x1r, x3r);
    const ci = f32x4.add(x1i, x3i);
    const dr = f32x4.sub(x1r, x3r);
    const di = f32x4.sub(x1i, x3i);
    const p1r = f32x4.add(br, di);
    const p1i = f32x4.sub(bi, dr);
    const p2r = f32x4.sub(ar, cr);
    const p2i = f32x4.sub(ai, ci);
    const p3r = f32x4.sub(br, di);
    const p3i = f32x4.add(bi, dr);
    const w1r = v128.load(twiddles);
    const w1i = v128.load(twiddles, 16);
    const w2r = v128.load(twiddles, 32);
    const w2i = v128.load(twiddles, 48);
    const w3r = v128.load(twiddles, 64);
    const w3i = v128.load(twiddles, 80);
    storeTransposed(
      yr,
      f32x4.add(ar, cr),
      f32x4.sub(f32x4.mul(p1r, w1r), f32x4.mul(p1i, w1i)),
      f32x4.sub(f32x4.mul(p2r, w2r), f32x4.mul(p2i, w2i)),
      f32x4.sub(f32x4.mul(p3r, w3r), f32x4.mul(p3i, w3i)),
    );
    storeTransposed(
      yi,
      f32x4.add(ai, ci),
      f32x4.add(f32x4.mul(p1r, w1i), f32x4.mul(p1i, w1r)),
      f32x4.add(f32x4.mul(p2r, w2i), f32x4.mul(p2i, w2r)),
      f32x4.add(f32x4.mul(p3r, w3i), f32x4.mul(p3i, w3r)),
    );
    xr += 16;
    xi += 16;
    yr += 64;
    yi += 64;
    twiddles += 96;
  }
}

function storeTransposed(y: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(y, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7), 16);
  v128.store(y, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5), 32);
  v128.store(y, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7), 48);
}

/** A later pass: `count` values in all, butterflies of one twiddle along `stride` values (six floats a twiddle). */
export function pass(
  xr: usize,
  xi: usize,
  yr: usize,
  yi: usize,
  count: i32,
  stride: i32,
  twiddles: usize,
): void {
  const quarter = <usize>count;
  const span = (<usize>stride) << 2;
  const end = xr + quarter;
  while (xr < end) {
    const w1r = v128.load_splat<f32>(twiddles);
    const w1i = v128.load_splat<f32>(twiddles, 4);
    const w2r = v128.load_splat<f32>(twiddles, 8);
    const w2i = v128.load_splat<f32>(twiddles, 12);
    const w3r = v128.load_splat<f32>(twiddles, 16);
    const w3i = v128.load_splat<f32>(twiddles, 20);
    const row = xr + span;
    while (xr < row) {
      const x0r = v128.load(xr);
      const x0i = v128.load(xi);
      const x1r = v128.load(xr + quarter);
      const x1i = v128.load(xi + quarter);
      const x2r = v128.load(xr + 2 * quarter);
      const x2i = v128.load(xi + 2 * quarter);
      const x3r = v128.load(xr + 3 * quarter);
      const x3i = v128.load(xi + 3 * quarter);
      const ar = f32x4.add(x0r, x2r);
      const ai = f32x4.add(x0i, x2i);
      const br = f32x4.sub(x0r, x2r);
      const bi = f32x4.sub(x0i, x2i);
      const cr = f32x4.add(x1r, x3r);
      const ci = f32x4.add(x1i, x3i);
      const dr = f32x4.sub(x1r, x3r);
      const di = f32x4.sub(x1i, x3i);
      const p1r = f32x4.add(br, di);
      const p1i = f32x4.sub(bi, dr);
      const p2r = f32x4.sub(ar, cr);
      const p2i = f32x4.sub(ai, ci);
      const p3r = f32x4.sub(br, di);
      const p3i = f32x4.add(bi, dr);
      v128.store(yr, f32x4.add(ar, cr));
      v128.store(yi, f32x4.add(ai, ci));
      v128.store(yr + span, f32x4.sub(f32x4.mul(p1r, w1r), f32x4.mul(p1i, w1i)));
      v128.store(yi + span, f32x4.add(f32x4.mul(p1r, w1i), f32x4.mul(p1i, w1r)));
      v128.store(yr + 2 * span, f32x4.sub(f32x4.mul(p2r, w2r), f32x4.mul(p2i, w2i)));
      v128.store(yi + 2 * span, f32x4.add(f32x4.mul(p2r, w2i), f32x4.mul(p2i, w2r)));
      v128.store(yr + 3 * span, f32x4.sub(f32x4.mul(p3r, w3r), f32x4.mul(p3i, w3i)));
      v128.store(yi + 3 * span, f32x4.add(f32x4.mul(p3r, w3i), f32x4.mul(p3i, w3r)));
      xr += 16;
      xi += 16;
      yr += 16;
      yi += 16;
    }
    // The output of one twiddle spans four rows; one of them has been walked along.
    yr += 3 * span;
    yi += 3 * span;
    twiddles += 24;
  }
}

/** The last pass of a transform of 2 * 4^k values, for one of the two arrays: sums and differences of its halves. */
export function lastPass(x: usize, y: usize, count: i32): void {
  const half = (<usize>count) << 1;
  const end = x + half;
  while (x < end) {
    const a = v128.load(x);
    const b = v128.load(x + half);
    v128.store(y, f32x4.add(a, b));
    v128.store(y + half, f32x4.sub(a, b));
    x += 16;
    y += 16;
  }
}

/** y = x w, complex; y may be x. */
export function multiply(xr: usize, xi: usize, wr: usize, wi: usize, yr: usize, yi: usize, count: i32): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 16) {
    const a = v128.load(xr + at);
    const b = v128.load(xi + at);
    const c = v128.load(wr + at);
    const d = v128.load(wi + at);
    v128.store(yr + at, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, d)));
    v128.store(yi + at, f32x4.add(f32x4.mul(a, d), f32x4.mul(b, c)));
  }
}

/** y = y + x w, complex. */
export function multiplyAdd(
  xr: usize,
  xi: usize,
  wr: usize,
  wi: usize,
  yr: usize,
  yi: usize,
  count: i32,
): void {
  for (let at: usize = 0; at < (<usize>count) << 2; at += 16) {
    const a = v128.load(xr + at);
    const b = v128.load(xi + at);
    const c = v128.load(wr + at);
    const d = v128.load(wi + at);
    const re = f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, d));
    const im = f32x4.add(f32x4.mul(a, d), f32x4.mul(b, c));
    v128.store(yr + at, f32x4.add(v128.load(yr + at), re));
    v128.store(yi + at, f32x4.add(v128.load(yi + at), im));
  }
}
