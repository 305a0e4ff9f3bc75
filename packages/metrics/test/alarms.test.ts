import fc from 'fast-check';
import { detectionDelay, falseAlarms, type ScoredVideo } from '../src/index.js';
import { failing, video } from './support.js';

describe('false alarms', () => {
  const normal = video([0, 0, 0, 0, 0, 0, 0, 0], [0.9, 0.9, 0, 0, 0.5, 0, 0, 0.6]);

  test('frames and runs at or above the threshold on normal videos alone', () => {
    const abnormal = video([1, 0], [1, 1]);
    // 8 frames at 2 fps are 4 seconds.
    expect(falseAlarms([abnormal, normal], { fps: 2 })).toEqual({
      rate: 4 / 8,
      alarms: 3,
      perHour: 3 * 900,
      videos: 1,
      hours: 4 / 3600,
    });
    expect(falseAlarms([normal], { threshold: 0.6 })).toMatchObject({ rate: 3 / 8, alarms: 2 });
    expect(falseAlarms([normal], { threshold: 1 })).toMatchObject({ rate: 0, alarms: 0, perHour: 0 });
  });

  test('alarms a short time apart are one, but not across videos', () => {
    expect(falseAlarms([normal], { fps: 2, mergeSeconds: 0.99 }).alarms).toBe(3);
    expect(falseAlarms([normal], { fps: 2, mergeSeconds: 1 }).alarms).toBe(1);
    expect(falseAlarms([normal, normal], { fps: 2, mergeSeconds: 100 })).toMatchObject({
      alarms: 2,
      rate: 0.5,
    });
  });

  test('equal what counting frame by frame gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom(0, 0.4, 0.5, 1), { minLength: 1, maxLength: 12 }), {
          minLength: 1,
        }),
        (scores) => {
          const { rate, alarms, hours } = falseAlarms(
            scores.map((list) =>
              video(
                list.map(() => 0),
                list,
              ),
            ),
            { fps: 25 },
          );
          const on = scores.map((list) => list.map((score) => score >= 0.5));
          const rises = on.flatMap((list) => list.filter((now, i) => now && !list[i - 1])).length;
          expect(alarms).toBe(rises);
          expect(rate).toBe(on.flat().filter(Boolean).length / on.flat().length);
          expect(hours).toBeCloseTo(on.flat().length / 25 / 3600, 15);
        },
      ),
    );
  });

  test('refusals', () => {
    expect(() => falseAlarms([video([1], [1])])).toThrow(failing('NO_NEGATIVE'));
    expect(() => falseAlarms([video([1], [1]), video([], [])])).toThrow(failing('NO_NEGATIVE'));
    expect(() => falseAlarms([])).toThrow(failing('EMPTY_INPUT'));
    expect(() => falseAlarms([normal, video([0], [Number.NaN])])).toThrow(
      failing('NON_FINITE', /video 1 of 2/),
    );
    expect(() => falseAlarms([video([0], [])])).toThrow(failing('LENGTH_MISMATCH', /video 0 of 1/));
    for (const options of [{ fps: 0 }, { threshold: Number.NaN }, { mergeSeconds: -1 }, { rate: 1 }]) {
      expect(() => falseAlarms([normal], options as never)).toThrow(failing('BAD_OPTION'));
    }
  });
});

describe('detection delay', () => {
  test('of events noticed late, at once, before they begin, and never', () => {
    const videos = [
      video([0, 1, 1, 1, 0, 0, 1, 1], [0.9, 0.1, 0.2, 0.5, 1, 0, 0.7, 0]),
      video([0, 0], [1, 1]),
      video([1, 1, 1, 1, 0], [0, 0, 0, 0.4, 1]),
      video([0, 1], [1, 1]),
    ];
    expect(detectionDelay(videos, { fps: 2 })).toEqual({
      events: [
        { video: 0, start: 1, end: 4, delay: 1 },
        { video: 0, start: 6, end: 8, delay: 0 },
        { video: 2, start: 0, end: 4, delay: null },
        { video: 3, start: 1, end: 2, delay: 0 },
      ],
      detected: 3 / 4,
      mean: 1 / 3,
      median: 0,
      meanWithMissed: (1 + 0 + 2 + 0) / 4,
    });
  });

  test('the median of an even number, and nothing where nothing is noticed', () => {
    const late = (frames: number) =>
      video(new Array(9).fill(1), [...new Array(frames).fill(0), ...new Array(9 - frames).fill(1)]);
    expect(detectionDelay([late(1), late(2), late(7), late(4)], { fps: 1 })).toMatchObject({
      median: 3,
      mean: 3.5,
    });
    expect(detectionDelay([late(9)], { fps: 1 })).toMatchObject({
      detected: 0,
      mean: null,
      median: null,
      meanWithMissed: 9,
    });
  });

  test('a lower threshold never delays or misses more', () => {
    const videos = fc.array(
      fc
        .array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })
        .map(
          (list): ScoredVideo =>
            video(
              list.map(([label]) => label),
              list.map(([, score]) => score),
            ),
        ),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        videos.filter((list) => list.some(({ labels }) => Array.from(labels).includes(1))),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)].map((threshold) =>
            detectionDelay(list, { threshold }),
          );
          expect(low!.detected).toBeGreaterThanOrEqual(high!.detected);
          expect(low!.meanWithMissed).toBeLessThanOrEqual(high!.meanWithMissed + 1e-12);
          low!.events.forEach(({ delay }, i) => {
            expect(delay ?? Infinity).toBeLessThanOrEqual(high!.events[i]!.delay ?? Infinity);
          });
        },
      ),
    );
  });

  test('refusals', () => {
    expect(() => detectionDelay([video([0], [1])])).toThrow(failing('NO_POSITIVE'));
    expect(() => detectionDelay([])).toThrow(failing('EMPTY_INPUT'));
    expect(() => detectionDelay([video([1], [Infinity])])).toThrow(failing('NON_FINITE'));
    expect(() => detectionDelay([video([1], [1])], { mergeSeconds: 1 } as never)).toThrow(
      failing('BAD_OPTION'),
    );
  });
});
