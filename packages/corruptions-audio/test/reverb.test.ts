import fc from 'fast-check';
import { createConvolver } from '../src/convolve.js';
import { roomResponse } from '../src/impulse-response.js';
import { corruptAudio, corruptAudioWithReport, SEVERITY } from '../src/index.js';
import { placed, shoeboxResponse } from '../src/shoebox.js';
import { runStage } from '../src/stage.js';
import { gaussian, rmsOf, t30, thirdOctaveLevels, tone, worst } from './signals.js';

const severities = [1, 2, 3, 4, 5] as const;

/** The response itself: what comes out for a single 1. */
function responseOf(severity: 1 | 2 | 3 | 4 | 5, seed: number, sampleRate: number) {
  const click = new Float32Array(Math.round(3 * sampleRate));
  click[0] = 1;
  const { clip, report } = corruptAudioWithReport({ sampleRate, channels: [click] }, 'reverb', {
    severity,
    seed,
    level: 'none',
  });
  const start = 1 + Math.round((report.parameters.preDelayMs! * sampleRate) / 1000);
  return { samples: clip.channels[0]!, start, preDelayMs: report.parameters.preDelayMs! };
}

test.each(severities)(
  'severity %i: T30 within 5 %%, direct over reverberant energy within 0.2 dB',
  (severity) => {
    const { rt60Seconds, drrDb } = SEVERITY.reverb[severity];
    for (const sampleRate of [8000, 16000]) {
      const { samples, start } = responseOf(severity, 17, sampleRate);
      const tail = samples.subarray(start, start + Math.round(rt60Seconds * sampleRate));
      expect(Math.abs(t30(tail, sampleRate) / rt60Seconds - 1)).toBeLessThan(0.05);
      const ratio = -10 * Math.log10(tail.reduce((sum, sample) => sum + sample ** 2, 0));
      expect(Math.abs(ratio - drrDb)).toBeLessThan(0.2);
      expect(samples[0]).toBeCloseTo(1, 6);
      expect(rmsOf(samples.subarray(1, start))).toBeLessThan(1e-7);
    }
  },
);

test('the pre-delay is 2 to 10 ms from the seed, the same for all severities', () => {
  const delays = Array.from({ length: 25 }, (_, seed) => responseOf(1, seed, 8000).preDelayMs);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...delays)).toBeLessThan(10);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(6);
  expect(responseOf(5, 3, 8000).preDelayMs).toBe(responseOf(1, 3, 8000).preDelayMs);
});

test('the convolution is the sum as it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1500 }), (taps, length) => {
      const h = Float64Array.from(gaussian(taps, 1));
      const x = gaussian(length, 2);
      const expected = Float64Array.from({ length }, (_, n) => {
        let sum = 0;
        for (let k = 0; k < taps && k <= n; k++) sum += h[k]! * x[n - k]!;
        return sum;
      });
      expect(worst(runStage(createConvolver([h], 1), [x])[0]!, expected)).toBeLessThan(2e-6);
    }),
    { numRuns: 50 },
  );
});

test('many blocks of a long clip join without a seam', () => {
  const h = Float64Array.from(gaussian(2100, 5));
  const x = gaussian(40000, 6);
  const y = runStage(createConvolver([h], 1), [x])[0]!;
  for (const n of [0, 1, 2099, 6091, 6092, 6093, 12184, 20000, 39999]) {
    let sum = 0;
    for (let k = 0; k < h.length && k <= n; k++) sum += h[k]! * x[n - k]!;
    expect(Math.abs(y[n]! - sum)).toBeLessThan(2e-6);
  }
});

test('the level of the clip is kept over all channels, and one response serves all', () => {
  const channels = [tone(8000, 8000), gaussian(8000, 1, 0.02), new Float32Array(8000)];
  const { clip, report } = corruptAudioWithReport({ sampleRate: 8000, channels }, 'reverb', {
    severity: 3,
    seed: 1,
  });
  const level = (all: Float32Array[]) => rmsOf(all.flatMap((channel) => Array.from(channel)));
  expect(level(clip.channels)).toBeCloseTo(level(channels), 6);
  expect(clip.channels[2]!.every((sample) => sample === 0)).toBe(true);
  const alone = corruptAudio({ sampleRate: 8000, channels: [channels[1]!] }, 'reverb', {
    severity: 3,
    seed: 1,
    level: 'none',
  });
  expect(
    worst(
      alone.channels[0]!.map((sample) => sample * report.measured.gain),
      clip.channels[1]!,
    ),
  ).toBeLessThan(1e-6);
});

test('damping makes the treble of the tail fall twice as fast', () => {
  const room = { rt60Seconds: 1, drrDb: 0, preDelayMs: 5 };
  const response = roomResponse(4, 16000, { ...room, dampingHz: 4000 });
  const tail = Float32Array.from(response.subarray(81));
  const drop = (frequency: number) => {
    const [first] = thirdOctaveLevels(tail.subarray(0, 8192), 16000, frequency, frequency);
    const [later] = thirdOctaveLevels(tail.subarray(7000, 15192), 16000, frequency, frequency);
    return first! - later!;
  };
  // 7000 samples are 0.4375 s: 26 dB at an RT60 of 1 s, 52 dB at one of 0.5 s.
  expect(Math.abs(drop(1000) - 26.25)).toBeLessThan(4);
  expect(Math.abs(drop(6300) - 52.5)).toBeLessThan(4);
  expect(-10 * Math.log10(tail.reduce((sum, sample) => sum + sample ** 2, 0))).toBeCloseTo(0, 4);
});

const shoebox = [7, 5, 3] as const;

test.each(severities)(
  'a shoebox at severity %i: T30, ratio, and no step where the images end',
  (severity) => {
    const { rt60Seconds, drrDb } = SEVERITY.reverb[severity];
    const mixing = Math.round(0.002 * Math.sqrt(105) * 16000);
    const steps = Array.from({ length: 12 }, (_, seed) => {
      const h = shoeboxResponse(seed, 16000, { roomMetres: shoebox, rt60Seconds, drrDb });
      const energy = (from: number, to: number) => h.subarray(from, to).reduce((sum, x) => sum + x * x, 0);
      expect(h[0]).toBe(1);
      // The first echoes of a small room are few and may stand out of the line: more room where the decay is short.
      const room = rt60Seconds < 0.5 ? 0.1 : 0.05;
      expect(Math.abs(t30(h.subarray(1), 16000) / rt60Seconds - 1)).toBeLessThan(room);
      expect(-10 * Math.log10(energy(1, h.length))).toBeCloseTo(drrDb, 6);
      return 10 * Math.log10(energy(mixing, mixing + 160) / energy(mixing - 160, mixing));
    });
    // From 10 ms to the next the level falls by the decay; some twenty echoes in each make the rest chance.
    const fall = -0.6 / rt60Seconds;
    expect(Math.abs(steps.reduce((sum, step) => sum + step) / steps.length - fall)).toBeLessThan(1);
  },
);

test('the echoes of the six walls come when and as strong as mirrored sources say', () => {
  const room = { roomMetres: shoebox, rt60Seconds: 0.6, drrDb: 3 };
  const [x, y, z] = shoebox;
  for (const seed of [1, 2, 3, 4, 5]) {
    const h = shoeboxResponse(seed, 192000, room);
    const { microphone, source } = placed(seed, room);
    const far = (point: readonly number[]) => Math.hypot(...point.map((value, i) => value - microphone[i]!));
    const direct = far(source);
    const levels = [0, 1, 2].flatMap((axis) =>
      [0, 2 * [x, y, z][axis]!].flatMap((twice) => {
        const mirrored = source.map((value, i) => (i === axis ? twice - value : value));
        const way = far(mirrored);
        const seconds = (way - direct) / 343;
        // Later than that there is noise.
        if (seconds > 0.002 * Math.sqrt(x * y * z)) return [];
        return [(h[Math.round(seconds * 192000)]! * way) / direct];
      }),
    );
    // All are one reflection under one scale; an echo of two walls may fall on the same sample of one of them.
    const typical = levels.toSorted((a, b) => a - b)[levels.length >> 1]!;
    expect(levels.length).toBeGreaterThanOrEqual(3);
    expect(typical).toBeGreaterThan(0);
    expect(levels.filter((level) => Math.abs(level / typical - 1) < 1e-6).length).toBeGreaterThanOrEqual(
      levels.length - 1,
    );
  }
});

test('a shoebox streams and measures as the other responses do; foreign options are refused', () => {
  const channels = [gaussian(20000, 3)];
  const clip = { sampleRate: 16000, channels };
  const { clip: wet, report } = corruptAudioWithReport(clip, 'reverb', {
    severity: 2,
    mode: 'room',
    seed: 5,
  });
  expect(report.parameters).toMatchObject({
    mode: 'room',
    roomMetres: [7, 5, 3],
    rt60Seconds: 0.6,
    drrDb: 3,
  });
  expect(rmsOf(wet.channels[0]!)).toBeCloseTo(rmsOf(channels[0]!), 5);
  expect(corruptAudio(clip, 'reverb', report.parameters).channels[0]).toEqual(wet.channels[0]);
  const roomMetres: [number, number, number] = [20, 30, 10];
  const larger = { severity: 2, mode: 'room', seed: 5, roomMetres } as const;
  expect(corruptAudio(clip, 'reverb', larger).channels[0]).not.toEqual(wet.channels[0]);
  for (const options of [
    { severity: 2, mode: 'room', preDelayMs: 3 },
    { severity: 2, mode: 'room', dampingHz: 4000 },
    { severity: 2, roomMetres: [3, 3, 3] },
    { severity: 2, mode: 'room', roomMetres: [0.5, 3, 3] },
  ]) {
    expect(() => corruptAudio(clip, 'reverb', options as never)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  }
});

test('a measured response: per channel, at its own rate, or for all channels', () => {
  const channels = [tone(4000, 16000), gaussian(4000, 1)];
  const clip = { sampleRate: 16000, channels };
  const delay = (samples: number, length = 50) =>
    Float32Array.from({ length }, (_, i) => (i === samples ? 0.5 : 0));
  const run = (ir: { sampleRate: number; channels: Float32Array[] }) =>
    corruptAudio(clip, 'reverb', { ir, level: 'none' }).channels;
  const each = run({ sampleRate: 16000, channels: [delay(0), delay(7)] });
  expect(
    worst(
      each[0]!,
      channels[0]!.map((sample) => sample / 2),
    ),
  ).toBeLessThan(1e-7);
  expect(
    worst(
      each[1]!.subarray(7),
      channels[1]!.subarray(0, 3993).map((sample) => sample / 2),
    ),
  ).toBeLessThan(1e-7);
  const all = run({ sampleRate: 48000, channels: [delay(300, 3000)] });
  expect(
    worst(
      all[0]!.subarray(100),
      channels[0]!.subarray(0, 3900).map((sample) => sample / 2),
    ),
  ).toBeLessThan(2e-3);
  for (const wrong of [[], [delay(99)], [delay(0, 31 * 16000)], [delay(0), delay(0), delay(0)]]) {
    expect(() => run({ sampleRate: 16000, channels: wrong })).toThrow(/ir/);
  }
});

test('the peak is told, also where it passes 1', () => {
  const loud = Float32Array.from({ length: 4000 }, (_, i) => (i % 50 < 25 ? 0.98 : -0.98));
  const { clip, report } = corruptAudioWithReport({ sampleRate: 8000, channels: [loud] }, 'reverb', {
    severity: 4,
  });
  expect(report.measured.peak).toBe(
    clip.channels[0]!.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
  );
  expect(report.measured.peak).toBeGreaterThan(1);
});
