import { createRng, RobustaError } from '@robusta/core';
import { BABBLE_TARGET } from '../src/babble-spectra.js';
import { corruptAudio, corruptAudioWithReport } from '../src/index.js';
import { drawTalkers, type Talker } from '../src/phrase.js';
import { talkerVoices } from '../src/talkers.js';
import { VOICE_RATE } from '../src/vocal-tract.js';
import { bandLevels, gaussian, levelStatistics, noiseAlone, rmsOf, snrOf, tone } from './signals.js';

const babble = (seconds: number, sampleRate: number, options: { seed?: number; talkers?: number } = {}) =>
  noiseAlone(
    (clip) => corruptAudio(clip, 'babble', { snrDb: -60, peak: 'none', ...options }),
    seconds,
    sampleRate,
  );

/** Seconds of one talker. */
const voiceOf = (talker: Talker, seed: number, seconds: number) =>
  talkerVoices([talker], [seed])(seconds * VOICE_RATE)[0]!;

const correlation = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, sample, i) => sum + sample * b[i]!, 0) / (a.length * rmsOf(a) * rmsOf(b));

test.each([1, 3])('seed %i: spectrum, spread of levels and kurtosis of a canteen (30 s)', (seed) => {
  const noise = babble(30, 16000, { seed });
  const bands = BABBLE_TARGET.filter(([hz]) => hz >= 100 && hz <= 6300);
  const levels = bandLevels(noise, 16000, [...bands.map(([hz]) => hz), 1000]);
  const reference = levels.pop()!;
  bands.forEach(([, target], i) => {
    expect(Math.abs(levels[i]! - reference - target)).toBeLessThan(3);
  });
  const { spread, kurtosis } = levelStatistics(noise, 16000);
  expect(spread).toBeGreaterThan(1.7);
  expect(spread).toBeLessThan(2.8);
  expect(kurtosis).toBeGreaterThan(0.2);
  expect(kurtosis).toBeLessThan(1);
  expect(rmsOf(noise)).toBeCloseTo(1, 5);
});

test('fewer talkers fluctuate more, more talkers less', () => {
  const spreads = [2, 8, 40].map((talkers) => levelStatistics(babble(15, 16000, { talkers }), 16000).spread);
  expect(spreads[0]!).toBeGreaterThan(1.3 * spreads[1]!);
  expect(spreads[1]!).toBeGreaterThan(1.2 * spreads[2]!);
});

test('no two talkers are correlated above 0.05, and two seeds differ', () => {
  const talkers = drawTalkers(createRng(3), 16);
  const voices = talkerVoices(
    talkers,
    talkers.map((_, t) => t),
  )(10 * VOICE_RATE);
  for (let a = 0; a < 16; a++) {
    for (let b = 0; b < a; b++) expect(Math.abs(correlation(voices[a]!, voices[b]!))).toBeLessThan(0.05);
  }
  expect(Math.abs(correlation(babble(5, 8000, { seed: 1 }), babble(5, 8000, { seed: 2 })))).toBeLessThan(
    0.05,
  );
});

test('men, women and children, each voice in its range', () => {
  const pitches = drawTalkers(createRng(1), 16).map(({ pitch }) => pitch);
  const between = (low: number, high: number) =>
    pitches.filter((pitch) => pitch >= low && pitch < high).length;
  expect(between(80, 160)).toBeGreaterThanOrEqual(8);
  expect(between(160, 400)).toBeGreaterThanOrEqual(7);
  expect(between(80, 400)).toBe(16);
  expect(Math.max(...pitches)).toBeGreaterThan(230);
});

/** Phrases and pauses, below 1 Hz, are left out. */
const halfOctaves = [1, 1.41, 2, 2.83, 4, 5.66, 8, 11.3] as const;

/** Power of the envelope's modulation in half-octaves from 1 to 11 Hz, against the squared mean. */
function modulation(samples: Float32Array, rate: number): number[] {
  const hop = rate / 100;
  const envelope = Array.from({ length: Math.floor(samples.length / hop) }, (_, j) =>
    rmsOf(samples.subarray(j * hop, (j + 1) * hop)),
  );
  const mean = envelope.reduce((sum, value) => sum + value, 0) / envelope.length;
  const power = (frequency: number) => {
    const [stepRe, stepIm] = [Math.cos(0.02 * Math.PI * frequency), Math.sin(0.02 * Math.PI * frequency)];
    let [re, im, turnRe, turnIm] = [0, 0, 1, 0];
    for (const value of envelope) {
      re += (value / mean - 1) * turnRe;
      im += (value / mean - 1) * turnIm;
      [turnRe, turnIm] = [turnRe * stepRe - turnIm * stepIm, turnRe * stepIm + turnIm * stepRe];
    }
    return (re * re + im * im) / envelope.length ** 2;
  };
  return halfOctaves.map((center) => {
    let sum = 0;
    for (let f = center / 2 ** 0.25; f < center * 2 ** 0.25; f += 100 / envelope.length) sum += power(f);
    return sum;
  });
}

const strongest = (powers: readonly number[]) => halfOctaves[powers.indexOf(Math.max(...powers))]!;

test('the rhythm of syllables: envelopes are modulated most around 3 to 5 Hz', () => {
  const crowds = [5, 6, 7, 8].map((seed) => modulation(babble(30, 8000, { seed }), 8000));
  const mean = halfOctaves.map((_, b) => crowds.reduce((sum, powers) => sum + powers[b]!, 0));
  // Half-octaves of a crowd of 2 minutes are uncertain by half a step.
  expect([2, 2.83, 4]).toContain(strongest(mean));
  const talkers = drawTalkers(createRng(3), 3).map((talker, t) =>
    modulation(voiceOf(talker, t, 30), VOICE_RATE),
  );
  const alone = halfOctaves.map((_, b) => talkers.reduce((sum, powers) => sum + powers[b]!, 0));
  expect([2.83, 4, 5.66]).toContain(strongest(alone));
});

test('a talker pauses between phrases', () => {
  const voice = voiceOf(drawTalkers(createRng(3), 16)[0]!, 4, 20);
  let silent = 0;
  let longest = 0;
  let run = 0;
  for (const sample of voice) {
    run = Math.abs(sample) < 1e-3 ? run + 1 : 0;
    if (run > 0.1 * VOICE_RATE) silent++;
    longest = Math.max(longest, run);
  }
  expect(silent / voice.length).toBeGreaterThan(0.05);
  expect(silent / voice.length).toBeLessThan(0.5);
  expect(longest / VOICE_RATE).toBeLessThan(1.1);
});

test('the same crowd at every rate, band-limited', () => {
  const low = babble(2, 20000, { seed: 8 });
  const high = babble(2, 40000, { seed: 8 });
  const every = low.map((_, i) => high[2 * i]!);
  expect(correlation(low, every)).toBeGreaterThan(0.999);
  for (const rate of [8000, 192000]) {
    const noise = babble(1, rate, { seed: 8 });
    expect(noise.length).toBe(rate);
    expect(rmsOf(noise)).toBeCloseTo(1, 4);
  }
});

test.each([
  [1, 20],
  [3, 10],
  [5, 0],
] as const)('severity %i reaches %i dB', (severity, snr) => {
  const channels = [tone(8000, 16000), gaussian(8000, 1, 0.05)];
  const { clip, report } = corruptAudioWithReport({ sampleRate: 16000, channels }, 'babble', {
    severity,
    seed: 3,
    peak: 'none',
  });
  expect(Math.abs(snrOf(channels, clip.channels) - snr)).toBeLessThan(0.01);
  expect(report.measured.snrDb).toBeCloseTo(snr, 9);
});

describe('given speech', () => {
  const rate = 16000;
  const spoken = (frequency: number, level: number) => {
    const samples = new Float32Array(rate);
    for (let i = 3000; i < 13000; i++) samples[i] = level * Math.sin((2 * Math.PI * frequency * i) / rate);
    return { sampleRate: rate, channels: [samples] };
  };
  const run = (speech: { sampleRate: number; channels: Float32Array[] }[], talkers: number) =>
    corruptAudioWithReport({ sampleRate: rate, channels: [new Float32Array(20 * rate)] }, 'babble', {
      snrDb: -60,
      peak: 'none',
      speech,
      talkers,
    });

  test('clips are trimmed, brought to one level, and all are used equally', () => {
    const { clip, report } = run([spoken(500, 0.5), spoken(1000, 0.01), spoken(2000, 0.1)], 16);
    const levels = bandLevels(clip.channels[0]!, rate, [500, 1000, 2000]).map(
      // Bands of a third-octave get wider with frequency.
      (level, i) => level + 10 * Math.log10(2 ** i),
    );
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(2);
    expect(report.parameters).not.toHaveProperty('speech');
  });

  test('one talker: gaps of 0.15 to 0.9 s between clips', () => {
    const { clip } = run([spoken(500, 0.5)], 1);
    const gaps: number[] = [];
    let quiet = 0;
    for (const sample of clip.channels[0]!) {
      if (Math.abs(sample) > 1e-3) {
        if (quiet > 200) gaps.push(quiet / rate);
        quiet = 0;
      } else quiet++;
    }
    expect(gaps.length).toBeGreaterThan(8);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThan(0.14);
      // The ends of a clip keep up to 20 ms of silence each.
      expect(gap).toBeLessThan(0.95);
    }
  });

  test('silent clips are BAD_INPUT and named', () => {
    expect(() => run([spoken(500, 0.5), spoken(500, 0)], 4)).toThrow(/speech\[1\].*silent/);
    try {
      run([{ sampleRate: rate, channels: [new Float32Array(0)] }], 4);
    } catch (error) {
      expect(RobustaError.isInstance(error) && error.code).toBe('BAD_INPUT');
    }
  });

  test('not together with a recording', () => {
    const speech = [spoken(500, 0.5)];
    expect(() =>
      corruptAudio(spoken(300, 0.1), 'babble', { severity: 3, speech, noise: speech[0]! }),
    ).toThrow(/speech/);
  });
});
