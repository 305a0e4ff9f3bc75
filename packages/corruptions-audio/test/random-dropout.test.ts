import fc from 'fast-check';
import { createSegmentGain, randomBlocks, randomSegments } from '../src/dropout-segments.js';
import { corruptAudio, corruptAudioWithReport } from '../src/index.js';
import { gaussian } from './signals.js';

const ones = (length: number) => new Float32Array(length).fill(1);
const count = (samples: Float32Array, value: number) => samples.filter((sample) => sample === value).length;

test('the share is hit within one sample for any length, and segments stay inside and apart', () => {
  fc.assert(
    fc.property(
      fc.nat(0xffffffff),
      fc.nat(20000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 400 }),
      fc.nat(2000),
      (seed, length, share, shortest, more) => {
        const segments = randomSegments(seed, length, share, shortest, shortest + more);
        const total = segments.reduce((sum, [, own]) => sum + own, 0);
        expect(Math.abs(total - share * length)).toBeLessThanOrEqual(1);
        let end = -1;
        for (const [start, own] of segments) {
          expect(start).toBeGreaterThan(end);
          expect(own).toBeGreaterThan(0);
          end = start + own;
        }
        expect(end).toBeLessThanOrEqual(length);
      },
    ),
  );
});

test('the share of the table is silent, without fades exactly', () => {
  const clip = { sampleRate: 16000, channels: [ones(160000)] };
  for (const [index, share] of [0.05, 0.1, 0.2, 0.35, 0.5].entries()) {
    const severity = ([1, 2, 3, 4, 5] as const)[index]!;
    const [samples] = corruptAudio(clip, 'random-dropout', { severity, seed: 3, fadeMs: 0 }).channels;
    expect(count(samples!, 0)).toBe(share * 160000);
    expect(count(samples!, 1)).toBe(160000 - share * 160000);
  }
});

test('lengths lie between the shortest and the longest, but for the last and those that touch', () => {
  const segments = randomSegments(8, 16000 * 600, 0.05, 320, 3200);
  const lengths = segments.map(([, own]) => own);
  const outside = lengths.filter((own) => own < 320 || own > 3200);
  expect(outside.length).toBeLessThan(0.1 * lengths.length);
  const mean = lengths.reduce((sum, own) => sum + own, 0) / lengths.length;
  expect(Math.abs(mean - 1760)).toBeLessThan(200);
  // Starts are spread over the whole clip: each tenth of it holds about a tenth of them.
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = segments.filter(([start]) => Math.floor(start / 960000) === tenth).length;
    expect(inside / segments.length).toBeGreaterThan(0.05);
    expect(inside / segments.length).toBeLessThan(0.16);
  }
});

test('a fade by hand: raised cosine inside the segment, half of it at most', () => {
  const half = (k: number, ramp: number) => Math.fround(0.5 * (1 + Math.cos((Math.PI * (k + 0.5)) / ramp)));
  const gain = createSegmentGain(12, [[2, 7]], 2)(12);
  expect(Array.from(gain)).toEqual([1, 1, half(0, 2), half(1, 2), 0, 0, 0, half(1, 2), half(0, 2), 1, 1, 1]);
  expect(Array.from(createSegmentGain(6, [[4, 100]], 5)(6))).toEqual([1, 1, 1, 1, 0.5, 0.5]);
  expect(
    Array.from(
      createSegmentGain(
        3,
        [
          [0, 2],
          [1, 2],
        ],
        0,
      )(3),
    ),
  ).toEqual([0, 0, 0]);
});

test('all channels lose the same places', () => {
  const clip = { sampleRate: 8000, channels: [ones(8000), ones(8000)] };
  const [left, right] = corruptAudio(clip, 'random-dropout', { severity: 4, seed: 5 }).channels;
  expect(left).toEqual(right);
});

test('a share of 1 is silence, a share of 0 the clip', () => {
  const clip = { sampleRate: 8000, channels: [gaussian(5000, 1)] };
  for (const unit of ['segments', 'frames', 'samples'] as const) {
    expect(count(corruptAudio(clip, 'random-dropout', { share: 1, unit }).channels[0]!, 0)).toBe(5000);
    expect(corruptAudio(clip, 'random-dropout', { share: 0, unit })).toEqual(clip);
  }
});

test('frames of 20 ms and samples are lost independently with the probability', () => {
  const clip = { sampleRate: 8000, channels: [ones(160 * 1500)] };
  const frames = corruptAudio(clip, 'random-dropout', { severity: 3, seed: 2, unit: 'frames', fadeMs: 0 })
    .channels[0]!;
  let lost = 0;
  let pairs = 0;
  for (let j = 0; j < 1500; j++) {
    const sum = frames.subarray(160 * j, 160 * (j + 1)).reduce((a, b) => a + b, 0);
    expect([0, 160]).toContain(sum);
    if (sum === 0) {
      lost++;
      if (j > 0 && frames[160 * j - 1] === 0) pairs++;
    }
  }
  // Four standard errors of 1500 draws.
  expect(Math.abs(lost / 1500 - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / 1500));
  expect(Math.abs(pairs / 1500 - 0.04)).toBeLessThan(0.025);
  const { clip: single, report } = corruptAudioWithReport(clip, 'random-dropout', {
    severity: 3,
    seed: 2,
    unit: 'samples',
  });
  const zeros = count(single.channels[0]!, 0);
  expect(zeros + count(single.channels[0]!, 1)).toBe(240000);
  expect(zeros).toBe(report.measured.silencedSamples);
  expect(Math.abs(zeros / 240000 - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / 240000));
});

test('the severities of a seed share their pattern: what a weak one loses, a strong one loses too', () => {
  const inside = (segments: readonly (readonly [number, number])[], at: number) =>
    segments.some(([start, own]) => at >= start && at < start + own);
  const [weak, strong] = [randomBlocks(4, 9000, 0.1, 100), randomBlocks(4, 9000, 0.5, 100)];
  for (const [start] of weak) expect(inside(strong, start)).toBe(true);
  const lengths = (share: number) => randomSegments(4, 1e7, share, 100, 1000).map(([, own]) => own);
  expect(new Set(lengths(0.01)).size).toBeGreaterThan(50);
});
