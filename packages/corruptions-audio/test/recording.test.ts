import { RobustaError } from '@robusta/core';
import { corruptAudio, corruptAudioWithReport } from '../src/index.js';
import { noiseLoop } from '../src/recording.js';
import { resample } from '../src/resample.js';
import { gaussian, rmsOf, snrOf, tone, worst } from './signals.js';

const sine = (length: number, rate: number, frequency: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));

test.each([
  [19980, 44100],
  [19980, 16000],
  [48000, 8000],
  [8000, 48000],
])('resampling %i to %i Hz keeps a sine', (from, to) => {
  const frequency = 1000;
  const [inputs, count] = [from / 4, to / 4];
  const result = resample(sine(inputs, from, frequency), from, to, 0, count);
  // Away from the ends, where the filter reaches into silence; -80 dB.
  const margin = Math.ceil(to * 0.02);
  const inner = (samples: Float32Array) => samples.subarray(margin, count - margin);
  expect(worst(inner(result), inner(sine(count, to, frequency)))).toBeLessThan(1e-4);
});

test('what lies above the new Nyquist frequency is gone, by 80 dB', () => {
  const result = resample(sine(12000, 48000, 5000), 48000, 8000, 0, 2000).subarray(400, 1600);
  expect(rmsOf(result)).toBeLessThan(1e-4);
});

test('a piece is resampled as it is in the whole', () => {
  const samples = gaussian(5000, 1);
  const whole = resample(samples, 19980, 16000, 0, 4000);
  expect(resample(samples, 19980, 16000, 1234, 500)).toEqual(whole.slice(1234, 1734));
});

test('a recording is mixed to mono, starts at the offset and wraps around', () => {
  const left = Float32Array.of(1, 2, 3, 4, 5);
  const right = Float32Array.of(3, 2, 1, 0, -1);
  const loop = noiseLoop({ sampleRate: 8000, channels: [left, right] }, 8000, undefined, 0);
  expect(loop.length).toBe(5);
  expect(Array.from(loop.from(3)(9))).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2]);
  const mono = noiseLoop({ sampleRate: 8000, channels: [left] }, 8000, undefined, 0);
  expect(Array.from(mono.from(3)(9))).toEqual([4, 5, 1, 2, 3, 4, 5, 1, 2]);
  expect(Array.from(mono.from(0)(0))).toEqual([]);
});

test('the cross-fade joins the end to the start with equal power', () => {
  const noise = gaussian(8000, 2, 0.1);
  const loop = noiseLoop({ sampleRate: 8000, channels: [noise] }, 8000, undefined, 100);
  expect(loop.length).toBe(7200);
  const read = loop.from(0)(7200);
  expect(read.slice(800)).toEqual(noise.slice(800, 7200));
  // The last sample before the join is followed by what followed it in the recording.
  expect(Math.abs(read[0]! - noise[7200]!)).toBeLessThan(2e-3);
  expect(rmsOf(read.subarray(0, 800)) / rmsOf(noise)).toBeGreaterThan(0.85);
});

test('the SNR holds for recordings at another rate, and the offset comes from the seed', () => {
  const channels = [tone(4000, 16000)];
  const noise = { sampleRate: 19980, channels: [gaussian(60000, 3)] };
  const run = (seed: number) =>
    corruptAudioWithReport({ sampleRate: 16000, channels }, 'white', {
      severity: 2,
      seed,
      noise,
      peak: 'none',
    });
  const { clip, report } = run(1);
  expect(Math.abs(snrOf(channels, clip.channels) - 15)).toBeLessThan(0.01);
  expect(report.parameters).not.toHaveProperty('noise');
  expect(run(2).report.parameters.noiseOffset).not.toBe(report.parameters.noiseOffset);
  const replayed = corruptAudio({ sampleRate: 16000, channels }, 'white', { ...report.parameters, noise });
  expect(replayed).toEqual(clip);
});

test('assumeSampleRate takes the place of a wrong header', () => {
  const clip = { sampleRate: 16000, channels: [tone(4000, 16000)] };
  const samples = gaussian(30000, 3);
  const options = { severity: 2, seed: 1 } as const;
  expect(
    corruptAudio(clip, 'white', {
      ...options,
      noise: { sampleRate: 8000, channels: [samples] },
      assumeSampleRate: 19980,
    }),
  ).toEqual(corruptAudio(clip, 'white', { ...options, noise: { sampleRate: 19980, channels: [samples] } }));
});

test('silent and empty recordings are BAD_INPUT, and so is a silent piece', () => {
  const clip = { sampleRate: 16000, channels: [tone(400, 16000)] };
  const half = gaussian(8000, 1);
  half.fill(0, 0, 4000);
  for (const [samples, noiseOffset] of [
    [new Float32Array(0), 0],
    [new Float32Array(99), 0],
    [half, 100],
  ] as const) {
    const noise = { sampleRate: 16000, channels: [samples] };
    let caught: unknown;
    try {
      corruptAudio(clip, 'white', { severity: 3, noise, noiseOffset });
    } catch (error) {
      caught = error;
    }
    expect(RobustaError.isInstance(caught) && caught.code).toBe('BAD_INPUT');
  }
});
