import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AudioClip, Frame } from '@robusta/core';
import { deriveSeed } from '@robusta/core';
import { AUDIO_CORRUPTIONS, corruptAudio } from '@robusta/corruptions-audio';
import { createFrameCorruption, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { sharedPath } from '@robusta/test-kit';
import { av } from '../src/ffmpeg.js';
import {
  type CorruptOptions,
  corruptBitrate,
  corruptMedia,
  probe,
  readAudio,
  readFrames,
  writeMedia,
} from '../src/index.js';
import { openMedia } from '../src/media-file.js';
import {
  collect,
  numberedFrame,
  numberedFrames,
  setRotation,
  temporaryFolder,
  tone,
  writeRaw,
} from './fixtures.js';

const run = promisify(execFile);
const { path } = temporaryFolder();
const COUNT = 40;
let input: string;
let frames: Frame[];
let sound: AudioClip;
beforeAll(async () => {
  input = path('input.mp4');
  await writeMedia(input, { frames: numberedFrames(COUNT), fps: 25, audio: tone(16_000, 1.6, [440, 660]) });
  frames = await collect(readFrames(input));
  sound = await readAudio(input);
});

/** Every packet of the streams of one type: time, duration and bytes. */
async function packets(file: string, type: 'video' | 'audio') {
  const media = await openMedia(file);
  const { index, timeBase } = media[type]!;
  const packet = new av.Packet();
  packet.alloc();
  const found: { seconds: number; data: string }[] = [];
  while (media.format.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === index) {
      const seconds = (Number(packet.pts) * timeBase.num) / timeBase.den;
      found.push({ seconds: Math.round(seconds * 1e6), data: packet.data!.toString('base64') });
    }
    packet.unref();
  }
  packet.free();
  media.close();
  return found;
}

/** Mean difference in levels. */
function difference(a: Frame, b: Frame): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / a.data.length;
}

const tagsOf = async (file: string) => {
  const media = await openMedia(file);
  const tags = media.format.metadata?.getAll() ?? {};
  media.close();
  return tags;
};

describe('all sixteen', () => {
  const visual = VISUAL_CORRUPTIONS.map((name, i) => [name, AUDIO_CORRUPTIONS[i]!] as const);

  test.each(visual)('%s and %s: count, rate, length and offset are kept', async (picture, audio) => {
    const output = path(`${picture}.mp4`);
    const severity = 3 as const;
    const report = await corruptMedia(input, output, {
      visual: { name: picture, severity },
      audio: { name: audio, severity },
      seed: 7,
    });
    const [before, after] = [await probe(input), await probe(output)];
    expect(after.video).toMatchObject({ codec: 'h264', fps: 25, frames: COUNT, width: 96, height: 64 });
    expect(after.video!.start).toBe(before.video!.start);
    expect(after.audio).toMatchObject({ codec: 'flac', sampleRate: 16_000, channels: 2 });
    expect(after.audio!.start).toBe(before.audio!.start);
    expect(after.duration).toBeCloseTo(before.duration, 6);
    expect(await collect(readFrames(output))).toHaveLength(COUNT);
    const result = await readAudio(output);
    expect(result.channels[0]).toHaveLength(sound.channels[0]!.length);
    expect(result.channels[0]).not.toEqual(sound.channels[0]);
    expect(report.visual).toMatchObject({ name: picture, severity, frames: COUNT });
    expect(report.audio).toMatchObject({ name: audio, severity, samples: 25_600 });
    expect(JSON.parse((await tagsOf(output)).comment!).robusta).toMatchObject({
      seed: 7,
      visual: { name: picture, severity, parameters: report.visual!.parameters },
      audio: { name: audio, severity, parameters: report.audio!.parameters },
    });
  });
});

describe('the result is that of the corruption itself', () => {
  test.each(['white', 'random-dropout', 'reverb'] as const)(
    '%s: the samples of corruptAudio',
    async (name) => {
      const output = path(`same-${name}.mp4`);
      await corruptMedia(input, output, { audio: { name, severity: 4 }, seed: 11 });
      const { channels } = await readAudio(output);
      const expected = corruptAudio(sound, name, { severity: 4, seed: 11 });
      for (const [c, samples] of channels.entries()) {
        // 24 bits.
        const worst = samples.reduce(
          (most, s, i) => Math.max(most, Math.abs(s - Math.max(-1, Math.min(1, expected.channels[c]![i]!)))),
          0,
        );
        expect(worst).toBeLessThanOrEqual(2 ** -23);
      }
    },
  );

  test('bitrate: the samples of corruptBitrate', async () => {
    const output = path('same-bitrate.mkv');
    await corruptMedia(input, output, { audio: { name: 'bitrate', severity: 4 } });
    const { channels } = await readAudio(output);
    const { clip } = await corruptBitrate(sound, { severity: 4 });
    for (const [c, samples] of channels.entries()) {
      expect(samples.every((s, i) => Math.abs(s - clip.channels[c]![i]!) < 2 ** -23)).toBe(true);
    }
  });

  test.each(['fog', 'brightness', 'motion-blur'] as const)(
    '%s: the frames of createFrameCorruption, but for coding',
    async (name) => {
      const output = path(`same-${name}.mp4`);
      await corruptMedia(input, output, { visual: { name, severity: 3 }, seed: 11, crf: 1 });
      const options = { severity: 3, seed: 11, width: 96, height: 64, fps: 25 } as const;
      const corruption = createFrameCorruption(name, options);
      const result = await collect(readFrames(output));
      for (const [index, frame] of result.entries()) {
        expect(difference(frame, corruption.apply(frames[index]!, index))).toBeLessThan(3);
      }
    },
  );

  test('bit-error: the frames of readFrames, but for coding', async () => {
    const output = path('same-bits.mp4');
    const visual = { name: 'bit-error', bytesPerError: 150, seed: 5 } as const;
    const report = await corruptMedia(input, output, { visual, crf: 1 });
    const expected = await collect(readFrames(input, { bitError: { bytesPerError: 150, seed: 5 } }));
    const result = await collect(readFrames(output));
    for (const [index, frame] of result.entries())
      expect(difference(frame, expected[index]!)).toBeLessThan(3);
    expect(report.visual!.measured).toMatchObject({ frames: COUNT });
  });

  test('temporal motion blur looks around: frames before and after shine through', async () => {
    const output = path('temporal.mp4');
    const report = await corruptMedia(input, output, {
      visual: { name: 'motion-blur', mode: 'temporal', severity: 1 },
      crf: 1,
    });
    expect(report.visual!.frames).toBe(COUNT);
    const result = await collect(readFrames(output));
    expect(result).toHaveLength(COUNT);
    // Severity 1: the mean of frames t - 3 to t + 2, clamped at both ends.
    for (const t of [0, 1, 17, COUNT - 1]) {
      const taps = Array.from({ length: 6 }, (_, i) => frames[Math.max(0, Math.min(COUNT - 1, t - 3 + i))]!);
      const mean = taps[0]!.data.map((_, p) => taps.reduce((sum, { data }) => sum + data[p]!, 0) / 6);
      expect(difference(result[t]!, { width: 96, height: 64, data: mean })).toBeLessThan(3);
    }
  });
});

describe('seeds', () => {
  test('the same call gives the same bytes; another seed, others', async () => {
    const options = {
      visual: { name: 'fog', severity: 3 },
      audio: { name: 'white', severity: 2 },
      seed: 1,
    } as const;
    const outputs = ['a.mp4', 'b.mp4', 'c.mp4'].map(path);
    await corruptMedia(input, outputs[0]!, options);
    await corruptMedia(input, outputs[1]!, options);
    await corruptMedia(input, outputs[2]!, { ...options, seed: 2 });
    const [a, b, c] = await Promise.all(outputs.map((file) => readFile(file)));
    expect(a!.equals(b!)).toBe(true);
    expect(a!.equals(c!)).toBe(false);
  });

  test('with an id the seed is that of the protocol', async () => {
    const output = path('id.mp4');
    const report = await corruptMedia(input, output, {
      visual: { name: 'motion_blur', severity: 3 },
      audio: { name: 'dropout', severity: 3 },
      seed: 4,
      id: 'video 1',
    });
    expect(report.visual!.parameters).toMatchObject({ seed: deriveSeed(4, 'video 1', 'motion-blur') });
    expect(report.audio!.parameters).toMatchObject({ seed: deriveSeed(4, 'video 1', 'random-dropout') });
  });

  test('the parameters of the report give the same bytes', async () => {
    const [one, two] = [path('one.mp4'), path('two.mp4')];
    const { visual } = await corruptMedia(input, one, { visual: { name: 'fog', severity: 2 }, seed: 9 });
    const { width: _w, height: _h, fps: _f, ...parameters } = visual!.parameters as Record<string, unknown>;
    await corruptMedia(input, two, { visual: { name: 'fog', ...parameters } });
    expect(await packets(two, 'video')).toEqual(await packets(one, 'video'));
  });
});

describe('streams', () => {
  test('what is not corrupted is copied packet by packet', async () => {
    const [picture, audio] = [path('picture.mp4'), path('sound.mp4')];
    await corruptMedia(input, picture, { visual: { name: 'brightness', severity: 1 } });
    expect(await packets(picture, 'audio')).toEqual(await packets(input, 'audio'));
    const report = await corruptMedia(input, audio, { audio: { name: 'white', severity: 1 } });
    expect(await packets(audio, 'video')).toEqual(await packets(input, 'video'));
    expect(report.streams).toEqual([
      { type: 'video', codec: 'h264', action: 'copied' },
      { type: 'audio', codec: 'aac', action: 'corrupted' },
    ]);
  });

  test.each(['mp4', 'mov', 'mkv'])('%s: times of a late and uneven start are kept', async (extension) => {
    const times = [0, 0.04, 0.1, 0.12, 0.3, 0.34, 0.4, 0.5];
    const late = await writeRaw(path(`late-${extension}.mkv`), 'matroska', {
      times,
      audio: tone(16_000, 0.5, [440]),
      audioStart: 0.2,
    });
    const output = path(`late-out.${extension}`);
    await corruptMedia(late, output, {
      visual: { name: 'brightness', severity: 1 },
      audio: { name: 'random-dropout', share: 0, severity: 1 },
    });
    const stamps = async (file: string, type: 'video' | 'audio') =>
      (await packets(file, type)).map(({ seconds }) => seconds).sort((a, b) => a - b);
    expect(await stamps(output, 'video')).toEqual(await stamps(late, 'video'));
    expect((await probe(output)).audio!.start).toBeCloseTo((await probe(late)).audio!.start, 3);
    const [before, after] = [await readAudio(late), await readAudio(output)];
    expect(after.channels[0]).toHaveLength(before.channels[0]!.length);
    expect(after.channels[0]!.every((s, i) => Math.abs(s - before.channels[0]![i]!) < 1e-6)).toBe(true);
  });

  test.each(['mpegts', 'avi', 'flv', 'h264'])('%s in, MP4 out: nothing is lost', async (format) => {
    const times = Array.from({ length: 30 }, (_, i) => i / 25);
    const audio = format === 'h264' ? {} : { audio: tone(44_100, 1.2, [440]) };
    const other = await writeRaw(path(`in.${format}`), format, { times, ...audio });
    const output = path(`from-${format}.mp4`);
    for (const visual of [
      { name: 'fog', severity: 2 },
      { name: 'bit-error', bytesPerError: 300 },
    ] as const) {
      const heard = format === 'h264' ? {} : { audio: { name: 'bitrate', severity: 2 } as const };
      await corruptMedia(other, output, { visual, ...heard });
      expect((await probe(output)).video!.frames).toBe(30);
      expect(await collect(readFrames(output))).toHaveLength(30);
      if (format !== 'h264') {
        const [before, after] = [await readAudio(other), await readAudio(output)];
        expect(after.channels[0]).toHaveLength(before.channels[0]!.length);
      }
    }
  });

  test('recordings may be named by their paths', async () => {
    const recording = tone(16_000, 0.4, [300]);
    const wav = await writeRaw(path('noise.wav'), 'wav', { audio: recording });
    const folder = path('talkers');
    await mkdir(folder);
    await copyFile(wav, join(folder, 'one.wav'));
    const given = await readAudio(wav);
    for (const [name, byPath, byClip] of [
      ['white', { noise: wav }, { noise: given }],
      ['reverb', { ir: wav }, { ir: given }],
      ['babble', { speech: folder }, { speech: [given] }],
    ] as const) {
      const [one, two] = [path(`${name}-1.flac`), path(`${name}-2.flac`)];
      const source = await writeRaw(path('source.wav'), 'wav', { audio: tone(16_000, 0.5, [440]) });
      await corruptMedia(source, one, { audio: { name, severity: 3, ...byPath } });
      await corruptMedia(source, two, { audio: { name, severity: 3, ...byClip } });
      expect((await readAudio(one)).channels).toEqual((await readAudio(two)).channels);
    }
    await expect(
      corruptMedia(input, path('x.mp4'), { audio: { name: 'white', severity: 3, noise: path('gone.wav') } }),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', message: expect.stringContaining('gone.wav') });
  });

  test('sound alone: WAV and FLAC', async () => {
    const wav = await writeRaw(path('in.wav'), 'wav', { audio: tone(16_000, 0.7, [440]) });
    for (const [name, codec] of [
      ['out.wav', 'pcm_s24le'],
      ['out.flac', 'flac'],
      ['out.mka', 'flac'],
    ] as const) {
      await corruptMedia(wav, path(name), { audio: { name: 'white', severity: 3 } });
      expect((await probe(path(name))).audio!.codec).toBe(codec);
      expect((await readAudio(path(name))).channels[0]).toHaveLength(11_200);
    }
    await expect(
      corruptMedia(input, path('v.wav'), { audio: { name: 'white', severity: 3 } }),
    ).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });

  test('odd sizes are written with full chroma, of any codec and rotation', async () => {
    const times = Array.from({ length: 12 }, (_, i) => i / 25);
    const odd = await writeRaw(path('odd.mp4'), 'mp4', { times, codec: 'mpeg4', size: [97, 65] });
    const turned = await setRotation(odd, path('turned.mp4'), [0, 1, -1, 0]);
    for (const [file, width, height] of [
      [odd, 97, 65],
      [turned, 65, 97],
    ] as const) {
      for (const name of ['fog', 'bit-error'] as const) {
        const output = path('odd-out.mp4');
        const report = await corruptMedia(file, output, { visual: { name, severity: 3 } });
        expect((await probe(output)).video).toMatchObject({
          width,
          height,
          rotation: 0,
          frames: 12,
          pixelFormat: 'yuv444p',
        });
        expect(report.encoding.video!.pixelFormat).toBe('yuv444p');
        if (name === 'bit-error')
          expect(report.visual!.encoded).toMatchObject({ codec: 'h264', crf: 23, from: 'mpeg4' });
      }
    }
  });

  test('full chroma, where asked for, keeps the colors of noise', async () => {
    const options = { severity: 3, seed: 2 } as const;
    const visual = { name: 'shot-noise', ...options } as const;
    const corruption = createFrameCorruption('shot-noise', { ...options, width: 96, height: 64, fps: 25 });
    const errors: number[] = [];
    for (const pixelFormat of ['yuv420p', 'yuv444p'] as const) {
      const output = path(`${pixelFormat}.mp4`);
      const report = await corruptMedia(input, output, { visual, pixelFormat, crf: 1 });
      expect(report.encoding.video!.pixelFormat).toBe(pixelFormat);
      expect((await probe(output)).video!.pixelFormat).toBe(pixelFormat);
      const [first] = await collect(readFrames(output));
      errors.push(difference(first!, corruption.apply(frames[0]!, 0)));
    }
    expect(errors[1]).toBeLessThan(3);
    expect(errors[0]).toBeGreaterThan(4 * errors[1]!);
  });

  test('AAC when asked for: no priming is heard', async () => {
    const output = path('aac.mp4');
    await corruptMedia(input, output, { audio: { name: 'random-dropout', share: 0 }, audioCodec: 'aac' });
    expect((await probe(output)).audio!.codec).toBe('aac');
    const { channels } = await readAudio(output);
    expect(channels[0]).toHaveLength(25_600);
    const middle = (samples: Float32Array) => samples.subarray(8000, 16_000);
    const expected = middle(sound.channels[0]!);
    expect(Math.max(...middle(channels[0]!).map((s, i) => Math.abs(s - expected[i]!)))).toBeLessThan(0.05);
  });

  test('an ordinary video of the shared data', async () => {
    const folder = sharedPath('data/videos');
    if (!folder) return console.warn('data/videos is not below ROBUSTA_SHARED: not checked');
    const [name] = (await readdir(folder)).filter((file) => file.endsWith('.mp4'));
    const file = join(folder, name!);
    const output = path('ordinary.mp4');
    await corruptMedia(file, output, { audio: { name: 'bitrate', severity: 5 } });
    const [before, after] = [await probe(file), await probe(output)];
    expect(after.video).toEqual(before.video);
    expect(after.duration).toBeCloseTo(before.duration, 3);
    expect((await readAudio(output)).channels[0]!.length).toBe((await readAudio(file)).channels[0]!.length);
  });
});

describe('progress and cancel', () => {
  test('progress rises to the end, measuring first', async () => {
    const seen: { stage: string; done: number; total: number }[] = [];
    await corruptMedia(input, path('progress.mp4'), {
      visual: { name: 'brightness', severity: 1 },
      audio: { name: 'white', severity: 1 },
      onProgress: (step) => void seen.push(step),
    });
    expect(seen[0]!.stage).toBe('measuring');
    const corrupting = seen.filter(({ stage }) => stage === 'corrupting').map(({ done }) => done);
    expect(corrupting).toEqual([...corrupting].sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ stage: 'corrupting', done: seen[0]!.total });
  });

  test.each([0, 10, 40])('an abort after %i steps leaves nothing behind', async (after) => {
    const folder = path(`abort-${after}`);
    await mkdir(folder);
    const controller = new AbortController();
    let steps = 0;
    const run = corruptMedia(input, join(folder, 'out.mp4'), {
      visual: { name: 'fog', severity: 1 },
      audio: { name: 'white', severity: 1 },
      signal: controller.signal,
      onProgress: () => void (steps++ >= after && controller.abort()),
    });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('bad input', () => {
  const corrupt = (file: string, output: string, options: object) =>
    corruptMedia(file, output, options as CorruptOptions);
  const fog = { visual: { name: 'fog', severity: 3 } };
  const white = { audio: { name: 'white', severity: 3 } };

  test.each([
    [{}, 'neither visual nor audio'],
    [{ visual: { name: 'frog', severity: 3 } }, 'frog'],
    [{ audio: { name: 'fog', severity: 3 } }, 'fog'],
    [{ visual: { name: 'fog', severity: 0 } }, 'severity must be'],
    [{ visual: { name: 'fog' } }, 'severity'],
    [{ visual: { name: 'fog', severity: 3, strenght: 1 } }, 'strenght'],
    [{ visual: { name: 'bit-error', severity: '3' } }, 'severity'],
    [{ audio: { name: 'bitrate', severity: 9 } }, 'severity'],
    [{ ...fog, crf: 60 }, 'crf'],
    [{ ...fog, seed: 1.5 }, 'seed'],
    [{ ...fog, sed: 1 }, 'sed'],
  ])('%j: BAD_OPTION, and nothing is written', async (options, hint) => {
    const output = path('refused.mp4');
    await expect(corrupt(input, output, options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(hint),
    });
    expect(existsSync(output)).toBe(false);
  });

  test.each(['out.avi', 'out', 'out.webm'])('%s is no container that is written', async (name) => {
    await expect(corrupt(input, path(name), fog)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  test('the input itself is no output', async () => {
    const copy = path('copy.mp4');
    await copyFile(input, copy);
    await expect(corrupt(copy, copy, fog)).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect((await readFile(copy)).equals(await readFile(input))).toBe(true);
  });

  test('a modality that is missing', async () => {
    const mute = path('mute.mp4');
    await writeMedia(mute, { frames: [numberedFrame(0), numberedFrame(1)], fps: 25 });
    await expect(corrupt(mute, path('x.mp4'), white)).rejects.toMatchObject({ code: 'NO_AUDIO' });
    const blind = await writeRaw(path('blind.wav'), 'wav', { audio: tone(16_000, 0.1, [440]) });
    await expect(corrupt(blind, path('x.mp4'), fog)).rejects.toMatchObject({ code: 'NO_VIDEO' });
    expect(existsSync(path('x.mp4'))).toBe(false);
  });

  test('one frame and a few samples', async () => {
    const tiny = path('tiny.mp4');
    await writeMedia(tiny, {
      frames: [numberedFrame(9, 16, 16)],
      fps: 25,
      audio: tone(16_000, 0.001, [440]),
    });
    const output = path('tiny-out.mp4');
    await corrupt(tiny, output, { visual: { name: 'bit-error', severity: 5 }, ...white });
    expect(await collect(readFrames(output))).toHaveLength(1);
    expect((await readAudio(output)).channels[0]).toHaveLength(16);
  });

  test.each([
    ['missing.mp4', undefined, 'FILE_NOT_FOUND'],
    ['empty.mp4', '', 'EMPTY_INPUT'],
    ['text.mp4', 'this is no video', 'NOT_MEDIA'],
  ])('%s: %s', async (name, content, code) => {
    if (content !== undefined) await writeFile(path(name), content);
    await expect(corrupt(path(name), path('x.mp4'), fog)).rejects.toMatchObject({ code });
  });

  test('a file that is cut off: TRUNCATED, and no output', async () => {
    const cutOff = path('cut.mp4');
    const bytes = await readFile(input);
    await writeFile(cutOff, bytes.subarray(0, bytes.length - 2000));
    for (const options of [fog, { visual: { name: 'bit-error', severity: 3 } }, white]) {
      await expect(corrupt(cutOff, path('x.mp4'), options)).rejects.toMatchObject({ code: 'TRUNCATED' });
    }
    expect(existsSync(path('x.mp4'))).toBe(false);
  });

  test('a full disk: DISK_FULL, and nothing is left behind', async () => {
    const directory = path('full');
    await mkdir(directory);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', directory]);
    } catch {
      console.warn('skipped: mounting a small tmpfs is not permitted here');
      return;
    }
    try {
      const output = join(directory, 'out.mp4');
      await expect(corrupt(input, output, { ...fog, ...white })).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await run('umount', [directory]);
    }
  });

  test('an output that cannot be written', async () => {
    await expect(corrupt(input, path('none/x.mp4'), fog)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(corrupt(input, '/proc/x.mp4', fog)).rejects.toMatchObject({
      code: expect.stringMatching(/FILE_UNWRITABLE|FILE_NOT_FOUND/),
    });
  });

  test('an older output is replaced when all went well, and kept when not', async () => {
    const output = path('older.mp4');
    await writeFile(output, 'older');
    const cutOff = path('cut2.mp4');
    const bytes = await readFile(input);
    await writeFile(cutOff, bytes.subarray(0, bytes.length - 2000));
    await expect(corrupt(cutOff, output, fog)).rejects.toThrow();
    expect(await readFile(output, 'utf8')).toBe('older');
    await corrupt(input, output, fog);
    expect((await probe(output)).video!.frames).toBe(COUNT);
    expect((await collect(readFrames(output))).length).toBe(COUNT);
  });
});
