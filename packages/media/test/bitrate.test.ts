import type { AudioClip } from '@robusta/core';
import { type BitrateOptions, corruptBitrate } from '../src/index.js';
import { tone } from './fixtures.js';

/** Uniform white noise; every channel another. */
function noise(sampleRate: number, length: number, channels = 1, height = 0.25): AudioClip {
  let state = 1;
  const sample = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * height;
  };
  return {
    sampleRate,
    channels: Array.from({ length: channels }, () => Float32Array.from({ length }, sample)),
  };
}

/** Noise of a narrow band with a rhythm: what codecs of speech keep in time too. */
function murmur(sampleRate: number, length: number): AudioClip {
  const clip = noise(sampleRate, length);
  const [samples] = clip.channels as [Float32Array];
  const keep = Math.exp((-2 * Math.PI * 800) / sampleRate);
  let low = 0;
  for (let i = 0; i < length; i++) {
    low = keep * low + (1 - keep) * samples[i]!;
    samples[i] = 2 * low * (1 + Math.sin((2 * Math.PI * 5 * i) / sampleRate));
  }
  return clip;
}

/** Where b fits a best, in samples of delay. */
function delay(a: Float32Array, b: Float32Array, reach: number): number {
  const [from, to] = [Math.floor(a.length * 0.3), Math.floor(a.length * 0.7)];
  let best = -Infinity;
  let at = 0;
  for (let lag = -reach; lag <= reach; lag++) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += a[i]! * b[i + lag]!;
    if (sum > best) [best, at] = [sum, lag];
  }
  return at;
}

/** Power in `bands` bands of equal width up to Nyquist. */
function spectrum(samples: Float32Array, bands: number): Float64Array {
  const power = new Float64Array(bands);
  const size = 4 * bands;
  for (let band = 0; band < bands; band++) {
    const step = (2 * Math.PI * (band + 0.5)) / (2 * bands);
    const window = (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size);
    const cosine = Float64Array.from({ length: size }, (_, i) => window(i) * Math.cos(step * i));
    const sine = Float64Array.from({ length: size }, (_, i) => window(i) * Math.sin(step * i));
    for (let from = 0; from + size <= samples.length; from += size) {
      let [re, im] = [0, 0];
      for (let i = 0; i < size; i++) {
        re += cosine[i]! * samples[from + i]!;
        im += sine[i]! * samples[from + i]!;
      }
      power[band]! += re * re + im * im;
    }
  }
  return power;
}

/** The highest frequency that comes through with more than a quarter of its power, Hz. */
function bandwidth(before: Float32Array, after: Float32Array, sampleRate: number): number {
  const bands = 80;
  const [a, b] = [spectrum(before, bands), spectrum(after, bands)];
  let band = bands - 1;
  while (band > 0 && b[band]! < a[band]! / 4) band--;
  return ((band + 1) / bands) * (sampleRate / 2);
}

describe('the codec round trip', () => {
  // The bandwidths were measured with the ffmpeg command; within 15 %.
  test.each([
    [{ severity: 1 }, 44_100, 64, 16_500],
    [{ severity: 2 }, 44_100, 32, 8200],
    [{ kbps: 32, codecSampleRate: 16_000 }, 16_000, 32, 7200],
    [{ severity: 3 }, 16_000, 24, 5800],
    [{ severity: 4 }, 16_000, 16, 5500],
    [{ severity: 5 }, 16_000, 8, 2900],
  ] as const)(
    'MP3 %j at %i Hz: %i kbit/s, a band of %i Hz, nothing moved',
    async (options, rate, kbps, band) => {
      const clip = noise(rate, rate + 123);
      const { clip: result, report } = await corruptBitrate(clip, options);
      expect(result.channels[0]).toHaveLength(rate + 123);
      expect(result.sampleRate).toBe(rate);
      expect(Math.abs(bandwidth(clip.channels[0]!, result.channels[0]!, rate) / band - 1)).toBeLessThan(0.15);
      expect(Math.abs(delay(clip.channels[0]!, result.channels[0]!, 30))).toBeLessThanOrEqual(1);
      expect(report.parameters).toMatchObject({ codec: 'mp3', mode: 'codec', kbps });
      // A second of sound ends in frames of padding.
      expect(Math.abs(report.measured.kbps / kbps - 1)).toBeLessThan(0.1);
    },
  );

  test.each([
    ['mp3', 48_000, 5],
    ['aac', 44_100, 1],
    ['aac', 16_000, 4],
    ['opus', 44_100, 1],
    ['opus', 48_000, 4],
    ['opus', 8000, 2],
  ] as const)(
    '%s at %i Hz, severity %i: length kept, delay at most a sample',
    async (codec, rate, severity) => {
      const clip = murmur(rate, rate + 37);
      const { clip: result } = await corruptBitrate(clip, { codec, severity });
      expect(result.channels[0]).toHaveLength(rate + 37);
      expect(Math.abs(delay(clip.channels[0]!, result.channels[0]!, 40))).toBeLessThanOrEqual(1);
    },
  );

  test('the same again, and the report gives the same again', async () => {
    const clip = noise(16_000, 8000, 2);
    const one = await corruptBitrate(clip, { severity: 4 });
    expect(await corruptBitrate(clip, { severity: 4 })).toEqual(one);
    expect((await corruptBitrate(clip, one.report.parameters)).clip).toEqual(one.clip);
  });

  test.each([0, 1, 2, 100, 1151, 1152, 1153])('%i samples come back as many', async (length) => {
    for (const rate of [8000, 44_100, 192_000]) {
      const { clip } = await corruptBitrate(noise(rate, length), { severity: 3 });
      expect(clip.channels[0]).toHaveLength(length);
      expect(clip.channels[0]!.every(Number.isFinite)).toBe(true);
    }
  });

  test('silence stays silence', async () => {
    const silent = { sampleRate: 16_000, channels: [new Float32Array(5000)] };
    for (const codec of ['mp3', 'aac', 'opus'] as const) {
      const { clip } = await corruptBitrate(silent, { severity: 5, codec });
      expect(clip.channels[0]!.every((sample) => Math.abs(sample) < 1e-3)).toBe(true);
    }
  });

  test('channels beyond two go in pairs and stay in order', async () => {
    const clip = tone(16_000, 0.5, [300, 600, 900, 1200, 1500]);
    const { clip: result } = await corruptBitrate(clip, { severity: 1 });
    expect(result.channels).toHaveLength(5);
    for (const [c, samples] of result.channels.entries()) {
      let dot = 0;
      for (let i = 0; i < samples.length; i++) dot += samples[i]! * clip.channels[c]![i]!;
      // 0.5 high: a mean product of 1/8 where it is the same tone.
      expect(dot / samples.length).toBeGreaterThan(0.11);
    }
  });

  test('sound beyond [-1, 1] is not clipped by the encoder', async () => {
    const loud = tone(44_100, 0.5, [440]);
    for (let i = 0; i < loud.channels[0]!.length; i++) loud.channels[0]![i]! *= 6;
    const { clip } = await corruptBitrate(loud, { severity: 1 });
    let error = 0;
    for (let i = 5000; i < 15_000; i++)
      error = Math.max(error, Math.abs(clip.channels[0]![i]! - loud.channels[0]![i]!));
    // Clipped at 1 it would be off by 2 of its height of 3.
    expect(error).toBeLessThan(0.3);
  });
});

describe('damaged packets', () => {
  test('AAC at 96 kbit/s: as long, harder with the severity, the same again', async () => {
    const clip = murmur(44_100, 50_000);
    const errors: number[] = [];
    for (const severity of [1, 3, 5] as const) {
      const { clip: result, report } = await corruptBitrate(clip, { severity, mode: 'bit-error', seed: 3 });
      expect(result.channels[0]).toHaveLength(50_000);
      expect(result.channels[0]!.every((sample) => Math.abs(sample) <= 1)).toBe(true);
      expect(report.parameters).toMatchObject({ codec: 'aac', kbps: 96 });
      errors.push(report.measured.hits);
    }
    expect(errors[1]).toBeGreaterThanOrEqual(errors[0]!);
    expect(errors[2]).toBeGreaterThan(errors[1]!);
    const options = { severity: 5, mode: 'bit-error', seed: 9 } as const;
    expect(await corruptBitrate(clip, options)).toEqual(await corruptBitrate(clip, options));
  });

  test('what is left of the sound has not moved', async () => {
    const clip = murmur(44_100, 66_150);
    const { clip: result, report } = await corruptBitrate(clip, { bytesPerError: 700, mode: 'bit-error' });
    expect(report.measured.lostSamples).toBeGreaterThan(0);
    expect(Math.abs(delay(clip.channels[0]!, result.channels[0]!, 20))).toBeLessThanOrEqual(1);
  });
});

describe('bad input', () => {
  test.each([
    [{}, 'neither severity nor kbps'],
    [{ mode: 'bit-error' }, 'neither severity nor bytesPerError'],
    [{ severity: 0 }, 'severity must be'],
    [{ severity: 3, bytesPerError: 100 }, "mode 'bit-error'"],
    [{ kbps: 8 }, '8 kbit/s at 44100 Hz'],
    [{ kbps: 33 }, '33 kbit/s'],
    [{ kbps: 64, codecSampleRate: 17_000 }, '17000 Hz'],
    [{ severity: 3, codec: 'vorbis' }, 'codec'],
  ])('%j is refused', async (options, hint) => {
    await expect(corruptBitrate(noise(44_100, 10), options as BitrateOptions)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(hint),
    });
  });

  test('a clip that is none', async () => {
    const bad = { sampleRate: 44_100, channels: [Float32Array.of(0, Number.NaN)] };
    await expect(corruptBitrate(bad, { severity: 3 })).rejects.toMatchObject({ code: 'NON_FINITE' });
  });
});
