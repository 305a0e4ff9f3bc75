import fc from 'fast-check';
import { corruptAudio, corruptAudioWithReport, SEVERITY } from '../src/index.js';
import { bandLevels, gaussian, rmsOf, tone, worst } from './signals.js';

const shifts = [-12, -9, -6, -4, -2, 2, 4, 6, 9, 12] as const;
const sine = (length: number, rate: number, frequency: number, level = 0.5) =>
  Float32Array.from({ length }, (_, i) => level * Math.sin((2 * Math.PI * frequency * i) / rate));
const shift = (samples: Float32Array, sampleRate: number, options: { semitones: number; method?: 'wsola' }) =>
  corruptAudio({ sampleRate, channels: [samples] }, 'pitch-shift', options).channels[0]!;

/** The frequency of a sine near a guess, from the turn of its phase between two halves. */
function frequencyOf(samples: Float32Array, sampleRate: number, guess: number): number {
  const half = samples.length >> 1;
  const phase = (from: number) => {
    let [re, im] = [0, 0];
    for (let i = 0; i < half; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / half);
      const angle = (2 * Math.PI * guess * (from + i)) / sampleRate;
      re += window * samples[from + i]! * Math.cos(angle);
      im -= window * samples[from + i]! * Math.sin(angle);
    }
    return Math.atan2(im, re);
  };
  let turn = phase(half) - phase(0);
  turn -= 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  return guess + (turn / (2 * Math.PI)) * (sampleRate / half);
}

describe.each(['vocoder', 'wsola'] as const)('%s', (method) => {
  test.each(shifts)('%i semitones: cents, level and length of sines', (semitones) => {
    for (const sampleRate of [16000, 44100]) {
      for (const frequency of sampleRate === 16000 ? [220, 440, 1000] : [440]) {
        const samples = sine(sampleRate, sampleRate, frequency);
        const result = corruptAudio({ sampleRate, channels: [samples] }, 'pitch-shift', { semitones, method })
          .channels[0]!;
        expect(result.length).toBe(samples.length);
        const inner = result.subarray(0.2 * sampleRate, 0.8 * sampleRate);
        const wanted = frequency * 2 ** (semitones / 12);
        const cents = 1200 * Math.log2(frequencyOf(inner, sampleRate, wanted) / wanted);
        expect(Math.abs(cents)).toBeLessThan(5);
        const gain = 20 * Math.log10(rmsOf(inner) / rmsOf(samples));
        expect(Math.abs(gain)).toBeLessThan(Math.abs(semitones) <= 4 ? 1 : 2);
      }
    }
  });

  test.each(shifts)('%i semitones: decaying clicks keep their times within 10 ms', (semitones) => {
    for (const sampleRate of Math.abs(semitones) === 12 ? [16000, 44100] : [16000]) {
      const times = [0.3, 0.71, 1.13, 1.4];
      const samples = new Float32Array(2 * sampleRate);
      const noise = gaussian(samples.length, 9, 1);
      for (const time of times) {
        for (let i = 0; i < 0.03 * sampleRate; i++) {
          samples[Math.round(time * sampleRate) + i]! += noise[i]! * Math.exp(-i / (0.003 * sampleRate));
        }
      }
      const result = corruptAudio({ sampleRate, channels: [samples] }, 'pitch-shift', { semitones, method })
        .channels[0]!;
      const peak = (signal: Float32Array, time: number) => {
        let best = Math.round((time - 0.1) * sampleRate);
        for (let i = best; i < (time + 0.1) * sampleRate; i++) {
          if (Math.abs(signal[i]!) > Math.abs(signal[best]!)) best = i;
        }
        return best / sampleRate;
      };
      for (const time of times) expect(Math.abs(peak(result, time) - peak(samples, time))).toBeLessThan(0.01);
    }
  });

  test('lowered, there is nothing left above the Nyquist frequency over the ratio', () => {
    const result = corruptAudio({ sampleRate: 16000, channels: [gaussian(32000, 3)] }, 'pitch-shift', {
      semitones: -12,
      method,
    }).channels[0]!;
    const [inside, outside] = bandLevels(result, 16000, [2000, 5500]);
    expect(outside! - inside!).toBeLessThan(-60);
  });

  test('raised, a tone that would pass the Nyquist frequency is gone, not folded back', () => {
    const result = corruptAudio({ sampleRate: 16000, channels: [sine(32000, 16000, 6000)] }, 'pitch-shift', {
      semitones: 12,
      method,
    }).channels[0]!;
    expect(rmsOf(result.subarray(4000, 28000))).toBeLessThan(1e-3);
  });
});

test('a tone in the middle of silence stays there', () => {
  const samples = new Float32Array(32000);
  samples.set(sine(8000, 16000, 440), 12000);
  for (const semitones of [-12, 7]) {
    const result = shift(samples, 16000, { semitones });
    const inside = rmsOf(result.subarray(13000, 19000));
    expect(Math.abs(20 * Math.log10(inside / rmsOf(samples.subarray(13000, 19000))))).toBeLessThan(1.5);
    expect(rmsOf(result.subarray(0, 11000))).toBeLessThan(0.01 * inside);
    expect(rmsOf(result.subarray(21500, 32000))).toBeLessThan(0.01 * inside);
  }
});

test('two tones keep their proportion, as a shift of frequencies would not', () => {
  const samples = sine(32000, 16000, 500, 0.4).map(
    (sample, i) => sample + 0.2 * Math.sin((2 * Math.PI * 1500 * i) / 16000),
  );
  const result = shift(samples, 16000, { semitones: 5 }).subarray(4000, 28000);
  const ratio = 2 ** (5 / 12);
  const amplitude = (frequency: number) => {
    let [re, im] = [0, 0];
    result.forEach((sample, i) => {
      const window = 1 - Math.cos((2 * Math.PI * i) / result.length);
      re += window * sample * Math.cos((2 * Math.PI * frequency * i) / 16000);
      im += window * sample * Math.sin((2 * Math.PI * frequency * i) / 16000);
    });
    return (2 * Math.hypot(re, im)) / result.length;
  };
  expect(amplitude(500 * ratio)).toBeCloseTo(0.4, 2);
  expect(amplitude(1500 * ratio)).toBeCloseTo(0.2, 2);
});

test('channels keep their phases to one another', () => {
  const left = tone(32000, 16000);
  const channels = [left, left.map((sample) => -0.5 * sample)];
  const result = corruptAudio({ sampleRate: 16000, channels }, 'pitch-shift', { semitones: 6 }).channels;
  expect(
    worst(
      result[1]!,
      result[0]!.map((sample) => -0.5 * sample),
    ),
  ).toBeLessThan(1e-5);
});

test('the table, its sign from the seed; 0 semitones are the clip', () => {
  expect([1, 2, 3, 4, 5].map((severity) => SEVERITY['pitch-shift'][severity as 1].semitones)).toEqual([
    2, 4, 6, 9, 12,
  ]);
  const clip = { sampleRate: 8000, channels: [tone(2000, 8000)] };
  const signs = Array.from({ length: 40 }, (_, seed) => {
    const run = (severity: 2 | 5) =>
      corruptAudioWithReport(clip, 'pitch-shift', { severity, seed }).report.parameters.semitones;
    expect(Math.sign(run(2))).toBe(Math.sign(run(5)));
    expect(Math.abs(run(2))).toBe(4);
    return Math.sign(run(5));
  });
  const up = signs.filter((sign) => sign > 0).length;
  expect(up).toBeGreaterThan(8);
  expect(up).toBeLessThan(32);
  expect(corruptAudio(clip, 'pitch-shift', { semitones: 0 })).toEqual(clip);
});

test('any length, silence included, gives as many finite samples', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3000 }),
      fc.double({ min: -24, max: 24, noNaN: true }),
      fc.boolean(),
      fc.constantFrom('vocoder' as const, 'wsola' as const),
      (length, semitones, silent, method) => {
        const samples = silent ? new Float32Array(length) : gaussian(length, 1);
        const result = corruptAudio({ sampleRate: 8000, channels: [samples] }, 'pitch-shift', {
          semitones,
          method,
        }).channels[0]!;
        expect(result.length).toBe(length);
        expect(result.every(Number.isFinite)).toBe(true);
        if (silent) expect(result.every((sample) => sample === 0)).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});
