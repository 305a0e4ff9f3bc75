import { readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { readAudio, readFrames, resampleAudio, streamAudio, writeMedia } from '../src/index.js';
import { collect, frameNumber, numberedFrames, onset, temporaryFolder, tone, writeRaw } from './fixtures.js';

const folder = temporaryFolder();

/** Largest difference from the sine of `tone`, away from the ends. */
function worst(samples: Float32Array, sampleRate: number, frequency: number, margin: number): number {
  let largest = 0;
  for (let i = margin; i < samples.length - margin; i++) {
    const expected = 0.5 * Math.sin((2 * Math.PI * frequency * i) / sampleRate);
    largest = Math.max(largest, Math.abs(samples[i]! - expected));
  }
  return largest;
}

describe('writing and reading back', () => {
  test.each([
    [44100, 1, 44100],
    [44100, 2, 44100 * 2 + 777],
    [48000, 2, 1],
    [16000, 1, 16000 + 1024],
    [8000, 1, 5000],
    [22050, 6, 30000],
  ])('%d Hz, %d channels, %d samples: as many samples, none shifted', async (sampleRate, count, length) => {
    const frequencies = Array.from({ length: count }, (_, i) => 200 + 50 * i);
    const audio = tone(sampleRate, length / sampleRate, frequencies);
    const path = folder.path(`${sampleRate}-${count}-${length}.mp4`);
    await writeMedia(path, { frames: numberedFrames(5), fps: 10, audio, audioBitrate: 64_000 * count });
    const clip = await readAudio(path);
    expect(clip.sampleRate).toBe(sampleRate);
    expect(clip.channels.map((samples) => samples.length)).toEqual(Array(count).fill(length));
    if (length < 4000) return;
    for (const [channel, samples] of audio.channels.entries()) {
      // Six channels are 5.1: the fourth is for low frequencies, AAC cuts it off below those of this test.
      if (count === 6 && channel === 3) continue;
      const errors = [-1, 0, 1].map((lag) => difference(clip.channels[channel]!, samples, lag));
      expect(Math.min(...errors)).toBe(errors[1]);
      expect(errors[1]).toBeLessThan(0.03);
    }
  });

  /** Root mean square of what is left when the second is moved by so many samples, away from the ends. */
  function difference(a: Float32Array, b: Float32Array, lag: number): number {
    let sum = 0;
    for (let i = 1024; i < a.length - 1024; i++) sum += (a[i + lag]! - b[i]!) ** 2;
    return Math.sqrt(sum / (a.length - 2048));
  }

  test('sound and picture share one clock: a click and a flash at the same time stay together', async () => {
    const audio = tone(44100, 3, [1000], 1.5);
    const path = folder.path('clock.mp4');
    await writeMedia(path, { frames: numberedFrames(72), fps: 24, audio });
    expect(onset(await readAudio(path))).toBeCloseTo(1.5, 2);
    expect(onset(await readAudio(path, { sampleRate: 16000, mono: true }))).toBeCloseTo(1.5, 2);
    const frames = await collect(readFrames(path, { fps: 24 }));
    expect(frameNumber(frames[1.5 * 24]!)).toBe(36);
  });
});

describe('the container clock', () => {
  test('sound that starts late has silence before it', async () => {
    const times = Array.from({ length: 20 }, (_, i) => i / 10);
    const audio = tone(16000, 1, [500]);
    const path = await writeRaw(folder.path('late.mkv'), 'matroska', { times, audio, audioStart: 0.75 });
    const clip = await readAudio(path);
    // Priming (1024 samples before the start) may be audible as a faint echo, the tone is not.
    expect(onset(clip)).toBeGreaterThan(0.74);
    expect(onset(clip)).toBeLessThan(0.76);
  });

  test('sound before time zero is cut, so that what follows stays in place', async () => {
    const times = Array.from({ length: 20 }, (_, i) => i / 10);
    const audio = tone(16000, 2, [500], 1.2);
    const path = await writeRaw(folder.path('early.mp4'), 'mp4', { times, audio });
    expect(onset(await readAudio(path))).toBeCloseTo(1.2, 2);
  });
});

test('a stream that changes its channels in the middle keeps those of its beginning', async () => {
  const one = await writeRaw(folder.path('one.aac'), 'adts', { audio: tone(16000, 1, [440]) });
  const two = await writeRaw(folder.path('two.aac'), 'adts', { audio: tone(16000, 1, [440, 440]) });
  const both = folder.path('both.aac');
  await writeFile(both, Buffer.concat([await readFile(one), await readFile(two)]));
  const { sampleRate, channels } = await readAudio(both);
  expect([sampleRate, channels.length]).toEqual([16000, 1]);
  // Without a container nothing says how much of the first and last AAC frame is padding: up to 2 x 1024 each.
  expect(channels[0]!.length / sampleRate).toBeGreaterThan(1.9);
  expect(channels[0]!.length / sampleRate).toBeLessThan(2.4);
  const second = channels[0]!.subarray(20_000, 30_000);
  expect(Math.max(...second)).toBeGreaterThan(0.45);
});

describe('channels', () => {
  test('stereo is averaged with one half each, not 0.707', async () => {
    const audio = tone(16000, 1, [440, 440]);
    audio.channels[1]!.fill(0);
    const path = await writeRaw(folder.path('stereo.wav'), 'wav', { audio });
    const { channels } = await readAudio(path, { mono: true });
    expect(channels.length).toBe(1);
    const [expected] = audio.channels;
    // 16 bits: half a step of 1 / 32768, twice for the two conversions.
    channels[0]!.forEach((sample, i) => {
      if (Math.abs(sample - expected![i]! / 2) > 4e-5) throw new Error(`sample ${i}: ${sample}`);
    });
  });

  test('PCM comes back exactly', async () => {
    const audio = tone(22050, 1, [440, 660, 880]);
    for (const samples of audio.channels) {
      for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i]! * 32767) / 32768;
    }
    const scaled = { ...audio, channels: audio.channels.map((s) => s.map((v) => (v * 32768) / 32767)) };
    const path = await writeRaw(folder.path('pcm.wav'), 'wav', { audio: scaled });
    const { channels } = await readAudio(path);
    expect(channels.map((samples, c) => samples.every((v, i) => v === audio.channels[c]![i]))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('loud lossy sound is limited to [-1, 1]', async () => {
    const audio = tone(44100, 1, [440]);
    audio.channels[0] = audio.channels[0]!.map((v) => Math.sign(v));
    const path = folder.path('loud.mp4');
    await writeMedia(path, { frames: numberedFrames(2), fps: 2, audio });
    const { channels } = await readAudio(path);
    let peak = 0;
    for (const sample of channels[0]!) peak = Math.max(peak, Math.abs(sample));
    expect(peak).toBe(1);
  });
});

test('streamAudio gives the samples of readAudio, a second at a time', async () => {
  const audio = tone(44100, 3.3, [440, 600]);
  const path = folder.path('blocks.mp4');
  await writeMedia(path, { frames: numberedFrames(2), fps: 2, audio });
  const whole = await readAudio(path, { sampleRate: 16000 });
  const clips = await collect(streamAudio(path, { sampleRate: 16000 }));
  expect(clips.map(({ channels }) => channels[0]!.length)).toEqual([16000, 16000, 16000, 4800]);
  for (const channel of [0, 1]) {
    const joined = Buffer.concat(clips.map((clip) => Buffer.from(clip.channels[channel]!.buffer)));
    expect(joined.equals(Buffer.from(whole.channels[channel]!.buffer))).toBe(true);
  }
});

describe('resampleAudio', () => {
  test.each([
    [44100, 16000],
    [48000, 16000],
    [16000, 44100],
    [8000, 16000],
    [11025, 48000],
  ])('%d to %d Hz: a sine keeps its phase and height', async (from, to) => {
    const { channels, sampleRate } = await resampleAudio(tone(from, 1, [440, 1000]), to);
    expect(sampleRate).toBe(to);
    expect(channels.length).toBe(2);
    // Measured 1.1e-5 at most: the filter's own ripple.
    expect(worst(channels[0]!, to, 440, 400)).toBeLessThan(3e-5);
    expect(worst(channels[1]!, to, 1000, 400)).toBeLessThan(1e-4);
  });

  test('what the lower rate cannot carry is removed', async () => {
    const { channels } = await resampleAudio(tone(44100, 1, [12000]), 16000);
    expect(Math.max(...channels[0]!.subarray(500, 15500).map(Math.abs))).toBeLessThan(1e-3);
  });

  test('the length is round(n * out / in) for any n, the content not empty', async () => {
    const rate = fc.constantFrom(8000, 11025, 16000, 22050, 44100, 48000);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3000 }), rate, rate, async (n, from, to) => {
        const clip = { sampleRate: from, channels: [new Float32Array(n).fill(0.25)] };
        const { channels } = await resampleAudio(clip, to);
        expect(channels[0]!.length).toBe(Math.round((n * to) / from));
        const middle = channels[0]![channels[0]!.length >> 1];
        if (n > 200) expect(middle).toBeCloseTo(0.25, 4);
      }),
      { numRuns: 60 },
    );
  });

  test('it is the resampler of readAudio: the same samples', async () => {
    const path = await writeRaw(folder.path('same.wav'), 'wav', { audio: tone(8000, 11, [440, 700]) });
    const read = await readAudio(path, { sampleRate: 6000 });
    const resampled = await resampleAudio(await readAudio(path), 6000);
    expect(resampled.channels.map((s, c) => Buffer.compare(bytes(s), bytes(read.channels[c]!)))).toEqual([
      0, 0,
    ]);
  });

  const bytes = (samples: Float32Array) =>
    Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

  test('a clip of the wanted rate is copied', async () => {
    const clip = tone(16000, 0.1, [440]);
    const { channels } = await resampleAudio(clip, 16000);
    expect(channels[0]).toEqual(clip.channels[0]);
    expect(channels[0]!.buffer).not.toBe(clip.channels[0]!.buffer);
  });

  test('clips that are none are refused', async () => {
    const good = new Float32Array(100);
    const refuse = (clip: object, code: string) =>
      expect(resampleAudio(clip as never, 8000)).rejects.toMatchObject({ code });
    await refuse({ sampleRate: 16000, channels: [] }, 'BAD_INPUT');
    await refuse({ sampleRate: 16000.5, channels: [good] }, 'BAD_INPUT');
    await refuse({ sampleRate: 16000, channels: [new Float64Array(3)] }, 'BAD_INPUT');
    await refuse({ sampleRate: 16000, channels: [good, new Float32Array(99)] }, 'LENGTH_MISMATCH');
    await refuse({ sampleRate: 16000, channels: [Float32Array.of(0, Number.NaN)] }, 'NON_FINITE');
    await expect(resampleAudio({ sampleRate: 16000, channels: [good] }, 10)).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });
});
