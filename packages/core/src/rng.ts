/** A stream of random numbers that depends on its seed alone. */
export interface Rng {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Standard normal, mean 0 and variance 1. */
  normal(): number;
  /** Uniform integer in [0, n), n from 1 to 2^32. */
  int(n: number): number;
  /** Poisson with mean lambda >= 0. */
  poisson(lambda: number): number;
}

/**
 * Counter-based randomness: a hash of (seed, index), so that any element can be computed alone.
 * @returns an integer in [0, 2^32)
 */
export function hash32(seed: number, index: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + Math.imul(seed, 0x85ebca77)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  x ^= x >>> 16;
  x = Math.imul((x + seed) ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The sfc32 generator (Doty-Humphrey's small fast counting generator), seeded from 32 bits. */
export function createRng(seed: number): Rng {
  let a = hash32(seed, 1) | 0;
  let b = hash32(seed, 2) | 0;
  let c = hash32(seed, 3) | 0;
  let counter = 1;
  let spare = Number.NaN;

  function next(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }
  for (let i = 0; i < 12; i++) next();

  const uniform = () => next() / 4294967296;

  function normal(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    // Marsaglia's polar method: two normals from a point inside the unit circle.
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const r = x * x + y * y;
      if (r >= 1 || r === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(r)) / r);
      spare = y * scale;
      return x * scale;
    }
  }

  function int(n: number): number {
    // Rejects the incomplete last block, so that every value is equally likely.
    const limit = 4294967296 - (4294967296 % n);
    let value = next();
    while (value >= limit) value = next();
    return value % n;
  }

  function poisson(lambda: number): number {
    return lambda < 30 ? poissonByProducts(lambda, uniform) : poissonByRejection(lambda, uniform);
  }

  return { uniform, normal, int, poisson };
}

/** Knuth's method: counts uniforms until their product falls below exp(-lambda). */
function poissonByProducts(lambda: number, uniform: () => number): number {
  const limit = Math.exp(-lambda);
  let count = 0;
  for (let product = uniform(); product > limit; product *= uniform()) count++;
  return count;
}

/** Hörmann's PTRS (1993), transformed rejection with squeeze; exact for lambda >= 10. */
function poissonByRejection(lambda: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(lambda);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + lambda + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (
      Math.log((v * inverseAlpha) / (a / (us * us) + b)) <=
      k * Math.log(lambda) - lambda - logFactorial(k)
    ) {
      return k;
    }
  }
}

/** ln k! by Stirling's series, from k = 10 accurate to 1e-13; below by the product. */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  const inverse = 1 / x;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
