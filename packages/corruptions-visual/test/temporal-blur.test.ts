import { type Frame, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { createClipCorruption, createFrameCorruption, SEVERITY } from '../src/index.js';
import { createRunningMean } from '../src/running-mean.js';
import { divider } from '../src/temporal-blur.js';
import { streamed } from './clips.js';
import { flatFrame, noiseFrame, sameBytes } from './frames.js';

const anySide = fc.integer({ min: 1, max: 9 });
const anyLength = fc.integer({ min: 1, max: 40 });
const anyHalf = fc.integer({ min: 1, max: 15 });
const anyRounding = fc.constantFrom('cut', 'nearest');
const clipOf = (width: number, height: number, length: number) =>
  Array.from({ length }, (_, t) => noiseFrame(width, height, t));

/** The mean as it is written, frames beyond the ends repeated. */
function naive(frames: Frame[], t: number, c: number, rounding: 'cut' | 'nearest'): number[] {
  return Array.from(frames[0]!.data, (_, i) => {
    let sum = 0;
    for (let s = t - c; s <= t + c - 1; s++)
      sum += frames[Math.max(0, Math.min(frames.length - 1, s))]!.data[i]!;
    return rounding === 'cut' ? Math.floor(sum / (2 * c)) : Math.round(sum / (2 * c));
  });
}

test('equals the mean as it is written, streamed and frame by frame, for clips shorter than the window too', () => {
  fc.assert(
    fc.property(
      anySide,
      anySide,
      anyLength,
      anyHalf,
      anyRounding,
      (width, height, length, halfWindow, rounding) => {
        const frames = clipOf(width, height, length);
        const corruption = createClipCorruption('motion-blur', { width, height, halfWindow, rounding });
        const expected = frames.map((_, t) => Uint8Array.from(naive(frames, t, halfWindow, rounding)));
        const results = streamed(corruption, frames);
        expect(results).toHaveLength(length);
        results.forEach((data, t) => {
          expect(sameBytes(data, expected[t]!)).toBe(true);
          expect(sameBytes(corruption.apply(frames, t).data, expected[t]!)).toBe(true);
        });
      },
    ),
    { numRuns: 40 },
  );
});

test('vectors and plain loops give the same bytes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 63 }),
      anyRounding,
      (bytes, half, rounding) => {
        const division = divider(2 * half, rounding === 'nearest' ? 0.5 : 0);
        const [fast, plain] = [true, false].map((vectors) =>
          createRunningMean(bytes, 2 * half, division, vectors),
        );
        const [a, b] = [new Uint8Array(bytes), new Uint8Array(bytes)];
        for (let t = 0; t < 8; t++) {
          const frame = noiseFrame(bytes, 1, t).data.subarray(0, bytes);
          fast!.add(frame);
          plain!.add(frame);
          fast!.store(a);
          plain!.store(b);
          expect(sameBytes(a, b)).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('divides every sum exactly', () => {
  for (let frames = 2; frames <= 126; frames += 2) {
    for (const bias of [0, 0.5]) {
      const { start, factor, shift } = divider(frames, bias);
      expect(factor).toBeLessThan(65536);
      let wrong = 0;
      for (let sum = 0; sum <= 255 * frames; sum++) {
        const quotient = Math.imul(sum + start, factor) >>> shift;
        if (quotient !== Math.floor(sum / frames + bias)) wrong++;
      }
      expect(wrong).toBe(0);
    }
  }
});

test('by hand: the mean of two frames before, this one and the next', () => {
  const levels = [0, 40, 80, 200, 201];
  const frames = levels.map((level) => flatFrame(1, 1, [level, 0, 255]));
  const corruption = createClipCorruption('motion-blur', { width: 1, height: 1, halfWindow: 2 });
  // (0 0 0 40) (0 0 40 80) (0 40 80 200) (40 80 200 201) (80 200 201 201)
  expect(streamed(corruption, frames).map(([red]) => red)).toEqual([10, 30, 80, 130, 170]);
  expect([corruption.before, corruption.after]).toEqual([2, 1]);
});

test('the background stays: a still clip comes out as it went in', () => {
  const frame = noiseFrame(12, 9, 4);
  for (const severity of [1, 2, 3, 4, 5] as const) {
    const corruption = createClipCorruption('motion-blur', { width: 12, height: 9, severity });
    for (const data of streamed(corruption, Array(30).fill(frame)))
      expect(sameBytes(data, frame.data)).toBe(true);
  }
});

test('both published tables', () => {
  const halves = (table: 'mini-kinetics-c' | 'mini-ssv2-c') =>
    ([1, 2, 3, 4, 5] as const).map((severity) => {
      const { halfWindow } = createClipCorruption('motion_blur', {
        width: 2,
        height: 2,
        severity,
        table,
      }).parameters;
      expect(SEVERITY[`motion-blur:${table}`][severity]).toEqual({ halfWindow });
      return halfWindow;
    });
  expect(halves('mini-kinetics-c')).toEqual([3, 5, 7, 9, 11]);
  expect(halves('mini-ssv2-c')).toEqual([1, 2, 3, 4, 6]);
});

test('the reported parameters, through JSON, are options that give the same bytes', () => {
  const first = createClipCorruption('motion-blur', {
    width: 5,
    height: 4,
    severity: 2,
    table: 'mini-ssv2-c',
  });
  const again = createClipCorruption('motion-blur', JSON.parse(JSON.stringify(first.parameters)));
  expect(again.parameters).toEqual(first.parameters);
  expect(first.parameters).toMatchObject({ mode: 'temporal', halfWindow: 2, severity: 2 });
  const frames = clipOf(5, 4, 12);
  expect(streamed(again, frames)).toEqual(streamed(first, frames));
});

test('a stream writes into a given frame, which may be the one that came in, and keeps none of them', () => {
  const frames = clipOf(6, 5, 11);
  const corruption = createClipCorruption('motion-blur', { width: 6, height: 5, halfWindow: 3 });
  const expected = streamed(corruption, frames);
  const stream = corruption.stream();
  const buffer = noiseFrame(6, 5, 99);
  const results: Uint8Array[] = [];
  const keep = (result: Frame | undefined) => {
    if (result) expect(result).toBe(buffer);
    if (result) results.push(result.data.slice());
    return result;
  };
  for (const frame of frames) {
    buffer.data.set(frame.data);
    keep(stream.push(buffer, buffer));
  }
  while (keep(stream.flush(buffer)));
  expect(results).toEqual(expected);
  expect(stream.flush()).toBeUndefined();
});

test('streams of one corruption do not meet, and an empty one gives nothing', () => {
  const corruption = createClipCorruption('motion-blur', { width: 3, height: 3, halfWindow: 2 });
  const [a, b] = [clipOf(3, 3, 9), clipOf(3, 3, 20).slice(11)];
  const streams = [corruption.stream(), corruption.stream()];
  const results = a.map((frame, t) => [streams[0]!.push(frame)?.data, streams[1]!.push(b[t]!)?.data]);
  expect(results.map(([first]) => first).filter(Boolean)).toEqual(streamed(corruption, a).slice(0, -1));
  expect(results.map(([, second]) => second).filter(Boolean)).toEqual(streamed(corruption, b).slice(0, -1));
  expect(corruption.stream().flush()).toBeUndefined();
});

describe('errors', () => {
  const options = { width: 4, height: 3, severity: 3 } as const;
  const corruption = createClipCorruption('motion-blur', options);
  const errorOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (RobustaError.isInstance(error)) return error;
    }
    throw new Error('no RobustaError was thrown');
  };

  test.each([
    ['fog', {}, 'createFrameCorruption'],
    ['motion-blur', { mode: 'directional' }, 'createFrameCorruption'],
    ['bit-error', {}, '@robusta/media'],
    ['blur', {}, 'motion-blur'],
  ])('%s %j is refused with a hint at what to use', (name, more, hint) => {
    const error = errorOf(() =>
      createClipCorruption(name as 'motion-blur', { ...options, ...more } as never),
    );
    expect(error).toMatchObject({ code: 'BAD_OPTION', hint: expect.stringContaining(hint) });
  });

  test('single frames know no temporal mode, and say where it is', () => {
    const error = errorOf(() =>
      createFrameCorruption('motion-blur', { ...options, mode: 'temporal' } as never),
    );
    expect(error).toMatchObject({
      code: 'BAD_OPTION',
      hint: expect.stringContaining('createClipCorruption'),
    });
  });

  test.each([{ halfWindow: 0 }, { halfWindow: 64 }, { halfWindow: 1.5 }, { table: 'ssv2' }, { radius: 3 }])(
    '%j is refused by name',
    (wrong) => {
      const error = errorOf(() => createClipCorruption('motion-blur', { ...options, ...wrong } as never));
      expect(error.code).toBe('BAD_OPTION');
      expect(error.message).toContain(Object.keys(wrong)[0]);
    },
  );

  test('without severity and halfWindow', () => {
    const error = errorOf(() => createClipCorruption('motion-blur', { width: 4, height: 3 }));
    expect(error.message).toContain('halfWindow');
  });

  test('frames of another size, indices beyond the clip and frames after its end', () => {
    const frames = clipOf(4, 3, 2);
    const bad = [
      () => corruption.apply(frames, 2),
      () => corruption.apply(frames, -1),
      () => corruption.apply([], 0),
      () => corruption.apply([noiseFrame(3, 4, 1)], 0),
      () => corruption.apply(frames, 0, noiseFrame(3, 3, 1)),
      () => corruption.stream().push(noiseFrame(3, 3, 1)),
      () => corruption.stream().push(noiseFrame(4, 3, 1), noiseFrame(3, 3, 1)),
      () => {
        const stream = corruption.stream();
        stream.flush();
        stream.push(frames[0]!);
      },
    ];
    for (const action of bad) expect(errorOf(action).code).toBe('BAD_INPUT');
  });
});
