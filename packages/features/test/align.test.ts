import type { FeatureSequence, Modality } from '@robusta/core';
import fc from 'fast-check';
import { alignModalities } from '../src/index.js';

/** Rows whose only number is their index. */
function rows(modality: Modality, length: number): FeatureSequence {
  return { modality, length, crops: 1, dim: 1, data: Float32Array.from({ length }, (_, k) => k) };
}
const refusal = (visual: FeatureSequence, audio: FeatureSequence, options: unknown) => {
  try {
    alignModalities(visual, audio, options as never);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error('was not refused');
};

test('equal lengths pass through every policy untouched', () => {
  const visual = rows('visual', 4);
  const audio = rows('audio', 4);
  for (const policy of ['strict', 'trim', 'resample'] as const) {
    expect(alignModalities(visual, audio, { policy })).toEqual({ visual, audio });
  }
});

test('strict names both lengths and hops and says what to do', () => {
  const error = refusal(rows('visual', 21), rows('audio', 20), { policy: 'strict' });
  expect(error.code).toBe('LENGTH_MISMATCH');
  expect(error.message).toBe('21 visual rows of 0.6667 s do not match 20 audio rows of 0.6667 s');
  expect(error.hint).toContain('trim');
  const hops = refusal(rows('visual', 20), rows('audio', 14), { policy: 'trim', audioHopSeconds: 0.96 });
  expect(hops.message).toBe('20 visual rows of 0.6667 s do not match 14 audio rows of 0.96 s');
  expect(hops.hint).toContain('resample');
});

test('trim cuts both to the shorter one', () => {
  const { visual, audio } = alignModalities(rows('visual', 5), rows('audio', 3), { policy: 'trim' });
  expect([...visual.data]).toEqual([0, 1, 2]);
  expect([...audio.data]).toEqual([0, 1, 2]);
});

test('resample takes the audio row that sounds in the middle of each snippet', () => {
  const { visual, audio } = alignModalities(rows('visual', 9), rows('audio', 6), {
    policy: 'resample',
    audioHopSeconds: 0.96,
  });
  expect(visual.length).toBe(9);
  // Middles at 1/3, 1, 5/3, ... s; row r lasts from 0.96 r to 0.96 (r + 1).
  expect([...audio.data]).toEqual([0, 1, 1, 2, 3, 3, 4, 5, 5]);
});

test('resample: always one row a snippet, in order, never further than a hop away', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0.1, max: 2, noNaN: true }),
      (visualRows, audioRows, audioHopSeconds) => {
        const { audio } = alignModalities(rows('visual', visualRows), rows('audio', audioRows), {
          policy: 'resample',
          audioHopSeconds,
        });
        expect(audio.length).toBe(visualRows);
        audio.data.forEach((row, k) => {
          expect(row).toBeGreaterThanOrEqual(k > 0 ? audio.data[k - 1]! : 0);
          if (row < audioRows - 1 && Math.abs(audioHopSeconds - 2 / 3) > 1e-9) {
            const middle = ((k + 0.5) * 2) / 3;
            expect(Math.abs((row + 0.5) * audioHopSeconds - middle)).toBeLessThanOrEqual(
              audioHopSeconds / 2 + 1e-6,
            );
          }
        });
      },
    ),
  );
});

test('refuses swapped, empty and malformed sequences and unknown policies', () => {
  const options = { policy: 'trim' };
  expect(refusal(rows('audio', 2), rows('visual', 2), options).code).toBe('BAD_INPUT');
  expect(refusal(rows('visual', 0), rows('audio', 2), options).code).toBe('EMPTY_INPUT');
  expect(refusal({ ...rows('visual', 2), dim: 3 }, rows('audio', 2), options).code).toBe('BAD_INPUT');
  expect(refusal({ ...rows('visual', 2), crops: 0.5 }, rows('audio', 2), options).code).toBe('BAD_INPUT');
  expect(refusal(rows('visual', 2), rows('audio', 2), { policy: 'pad' }).code).toBe('BAD_OPTION');
  expect(refusal(rows('visual', 2), rows('audio', 2), { policy: 'trim', hop: 1 }).code).toBe('BAD_OPTION');
});
