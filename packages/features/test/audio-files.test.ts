import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { writeMedia } from '@robusta/media';
import { expectClose } from '@robusta/test-kit';
import {
  type AudioExtractor,
  type AudioReport,
  createAudioExtractor,
  type VggishExtractor,
} from '../src/index.js';
import { clip, still } from './frames.js';
import { writeSmallVggish } from './small-vggish.js';
import { wav } from './wav.js';

let folder: string;
let vggish: VggishExtractor;
const extractors: Record<string, AudioExtractor> = { lite: createAudioExtractor({ kind: 'lite' }) };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-audio-files-'));
  const model = join(folder, 'small.onnx');
  await writeSmallVggish(model);
  vggish = await createAudioExtractor({ kind: 'vggish', model, threads: 1, activation: 'none' });
  extractors.vggish = vggish;
});
afterAll(async () => {
  await vggish.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Interleaved 16-bit noise. */
function noise(count: number, seed = 1): Int16Array {
  const rng = createRng(seed);
  return Int16Array.from({ length: count }, () => 3000 * rng.normal());
}
const numbers = (samples: Int16Array) => Float32Array.from(samples, (value) => value / 32768);

describe.each(['lite', 'vggish'])('%s', (kind) => {
  const rows = (source: Parameters<AudioExtractor['extract']>[0]) => extractors[kind]!.extract(source);

  test('a file gives the rows of the sound in it', async () => {
    const samples = noise(32000);
    const found = await rows(await file('mono.wav', wav(16000, 1, samples)));
    expect([found.length, found.crops, found.dim]).toEqual([3, 1, 128]);
    expect(found).toEqual(await rows({ sampleRate: 16000, channels: [numbers(samples)] }));
  });

  test('silence has rows, all the same and finite', async () => {
    const { length, data } = await rows(await file('silence.wav', wav(16000, 1, new Int16Array(48000))));
    expect(length).toBe(4);
    expect(data.every(Number.isFinite)).toBe(true);
    for (let row = 1; row < length; row++) {
      expect(data.subarray(128 * row, 128 * (row + 1))).toEqual(data.subarray(0, 128));
    }
  });

  test('8 bits, mono, 8 kHz: as the same clip', async () => {
    const bytes = Uint8Array.from(noise(16000), (value) => 128 + value / 256);
    const found = await rows(await file('low.wav', wav(8000, 1, bytes)));
    const channel = Float32Array.from(bytes, (value) => (value - 128) / 128);
    const clip = await rows({ sampleRate: 8000, channels: [channel] });
    expect(found.length).toBe(3);
    // Both are resampled by one filter, in pieces of another size.
    expectClose(found.data, clip.data, { absolute: 1e-3 });
  });

  test('5.1: the mean of the six channels, that for low frequencies included', async () => {
    const samples = noise(6 * 32000);
    const found = await rows(await file('surround.wav', wav(16000, 6, samples)));
    const mean = Float32Array.from({ length: 32000 }, (_, i) => {
      let sum = 0;
      for (let channel = 0; channel < 6; channel++) sum += samples[6 * i + channel]! / 32768;
      return sum / 6;
    });
    // Channels are added in single precision.
    expectClose(found.data, (await rows({ sampleRate: 16000, channels: [mean] })).data, { absolute: 1e-3 });
  });

  test('a clip in memory may have any number of channels', async () => {
    const channel = numbers(noise(22050));
    const alone = await rows({ sampleRate: 22050, channels: [channel] });
    const many = await rows({ sampleRate: 22050, channels: Array(16).fill(channel) });
    expect(many).toEqual(alone);
  });

  test.each([
    [1, 16000],
    [1, 8000],
    [10, 44100],
    [399, 16000],
  ])('%d samples at %d Hz: one row, the rest is silence', async (count, rate) => {
    const reports: AudioReport[] = [];
    const path = await file('short.wav', wav(rate, 1, noise(count)));
    const found = await extractors[kind]!.extract(path, { onReport: (report) => reports.push(report) });
    expect(found.length).toBe(1);
    expect(found.data.every(Number.isFinite)).toBe(true);
    const samples = Math.round((count * 16000) / rate);
    expect(reports).toEqual([{ samples, droppedSamples: 0, paddedSamples: 10667 - samples }]);
  });

  test('what holds no sound is an error that says which', async () => {
    const mute = join(folder, 'mute.mp4');
    await writeMedia(mute, { frames: clip(24, still, 64, 48), fps: 24 });
    const whole = wav(16000, 1, noise(32000));
    const float = numbers(noise(16000));
    float[5000] = Number.NaN;
    for (const [code, path] of [
      ['NO_AUDIO', mute],
      ['FILE_NOT_FOUND', join(folder, 'absent.wav')],
      ['FILE_UNREADABLE', await file('header.wav', wav(16000, 1, new Int16Array(0)))],
      ['FILE_UNREADABLE', await file('channels.wav', wav(16000, 24, noise(24 * 1000)))],
      ['NOT_MEDIA', await file('rate.wav', wav(0, 1, noise(100)))],
      ['NOT_MEDIA', await file('cut-header.wav', whole.subarray(0, 30))],
      ['EMPTY_INPUT', await file('nothing.wav', new Uint8Array(0))],
      ['TRUNCATED', await file('cut.wav', whole.subarray(0, 40_000))],
      ['NON_FINITE', await file('nan.wav', wav(16000, 1, float))],
    ] as const) {
      await expect(rows(path).then(() => path)).rejects.toMatchObject({ code });
    }
    // What went wrong has left nothing behind.
    expect((await rows(await file('whole.wav', whole))).length).toBe(3);
  });
});
