import fc from 'fast-check';
import { createFrameCorruption, SEVERITY } from '../src/index.js';
import { noiseTables, poissonLaw } from '../src/poisson-table.js';
import { flatFrame, noiseFrame, sameBytes } from './frames.js';
import { levelStatistics } from './statistics.js';

/** P(k) by the formula in logarithms. */
function poisson(lambda: number, k: number): number {
  let logFactorial = 0;
  for (let i = 2; i <= k; i++) logFactorial += Math.log(i);
  return Math.exp(k * Math.log(lambda) - lambda - logFactorial);
}

test('the Poisson law by its formula, far from the mode too', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 2000, noNaN: true }), (lambda) => {
      const { first, probabilities } = poissonLaw(lambda);
      const end = first + probabilities.length;
      for (let k = Math.max(0, first - 3); k < end + 3; k += 1 + (probabilities.length >> 4)) {
        const expected = poisson(lambda, k);
        expect(Math.abs((probabilities[k - first] ?? 0) - expected)).toBeLessThan(1e-10 * expected + 1e-19);
      }
    }),
    { numRuns: 30 },
  );
  expect(poissonLaw(0)).toEqual({ first: 0, probabilities: Float64Array.of(1) });
});

test('the tables hold the law to 2^-33: total variation, all levels and severities', () => {
  for (const { photons } of [...Object.values(SEVERITY['shot-noise']), { photons: 300 }]) {
    const { outcomes, limits } = noiseTables(photons, 0);
    for (let level = 0; level < 256; level += 15) {
      const expected = new Float64Array(outcomes.length);
      let dark = 0;
      for (let k = 0; k < photons; k++) {
        const probability = level === 0 ? Number(k === 0) : poisson((photons * level) / 255, k);
        dark += probability;
        expected[outcomes.indexOf(Math.floor((k / photons) * 255))]! += probability;
      }
      expected[outcomes.length - 1]! += 1 - dark;
      const held = expected.map((_, i) => {
        const at = level * outcomes.length + i;
        return (limits[at]! - (i === 0 ? 0 : limits[at - 1]!)) / 2 ** 42;
      });
      const variation = held.reduce((sum, p, i) => sum + Math.abs(p - expected[i]!), 0) / 2;
      expect(variation).toBeLessThan(2 ** -33);
    }
  }
});

test('the steps of the tables agree with their limits', () => {
  const { outcomes, limits, edges } = noiseTables(12, 0);
  for (let level = 0; level < 256; level += 5) {
    for (let step = 0; step < 1024; step += 7) {
      const rank = outcomes.findIndex((_, i) => step * 2 ** 32 < limits[level * outcomes.length + i]!);
      expect(edges[level * 1025 + step]).toBe(outcomes[rank]);
    }
  }
});

test('mean and variance of each level and severity, and only the values k / photons', () => {
  for (const severity of [1, 2, 3, 4, 5] as const) {
    const { photons } = SEVERITY['shot-noise'][severity];
    for (const level of [0, 1, 60, 128, 200, 255]) {
      const lambda = (photons * level) / 255;
      let [mean, square, dark] = [0, 0, 0];
      for (let k = 0; k < photons; k++) {
        const p = level === 0 ? Number(k === 0) : poisson(lambda, k);
        dark += p;
        mean += (p * k * 255) / photons;
        square += p * ((k * 255) / photons) ** 2;
      }
      mean += (1 - dark) * 255;
      square += (1 - dark) * 255 ** 2;
      const variance = square - mean ** 2;
      const measured = levelStatistics(photons, level);
      expect(Math.abs(measured.mean - mean)).toBeLessThanOrEqual(
        4 * Math.sqrt(variance / measured.draws) + 1e-9,
      );
      expect(Math.abs(measured.variance - variance)).toBeLessThanOrEqual(0.03 * variance + 1e-9);
    }
  }
});

test('channels, neighbours and frames do not know of each other', () => {
  const [width, height] = [400, 300];
  const frame = flatFrame(width, height, [100, 100, 100]);
  const noise = createFrameCorruption('shot-noise', { width, height, severity: 3, seed: 5 });
  const [first, second] = [noise.apply(frame, 0).data, noise.apply(frame, 1).data];
  const other = createFrameCorruption('shot-noise', { width, height, severity: 3, seed: 6 }).apply(
    frame,
    0,
  ).data;
  const correlation = (a: Uint8Array, b: Uint8Array, lag: number) => {
    const count = a.length - lag;
    let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const [x, y] = [a[i]!, b[i + lag]!];
      sa += x;
      sb += y;
      saa += x * x;
      sbb += y * y;
      sab += x * y;
    }
    return (count * sab - sa * sb) / Math.sqrt((count * saa - sa * sa) * (count * sbb - sb * sb));
  };
  const limit = 4.5 / Math.sqrt(first.length);
  for (const lag of [1, 2, 3, 6, 3 * width])
    expect(Math.abs(correlation(first, first, lag))).toBeLessThan(limit);
  expect(Math.abs(correlation(first, second, 0))).toBeLessThan(limit);
  expect(Math.abs(correlation(first, second, 3))).toBeLessThan(limit);
  expect(Math.abs(correlation(first, other, 0))).toBeLessThan(limit);
});

test('a value depends on its own level, place and frame alone: tiles fit together', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.integer({ min: 2, max: 20 }),
      fc.nat(1000),
      (width, height, seed) => {
        const noise = createFrameCorruption('shot-noise', { width, height, severity: 2, seed });
        const [a, b] = [noiseFrame(width, height, seed), noiseFrame(width, height, seed + 1)];
        const cut = 3 * width * (height >> 1);
        const mixed = {
          width,
          height,
          data: Uint8Array.from([...a.data.subarray(0, cut), ...b.data.subarray(cut)]),
        };
        const whole = noise.apply(mixed, seed).data;
        expect(sameBytes(whole.subarray(0, cut), noise.apply(a, seed).data.subarray(0, cut))).toBe(true);
        expect(sameBytes(whole.subarray(cut), noise.apply(b, seed).data.subarray(cut))).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test('black stays black; many photons change little, few make white or black', () => {
  const size = { width: 50, height: 40, seed: 4 } as const;
  const at = (photons: number, level: number) =>
    createFrameCorruption('shot-noise', { ...size, photons }).apply(
      flatFrame(50, 40, [level, level, level]),
      3,
    ).data;
  expect(at(12, 0).every((value) => value === 0)).toBe(true);
  // Standard deviation: 255 sqrt(0.5 / 65536) = 0.7 levels.
  expect(at(65536, 128).every((value) => Math.abs(value - 128) <= 5)).toBe(true);
  expect(new Set(at(0.5, 128))).toEqual(new Set([0, 255]));
  // Counts below 2.5 are k / 2.5, all others white.
  expect(new Set(at(2.5, 128))).toEqual(new Set([0, 102, 204, 255]));
});
