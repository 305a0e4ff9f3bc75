import { hash32 } from '@robusta/core';
import fc from 'fast-check';
import { createFrameCorruption, SEVERITY } from '../src/index.js';
import { createRainDrops } from '../src/rain-drops.js';
import { createRainLayer } from '../src/rain-layer.js';
import { clipStreak, streakShape } from '../src/rain-streak.js';
import { flatFrame, noiseFrame, sameBytes, worst } from './frames.js';
import { drawStreaks } from './streaks.js';

const severities = [1, 2, 3, 4, 5] as const;
const anySide = fc.integer({ min: 1, max: 20 });
const anyStart = fc.integer({ min: -30, max: 30 });
const anyShape = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -12, max: 12 }))
  .map(([length, slant]) => streakShape(length, slant));
const anyStarts = fc
  .array(anyStart, { maxLength: 40 })
  .map((flat) => Int32Array.from(flat.slice(flat.length % 2)));

/** The five steps as they are written, in double precision. */
function naive(data: Uint8Array, width: number, height: number, mask: Uint8Array, contrast: number) {
  const mirror = (at: number, side: number) =>
    at < 0 ? Math.min(1, side - 1) : at < side ? at : Math.max(0, side - 2);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const lit = data.map((value, i) => {
    const streak = 220 * mask[Math.floor(i / 3)]!;
    return value + Math.floor(streak * (1 - value / 255) * (1 - mean / 255));
  });
  const rained = Array.from(data, (value, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    let sum = 0;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        sum += lit[3 * (mirror(y + dy, height) * width + mirror(x + dx, width)) + (i % 3)]!;
      }
    }
    const streak = 220 * mask[Math.floor(i / 3)]!;
    return (Math.round(sum / 9) * streak) / 255 + value * (1 - streak / 255);
  });
  const means = [0, 1, 2].map(
    (channel) =>
      (rained.reduce((sum, value, i) => sum + (i % 3 === channel ? value : 0), 0) * 3) / data.length,
  );
  return rained.map((value, i) => (value - means[i % 3]!) * contrast + means[i % 3]!);
}

test('equals the steps as they are written, whatever the size of the frame and wherever the streaks are', () => {
  fc.assert(
    fc.property(
      anySide,
      anySide,
      anyShape,
      anyStarts,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (width, height, shape, starts, contrast) => {
        const { data } = noiseFrame(width, height, starts.length);
        const expected = naive(data, width, height, drawStreaks(width, height, shape, starts), contrast);
        const values = new Float32Array(data.length);
        createRainLayer(width, height, shape, contrast, 0)(data, values, starts);
        // Two factors in fixed point times 255, and what is added before the cut.
        expect(worst(values, expected)).toBeLessThan(2e-4);
      },
    ),
  );
});

test('vectors and plain loops give the same bytes, which are the values cut', () => {
  fc.assert(
    fc.property(
      anySide,
      anySide,
      anyShape,
      anyStarts,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 0.5),
      (width, height, shape, starts, contrast, bias) => {
        const { data } = noiseFrame(width, height, 5);
        const [fast, plain] = [new Uint8Array(data.length), new Uint8Array(data.length)];
        const values = new Float32Array(data.length);
        const layer = createRainLayer(width, height, shape, contrast, bias);
        layer(data, values, starts);
        layer(data, fast, starts);
        createRainLayer(width, height, shape, contrast, bias, false)(data, plain, starts);
        expect(sameBytes(fast, plain)).toBe(true);
        // Float32 may round up to the next whole number.
        expect(plain.every((byte, i) => byte <= values[i]! && values[i]! <= byte + 1)).toBe(true);
      },
    ),
  );
});

describe('streaks', () => {
  test('the published one changes its column half way down, or a pixel later', () => {
    expect([...streakShape(4, -1).columns]).toEqual([0, 0, -1, -1, -1].map((x) => x + 0));
    expect([...streakShape(5, -1).columns]).toEqual([0, 0, 0, -1, -1, -1]);
  });

  test('end where the slant says, never skip a column and are one pixel wide', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: -100, max: 100 }), (length, slant) => {
        const { rows, columns, lean } = streakShape(length, slant);
        expect(rows).toBe(length + 1);
        expect(columns[0]! + 0).toBe(0);
        expect(columns[length]! + 0).toBe(lean);
        expect(lean).toBe(Math.max(-length, Math.min(length, slant)) + 0);
        for (let row = 1; row < rows; row++)
          expect(Math.abs(columns[row]! - columns[row - 1]!)).toBeLessThan(2);
      }),
    );
  });

  test('at the sides the line is cut where it leaves the frame', () => {
    const visible = { first: 0, end: 0 };
    const rows = (x: number, y: number) => {
      clipStreak(streakShape(10, -1), x, y, 8, 20, visible);
      return visible.end - visible.first;
    };
    expect(rows(3, 2)).toBe(11);
    expect(rows(0, 2)).toBe(1);
    expect(rows(8, 2)).toBe(1);
    expect(rows(-1, 2)).toBe(0);
    expect(rows(9, 2)).toBe(0);
    expect(rows(3, -4)).toBe(7);
    expect(rows(3, 15)).toBe(5);
    expect(rows(3, -11)).toBe(0);
    expect(rows(3, 20)).toBe(0);
  });
});

/** Share of pixels that streaks cover in a frame: those that are not black over black. */
function covered(width: number, height: number, options: object, index: number): number {
  const rain = createFrameCorruption('rain', { width, height, ...options });
  const { data } = rain.apply(flatFrame(width, height, [0, 0, 0]), index);
  let background = 255;
  for (let i = 0; i < data.length; i += 3) background = Math.min(background, data[i]!);
  let count = 0;
  for (let i = 0; i < data.length; i += 3) count += data[i]! > background ? 1 : 0;
  return count / (width * height);
}

describe.each(['falling', 'independent'] as const)('%s', (motion) => {
  test.each(severities)('severity %i covers the published share', (severity) => {
    const { length, pixelsPerDrop } = SEVERITY.rain[severity];
    // Streaks overlap: places are independent.
    const expected = 1 - Math.exp(-(length + 1) / pixelsPerDrop);
    const frames = [0, 1, 2, 33, 34, 100];
    for (const [width, height] of [
      [320, 200],
      [200, 90],
    ] as const) {
      const shares = frames.map((index) => covered(width, height, { severity, motion, seed: 4 }, index));
      const mean = shares.reduce((a, b) => a + b) / frames.length;
      expect(Math.abs(mean - expected)).toBeLessThan(0.1 * expected);
      for (const share of shares) expect(Math.abs(share - expected)).toBeLessThan(0.35 * expected);
    }
  });

  test('every place of a frame is as likely to be covered', () => {
    const [width, height] = [60, 40];
    const shape = streakShape(30, -1);
    const drops = createRainDrops(width, height, shape, 100, 9, { motion, speed: 37.3 });
    const rows = new Float64Array(height);
    const columns = new Float64Array(width);
    const frames = 400;
    for (let index = 0; index < frames; index++) {
      drops.place(index);
      drawStreaks(width, height, shape, drops.starts).forEach((value, i) => {
        rows[Math.floor(i / width)]! += value / (width * frames);
        columns[i % width]! += value / (height * frames);
      });
    }
    const expected = 1 - Math.exp(-31 / 100);
    for (const share of rows) expect(Math.abs(share - expected)).toBeLessThan(0.12 * expected);
    // The outer columns lose what a streak has beyond them.
    for (const share of columns.subarray(1, -1))
      expect(Math.abs(share - expected)).toBeLessThan(0.25 * expected);
  });

  test('rain falls on frames smaller than its streaks', () => {
    for (const [width, height] of [
      [2, 1],
      [2, 50],
      [50, 1],
      [7, 3],
    ] as const) {
      const rain = createFrameCorruption('rain', {
        width,
        height,
        length: 80,
        pixelsPerDrop: 10,
        contrast: 1,
        motion,
      });
      const black = flatFrame(width, height, [0, 0, 0]);
      const wet = Array.from({ length: 40 }, (_, index) =>
        rain.apply(black, index).data.some((value) => value > 0),
      );
      expect(wet.filter(Boolean).length).toBeGreaterThan(20);
    }
  });
});

test('falling streaks fall at the given speed, and come back in another column', () => {
  const shape = streakShape(20, -1);
  const [width, height, speed] = [100, 80, 13];
  const drops = createRainDrops(width, height, shape, 1000, 3, { motion: 'falling', speed });
  const at = (index: number) => {
    drops.place(index);
    return drops.starts.slice();
  };
  let wraps = 0;
  let sameColumn = 0;
  for (let index = 0; index < 60; index++) {
    const [before, after] = [at(index), at(index + 1)];
    for (let i = 0; i < before.length; i += 2) {
      const step = after[i + 1]! - before[i + 1]!;
      if (step > 0) {
        expect(step).toBe(speed);
        expect(after[i]).toBe(before[i]);
      } else {
        expect(step).toBe(speed - (height + 20));
        wraps++;
        sameColumn += after[i] === before[i] ? 1 : 0;
      }
    }
  }
  expect(wraps).toBeGreaterThan(50);
  expect(sameColumn).toBeLessThan(wraps / 10);
});

test('the speed is in pixels per second, two lengths a frame at 25 frames per second', () => {
  const base = { width: 60, height: 90, severity: 1, seed: 6 } as const;
  const frame = noiseFrame(60, 90, 1);
  const at = (fps: number, index: number, more = {}) =>
    createFrameCorruption('rain', { ...base, fps, ...more }).apply(frame, index).data;
  expect(sameBytes(at(25, 3), at(50, 6))).toBe(true);
  expect(sameBytes(at(25, 3), at(25, 3, { speed: 500 }))).toBe(true);
  expect(sameBytes(at(25, 3), at(25, 3, { speed: 480 }))).toBe(false);
  expect(sameBytes(at(25, 3, { speed: 0 }), at(25, 0))).toBe(true);
});

test('independent rain has nothing in common from frame to frame', () => {
  const drops = createRainDrops(640, 360, streakShape(60, -1), 770, 8, { motion: 'independent', speed: 0 });
  const pairs = new Set<string>();
  for (let index = 0; index < 20; index++) {
    drops.place(index);
    for (let i = 0; i < drops.starts.length; i += 2) pairs.add(`${drops.starts[i]},${drops.starts[i + 1]}`);
  }
  // As many as places drawn at random: N (1 - exp(-draws / N)).
  const places = 641 * 420;
  const draws = 10 * drops.starts.length;
  expect(Math.abs(pairs.size - places * (1 - Math.exp(-draws / places)))).toBeLessThan(60);
});

test('the five severities of a seed share their columns, other seeds have others', () => {
  const columns = (seed: number, length: number) => {
    const drops = createRainDrops(200, 100, streakShape(length, -1), 500, seed, {
      motion: 'falling',
      speed: 0,
    });
    drops.place(0);
    return [...drops.starts].filter((_, i) => i % 2 === 0).slice(0, 20);
  };
  expect(columns(1, 10)).toEqual(columns(1, 80));
  expect(columns(1, 10)).not.toEqual(columns(2, 10));
});

test('without rain and with all its contrast a frame stays as it is', () => {
  const frame = noiseFrame(31, 17, 2);
  const options = { width: 31, height: 17, length: 10, pixelsPerDrop: 1e9, contrast: 1 } as const;
  expect(createFrameCorruption('rain', options).apply(frame, 0)).toEqual(frame);
});

test('white stays white, and a flat frame without rain stays flat', () => {
  const white = flatFrame(40, 60, [255, 255, 255]);
  for (const severity of severities) {
    expect(createFrameCorruption('rain', { width: 40, height: 60, severity }).apply(white, 1)).toEqual(white);
    const level = hash32(1, severity) & 255;
    const flat = flatFrame(9, 9, [level, 0, 255 - level]);
    const options = { width: 9, height: 9, severity, pixelsPerDrop: 1e9 } as const;
    expect(createFrameCorruption('rain', options).apply(flat, 0)).toEqual(flat);
  }
});

test('relative scale stretches streaks and keeps the covered share', () => {
  const relative = (index: number) => covered(448, 448, { severity: 2, scale: 'relative', seed: 3 }, index);
  const frames = [0, 5, 9].map(relative);
  const expected = 1 - Math.exp(-31 / 770);
  expect(Math.abs(frames.reduce((a, b) => a + b) / 3 - expected)).toBeLessThan(0.1 * expected);
  const size = { width: 448, height: 448, contrast: 0.8, seed: 3 } as const;
  const frame = noiseFrame(448, 448, 1);
  const same = createFrameCorruption('rain', { ...size, length: 60, pixelsPerDrop: 1540, slant: -2 });
  const scaled = createFrameCorruption('rain', { ...size, severity: 2, scale: 'relative' });
  expect(sameBytes(scaled.apply(frame, 4).data, same.apply(frame, 4).data)).toBe(true);
});
