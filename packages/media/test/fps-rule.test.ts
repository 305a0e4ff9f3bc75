import fc from 'fast-check';
import { createFpsRule, selectFrames } from '../src/index.js';
import { rationalRate } from '../src/rational.js';

const at24 = { num: 24, den: 1 };

test('25 fps drops frame 12 and then every 25th; 50 fps never shows frame 0', () => {
  const from25 = selectFrames(
    Array.from({ length: 75 }, (_, i) => i),
    75,
    at24,
    { num: 1, den: 25 },
  );
  const missing = Array.from({ length: 75 }, (_, i) => i).filter((i) => !from25.includes(i));
  expect(missing).toEqual([12, 37, 62]);
  expect(selectFrames([0, 1, 2, 3], 4, at24, { num: 1, den: 50 })).toEqual([1, 3]);
});

test('nothing in, nothing out; a late first frame is shown from slot 0, early ones are passed over', () => {
  expect(selectFrames([], 0, at24, { num: 1, den: 24 })).toEqual([]);
  expect(selectFrames([3, 4], 5, at24, { num: 1, den: 24 })).toEqual([0, 0, 0, 0, 1]);
  expect(selectFrames([-3, -2, 0, 1], 2, at24, { num: 1, den: 24 })).toEqual([2, 3]);
  expect(selectFrames([-3, -1, 2], 3, at24, { num: 1, den: 24 })).toEqual([1, 1, 2]);
});

const schedule = fc.record({
  gaps: fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 40 }),
  last: fc.integer({ min: 0, max: 4000 }),
  first: fc.integer({ min: -500, max: 3000 }),
  fps: fc.constantFrom(at24, { num: 30000, den: 1001 }, { num: 981, den: 50 }, { num: 1, den: 2 }),
  timeBase: fc.constantFrom({ num: 1, den: 1000 }, { num: 1, den: 90000 }, { num: 1001, den: 30000 }),
});

test('output frame k shows the last input frame whose slot is at most k, and there are round(fps * end) of them', () => {
  fc.assert(
    fc.property(schedule, ({ gaps, last, first, fps, timeBase }) => {
      const times: number[] = [];
      let time = first;
      for (const gap of gaps) {
        times.push(time);
        time += gap;
      }
      const end = times.at(-1)! + last;
      // Exact integers: round half away from zero of time * a / b.
      const a = BigInt(fps.num * timeBase.num);
      const b = BigInt(fps.den * timeBase.den);
      const slot = (t: number) => {
        const twice = 2n * BigInt(Math.abs(t)) * a + b;
        return Math.sign(t) * Number(twice / (2n * b));
      };
      const slots = times.map(slot);
      const total = slot(end);
      const expected: number[] = [];
      for (let k = 0; k < total; k++) {
        let shown = 0;
        for (let i = 0; i < slots.length; i++) if (slots[i]! <= k) shown = i;
        expected.push(shown);
      }
      expect(selectFrames(times, end, fps, timeBase)).toEqual(expected);
    }),
  );
});

test('times that go back show nothing twice', () => {
  const rule = createFpsRule(at24, { num: 1, den: 24 });
  expect([rule.push(0), rule.push(5), rule.push(3), rule.push(6), rule.finish(7)]).toEqual([0, 5, 0, 1, 1]);
});

test('rates become the fraction that was meant', () => {
  expect(rationalRate(24)).toEqual({ num: 24, den: 1 });
  expect(rationalRate(29.97002997)).toEqual({ num: 30000, den: 1001 });
  expect(rationalRate(24000 / 1001)).toEqual({ num: 24000, den: 1001 });
  expect(rationalRate(23.976)).toEqual({ num: 2997, den: 125 });
  expect(rationalRate(19.62)).toEqual({ num: 981, den: 50 });
  expect(rationalRate(0.5)).toEqual({ num: 1, den: 2 });
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1000, noNaN: true }), (rate) => {
      const { num, den } = rationalRate(rate);
      expect(Math.abs(num / den - rate)).toBeLessThanOrEqual(rate * 1e-9);
      expect(den).toBeLessThan(1e9);
    }),
  );
});
