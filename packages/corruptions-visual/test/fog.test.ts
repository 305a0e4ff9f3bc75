import { createRng } from '@robusta/core';
import fc from 'fast-check';
import { createFogLayer } from '../src/fog-layer.js';
import { createFrameCorruption, plasmaMap } from '../src/index.js';
import { flatFrame, noiseFrame, worst } from './frames.js';

const rng = createRng(5);
const map = plasmaMap(16, 1.7, () => 2 * rng.uniform() - 1);
const ready = { side: map.side, fill: (into: Float32Array) => into.set(map.data) };

/** The formula in double precision, with the map at whole shifts. */
function formula(
  data: Uint8Array,
  width: number,
  heights: typeof map,
  dx: number,
  dy: number,
  strength: number,
) {
  const m = Math.max(...data) / 255;
  return Array.from(data, (value, i) => {
    const x = (((i / 3) | 0) % width) + dx;
    const y = Math.floor(i / 3 / width) + dy;
    const at = (((y % 16) + 16) % 16) * 16 + (((x % 16) + 16) % 16);
    return (255 * (value / 255 + strength * heights.data[at]!) * m) / (m + strength);
  });
}

test('equals the formula, the map shifted by whole pixels in any direction', () => {
  const any = fc.integer({ min: -40, max: 40 });
  fc.assert(
    fc.property(
      any,
      any,
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 16 }),
      fc.nat(99),
      (dx, dy, width, height, seed) => {
        const { data } = noiseFrame(width, height, seed);
        const result = new Float32Array(data.length);
        createFogLayer(width, height, ready, { x: dx, y: dy }, 2.5, 0)(data, result, 1);
        // The factor in fixed point, 2^-23 times 255, and float32 sums.
        expect(worst(result, formula(data, width, map, dx, dy, 2.5))).toBeLessThan(1e-4);
      },
    ),
  );
});

test('half a pixel is the mean of two shifts in each direction', () => {
  const { data } = noiseFrame(11, 9, 3);
  const shifted = (dx: number, dy: number) => {
    const result = new Float32Array(data.length);
    createFogLayer(11, 9, ready, { x: dx, y: dy }, 2, 0)(data, result, 1);
    return result;
  };
  const corners = [shifted(3, 5), shifted(4, 5), shifted(3, 6), shifted(4, 6)];
  const mean = Array.from(data, (_, i) => corners.reduce((sum, corner) => sum + corner[i]!, 0) / 4);
  expect(worst(shifted(3.5, 5.5), mean)).toBeLessThan(5e-5);
});

test('a map has its lowest value at 0 and its highest at 1, and no seam', () => {
  for (const side of [2, 8, 64]) {
    const random = createRng(side);
    const { data } = plasmaMap(side, 2, () => 2 * random.uniform() - 1);
    expect(Math.min(...data)).toBe(0);
    expect(Math.max(...data)).toBe(1);
  }
  const random = createRng(1);
  const { data } = plasmaMap(64, 2, () => 2 * random.uniform() - 1);
  const step = (of: (i: number) => number) =>
    Array.from({ length: 64 }, (_, i) => Math.abs(of(i))).reduce((a, b) => a + b) / 64;
  const across = step((y) => data[y * 64 + 63]! - data[y * 64]!);
  const inside = step((y) => data[y * 64 + 32]! - data[y * 64 + 31]!);
  expect(across).toBeLessThan(3 * inside);
  expect(plasmaMap(1, 2, () => 0).data).toEqual(Float32Array.of(0));
});

test('index 0 drifts nowhere; later frames move, those of static fog do not', () => {
  const options = { width: 40, height: 30, fps: 25, severity: 3, seed: 8 } as const;
  const frame = flatFrame(40, 30, [90, 120, 200]);
  const drift = createFrameCorruption('fog', options);
  const still = createFrameCorruption('fog', { ...options, motion: 'static' });
  expect(drift.apply(frame, 0)).toEqual(still.apply(frame, 0));
  expect(still.apply(frame, 900)).toEqual(still.apply(frame, 0));
  expect(drift.apply(frame, 25)).not.toEqual(drift.apply(frame, 0));
});

test('the drift is 0.03 sides a second along its angle, at any frame rate', () => {
  const frame = flatFrame(64, 64, [90, 120, 200]);
  const base = { width: 64, height: 64, severity: 3, seed: 8 } as const;
  // 0.03 * 64 * 25 s = 48 pixels to the right: column 0 shows what column 48 showed at first.
  const at = (fps: number, index: number) =>
    createFrameCorruption('fog', { ...base, fps, driftAngleDeg: 0 }).apply(frame, index).data;
  const start = at(10, 0);
  const late = at(10, 250);
  expect(at(20, 500)).toEqual(late);
  for (let x = 0; x < 16; x++) {
    expect(Math.abs(late[3 * (64 * 20 + x)]! - start[3 * (64 * 20 + x + 48)]!)).toBeLessThanOrEqual(1);
  }
});

test('black stays black, and the largest value of a frame is never passed', () => {
  const black = flatFrame(7, 5, [0, 0, 0]);
  const options = { width: 7, height: 5, seed: 3 } as const;
  expect(createFrameCorruption('fog', { ...options, severity: 5 }).apply(black, 4)).toEqual(black);
  const none = createFrameCorruption('fog', { ...options, strength: 0, decay: 2 });
  expect(none.apply(noiseFrame(7, 5, 1), 0)).toEqual(noiseFrame(7, 5, 1));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 255 }), fc.nat(1000), (peak, index) => {
      const frame = noiseFrame(7, 5, index);
      const dim = { ...frame, data: frame.data.map((value) => Math.min(value, peak)) };
      const { data } = createFrameCorruption('fog', { ...options, severity: 4 }).apply(dim, index);
      expect(Math.max(...data)).toBeLessThanOrEqual(Math.max(...dim.data));
    }),
    { numRuns: 30 },
  );
});

test('the five severities of a seed share their pattern', () => {
  const frame = flatFrame(64, 64, [60, 60, 60]);
  const foggy = (seed: number, severity: 1 | 2 | 3 | 4 | 5) =>
    createFrameCorruption('fog', { width: 64, height: 64, severity, seed }).apply(frame, 0).data;
  const correlation = (a: Uint8Array, b: Uint8Array) => {
    const mean = (v: Uint8Array) => v.reduce((sum, x) => sum + x, 0) / v.length;
    const [ma, mb] = [mean(a), mean(b)];
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < a.length; i++) {
      ab += (a[i]! - ma) * (b[i]! - mb);
      aa += (a[i]! - ma) ** 2;
      bb += (b[i]! - mb) ** 2;
    }
    return ab / Math.sqrt(aa * bb);
  };
  for (const severity of [2, 3, 4, 5] as const) {
    expect(correlation(foggy(1, 1), foggy(1, severity))).toBeGreaterThan(0.5);
  }
  expect(foggy(1, 3)).not.toEqual(foggy(2, 3));
});
