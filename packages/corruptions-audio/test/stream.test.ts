import { type AudioClip, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import {
  type AudioCorruptionOptions,
  type AudioLevel,
  corruptAudioStream,
  corruptAudioWithReport,
  createAudioCorruption,
} from '../src/index.js';
import { joinPieces } from '../src/stage.js';
import { gaussian, tone } from './signals.js';

const rate = 8000;
type Case = readonly [name: 'babble', options: AudioCorruptionOptions<'babble'>];

/** Every corruption, in every mode that has a form of its own. */
const cases = [
  ['babble', { severity: 3 }],
  ['babble', { severity: 3, speech: [{ sampleRate: 11025, channels: [tone(3000, 11025)] }], talkers: 3 }],
  ['hf-channel', { severity: 4 }],
  ['hf-channel', { severity: 4, mode: 'radio' }],
  ['pink', { severity: 5 }],
  ['pitch-shift', { semitones: 7 }],
  ['pitch-shift', { semitones: -12 }],
  ['pitch-shift', { semitones: 3, method: 'wsola' }],
  ['random-dropout', { severity: 4 }],
  ['random-dropout', { severity: 4, unit: 'frames' }],
  ['random-dropout', { severity: 4, unit: 'samples' }],
  ['reverb', { severity: 1 }],
  ['reverb', { severity: 1, mode: 'room' }],
  ['reverb', { severity: 1, level: 'none' }],
  ['white', { severity: 5 }],
  ['white', { severity: 5, channels: 'independent', peak: 'clip' }],
  ['white', { severity: 2, noise: { sampleRate: 19980, channels: [gaussian(5000, 8)] }, loopFadeMs: 20 }],
  ['pink', { severity: 2, noise: { sampleRate: rate, channels: [gaussian(50000, 8)] } }],
] as unknown as Case[];

const loud = (length: number): AudioClip => ({
  sampleRate: rate,
  channels: [tone(length, rate).map((sample) => 1.9 * sample), gaussian(length, 3, 0.2)],
});

/** Cuts at growing places, some pieces empty. */
function cut({ sampleRate, channels }: AudioClip, places: readonly number[]): AudioClip[] {
  const { length } = channels[0]!;
  const edges = [0, ...places.map((place) => Math.floor(place * length)).sort((a, b) => a - b), length];
  return edges
    .slice(1)
    .map((end, i) => ({ sampleRate, channels: channels.map((samples) => samples.slice(edges[i], end)) }));
}

/** All passes by hand, each with cuts of its own. */
function stream([name, options]: Case, clip: AudioClip, cuts: readonly (readonly number[])[]) {
  const format = { sampleRate: clip.sampleRate, channels: clip.channels.length };
  const corruption = createAudioCorruption(name, options, format);
  let level: AudioLevel = {};
  let passes = 0;
  for (let pass = corruption.levelPass(level); pass; pass = corruption.levelPass(level)) {
    for (const { channels } of cut(clip, cuts[passes % cuts.length]!)) pass.add(channels);
    level = pass.finish();
    passes++;
  }
  const pass = corruption.start(level);
  let channels = clip.channels.map(() => new Float32Array(0)) as Float32Array[];
  for (const piece of cut(clip, cuts[passes % cuts.length]!)) {
    channels = joinPieces(channels, pass.process(piece.channels));
  }
  return { channels: joinPieces(channels, pass.flush()), report: pass.report(), passes };
}

test.each(cases)(
  '%s %j: any pieces give the samples and the report of the whole clip, bit for bit',
  (...one) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20000 }),
        fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), {
          minLength: 1,
          maxLength: 3,
        }),
        (length, cuts) => {
          const clip = loud(length);
          const before = clip.channels.map((samples) => samples.slice());
          const whole = corruptAudioWithReport(clip, one[0], one[1]);
          const pieces = stream(one, clip, cuts);
          expect(pieces.channels.map((samples) => samples.length)).toEqual([length, length]);
          pieces.channels.forEach((samples, c) => {
            const other = whole.clip.channels[c]!;
            expect(samples.findIndex((sample, i) => !Object.is(sample, other[i]))).toBe(-1);
          });
          expect(pieces.report).toEqual(whole.report);
          expect(clip.channels).toEqual(before);
        },
      ),
      { numRuns: 3 },
    );
  },
);

test.each([
  ['white', { severity: 3 }, 2],
  ['white', { severity: 3, peak: 'clip' }, 1],
  ['reverb', { severity: 3 }, 1],
  ['reverb', { severity: 3, level: 'none' }, 0],
  ['random-dropout', { severity: 3 }, 1],
  ['random-dropout', { severity: 3, unit: 'samples' }, 0],
  ['pitch-shift', { severity: 3 }, 0],
] as const)('%s %j needs %i measuring passes', (name, options, passes) => {
  expect(stream([name, options] as unknown as Case, loud(500), [[0.5]]).passes).toBe(passes);
});

test('a sound that can be read again: corruptAudioStream makes the passes', async () => {
  const clip = loud(20000);
  for (const [name, options] of cases) {
    let opened = 0;
    const read = () => {
      opened++;
      return cut(clip, [0.1, 0.1, 0.7]);
    };
    const whole = corruptAudioWithReport(clip, name, options);
    let channels = clip.channels.map(() => new Float32Array(0)) as Float32Array[];
    const iterator = corruptAudioStream(read, name, options);
    let step = await iterator.next();
    for (; !step.done; step = await iterator.next()) {
      expect(step.value.sampleRate).toBe(rate);
      channels = joinPieces(channels, step.value.channels);
    }
    expect(channels).toEqual(whole.clip.channels);
    expect(step.value).toEqual(whole.report);
    expect(opened).toBeGreaterThan(0);
  }
});

test('no sound at all', async () => {
  const iterator = corruptAudioStream(() => [], 'white', { severity: 3 });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('live sound takes a level from elsewhere', () => {
  const corruption = createAudioCorruption(
    'white',
    { snrDb: 10, peak: 'clip' },
    { sampleRate: rate, channels: 1 },
  );
  const pass = corruption.start({ signalRms: 0.1 });
  const [result] = pass.process([new Float32Array(40000)]);
  const level = Math.sqrt(result!.reduce((sum, sample) => sum + sample * sample, 0) / 40000);
  expect(level).toBeCloseTo(0.1 / Math.sqrt(10), 3);
  expect(pass.report().measured.gain).toBeCloseTo(0.1 / Math.sqrt(10), 9);
});

describe('errors', () => {
  const codeOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (RobustaError.isInstance(error)) return error.code;
    }
    return undefined;
  };
  const format = { sampleRate: rate, channels: 2 };
  const white = createAudioCorruption('white', { severity: 3 }, format);

  test.each<[string, () => unknown]>([
    ['BAD_OPTION', () => white.start()],
    ['BAD_OPTION', () => white.start({ signalRms: 0.1 })],
    ['BAD_OPTION', () => white.start({ signalRms: -1, peak: 1 })],
    ['BAD_OPTION', () => createAudioCorruption('bitrate', { severity: 3 }, format)],
    ['BAD_INPUT', () => createAudioCorruption('white', { severity: 3 }, { sampleRate: 7999, channels: 1 })],
    ['BAD_INPUT', () => createAudioCorruption('white', { severity: 3 }, { sampleRate: 8000, channels: 0 })],
    ['BAD_INPUT', () => white.levelPass()!.add([new Float32Array(3)])],
    ['LENGTH_MISMATCH', () => white.levelPass()!.add([new Float32Array(3), new Float32Array(4)])],
    ['NON_FINITE', () => white.levelPass()!.add([Float32Array.of(0), Float32Array.of(Number.NaN)])],
    [
      'NON_FINITE',
      () => white.start({ signalRms: 0, peak: 0 }).process([Float32Array.of(0), Float32Array.of(1 / 0)]),
    ],
  ])('%s', (code, action) => {
    expect(codeOf(action)).toBe(code);
  });

  test('a rate that changes on the way', async () => {
    const pieces = [
      { sampleRate: 8000, channels: [new Float32Array(4)] },
      { sampleRate: 16000, channels: [new Float32Array(4)] },
    ];
    await expect(corruptAudioStream(() => pieces, 'pink', { severity: 3 }).next()).rejects.toThrow(
      /8000 to 16000/,
    );
  });
});
