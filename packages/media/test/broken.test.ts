import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type Frame, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { probe, readAudio, readFrames, streamAudio, writeMedia } from '../src/index.js';
import { collect, cut, frameNumber, numberedFrames, temporaryFolder, tone, writeRaw } from './fixtures.js';

const folder = temporaryFolder();
let whole: string;
beforeAll(async () => {
  whole = folder.path('whole.mp4');
  const audio = tone(16000, 3, [440]);
  await writeMedia(whole, { frames: numberedFrames(60), fps: 20, gop: 10, audio });
});

const readers = {
  probe: (path: string) => probe(path),
  readFrames: (path: string) => collect(readFrames(path, { fps: 24 })),
  readAudio: (path: string) => readAudio(path),
};

/** What each door throws for a path. */
async function codes(path: string) {
  const entries = Object.entries(readers).map(async ([name, read]) => {
    const error = await read(path).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return [name, undefined];
    if (!RobustaError.isInstance(error)) throw error;
    expect(error.message).toContain(path);
    expect(error.hint).toBeTruthy();
    expect(error.details).toEqual({ path });
    return [name, error.code];
  });
  return Object.fromEntries(await Promise.all(entries));
}

const all = (code: string) => ({ probe: code, readFrames: code, readAudio: code });

test('more channels than can be read are refused', async () => {
  const path = await writeRaw(folder.path('channels.wav'), 'wav', { audio: tone(8000, 0.5, [300]) });
  const bytes = await readFile(path);
  for (const [count, expected] of [
    [8, undefined],
    [9, 'FILE_UNREADABLE'],
    [32, 'FILE_UNREADABLE'],
    [250, 'FILE_UNREADABLE'],
  ] as const) {
    bytes.writeUInt16LE(count, 22);
    bytes.writeUInt32LE(8000 * 2 * count, 28);
    bytes.writeUInt16LE(2 * count, 32);
    await writeFile(path, bytes);
    expect([count, (await codes(path)).readAudio]).toEqual([count, expected]);
  }
});

test('a missing file, a folder, an empty file', async () => {
  expect(await codes(folder.path('missing.mp4'))).toEqual(all('FILE_NOT_FOUND'));
  await mkdir(folder.path('folder.mp4'));
  expect(await codes(folder.path('folder.mp4'))).toEqual(all('FILE_UNREADABLE'));
  expect(await codes(folder.path(`${'long'.repeat(100)}.mp4`))).toEqual(all('FILE_UNREADABLE'));
  expect(await codes('a\0b.mp4')).toEqual(all('FILE_UNREADABLE'));
  await writeFile(folder.path('empty.mp4'), '');
  expect(await codes(folder.path('empty.mp4'))).toEqual(all('EMPTY_INPUT'));
});

test.each([
  ['text', 'these are words, not pictures\n'.repeat(200)],
  ['zeros', Buffer.alloc(20_000)],
  ['noise', Buffer.from(Array.from({ length: 20_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255))],
  ['one byte', 'x'],
  ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://localhost:1/a.ts\n#EXT-X-ENDLIST\n'],
  ['a list of files', "ffconcat version 1.0\nfile 'whole.mp4'\n"],
  ['subtitles', '1\n00:00:01,000 --> 00:00:02,000\nHello\n'],
])('%s, named like a video, is NOT_MEDIA', async (name, content) => {
  for (const extension of ['mp4', 'bin', 'txt']) {
    const path = folder.path(`${name}.${extension}`);
    await writeFile(path, content);
    expect(await codes(path)).toEqual(all('NOT_MEDIA'));
  }
});

test('names that FFmpeg would take for an address are only names', async () => {
  const path = folder.path('data:text,a|b %d ünïcode.mp4');
  await writeFile(path, await readFile(whole));
  expect((await collect(readFrames(path))).length).toBe(60);
  await expect(probe('http://localhost:1/a.mp4')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(probe('concat:a.mp4|b.mp4')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

test('sound without pictures, pictures without sound', async () => {
  const wav = await writeRaw(folder.path('sound.wav'), 'wav', { audio: tone(8000, 1, [300]) });
  expect(await codes(wav)).toEqual({ readFrames: 'NO_VIDEO' });
  expect(await probe(wav)).toMatchObject({
    format: 'wav',
    duration: 1,
    truncated: false,
    audio: { codec: 'pcm_s16le', sampleRate: 8000, channels: 1, start: 0 },
  });
  expect((await probe(wav)).video).toBeUndefined();
  const silent = folder.path('silent.mp4');
  await writeMedia(silent, { frames: numberedFrames(3), fps: 3 });
  expect(await codes(silent)).toEqual({ readAudio: 'NO_AUDIO' });
  expect((await probe(silent)).audio).toBeUndefined();
});

describe('files that are cut off', () => {
  test('an MP4 whose index is in front: what is there, then TRUNCATED', async () => {
    const path = await cut(whole, folder.path('half.mp4'), 0.6);
    expect((await probe(path)).truncated).toBe(true);
    expect((await probe(whole)).truncated).toBe(false);
    const frames: Frame[] = [];
    const read = async () => {
      for await (const frame of readFrames(path)) frames.push(frame);
    };
    await expect(read()).rejects.toMatchObject({ code: 'TRUNCATED', details: { path } });
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.length).toBeLessThan(60);
    // Near the cut a frame may be missing that others, already there, lean on.
    const numbers = frames.slice(0, -1).map(frameNumber);
    expect(numbers.slice(0, -4)).toEqual(numbers.slice(0, -4).map((_, i) => i));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

    let samples = 0;
    const listen = async () => {
      for await (const { channels } of streamAudio(path)) samples += channels[0]!.length;
    };
    await expect(listen()).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(samples).toBeGreaterThan(8000);
    await expect(readAudio(path)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  test('an MP4 without its index', async () => {
    const bytes = await readFile(whole);
    const path = folder.path('no-index.mp4');
    await writeFile(path, bytes.subarray(0, bytes.indexOf('moov') + 40));
    expect(await codes(path)).toEqual(all('TRUNCATED'));
    const behind = folder.path('index-behind.mp4');
    await writeRaw(behind, 'mp4', { times: [0, 0.1, 0.2, 0.3], audio: tone(8000, 1, [300]) });
    expect(await codes(behind)).toEqual({});
    expect(await codes(await cut(behind, folder.path('index-cut-off.mp4'), 0.5))).toEqual(all('TRUNCATED'));
  });

  test('AVI, WAV and Matroska', async () => {
    const times = Array.from({ length: 40 }, (_, i) => i / 20);
    for (const [format, extension] of [
      ['avi', 'avi'],
      ['matroska', 'mkv'],
    ] as const) {
      const path = await writeRaw(folder.path(`whole.${extension}`), format, { times });
      expect((await collect(readFrames(path))).length).toBe(40);
      const half = await cut(path, folder.path(`half.${extension}`), 0.6);
      await expect(collect(readFrames(half))).rejects.toMatchObject({ code: 'TRUNCATED' });
    }
    const wav = await writeRaw(folder.path('whole.wav'), 'wav', { audio: tone(8000, 1, [300]) });
    await expect(readAudio(await cut(wav, folder.path('half.wav'), 0.5))).rejects.toMatchObject({
      code: 'TRUNCATED',
    });
  });
});

test('whatever byte is damaged and wherever the file is cut: frames or a RobustaError, never a crash', async () => {
  const bytes = await readFile(whole);
  const path = folder.path('fuzz.mp4');
  const damage = fc.record({
    length: fc.integer({ min: 1, max: bytes.length }),
    flips: fc.array(
      fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 })),
      {
        maxLength: 30,
      },
    ),
    // Damage near the start hits the index, which is where parsers go wrong.
    header: fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 5,
    }),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ length, flips, header }) => {
      const broken = Buffer.from(bytes);
      for (const [position, value] of [...flips, ...header]) broken[position % broken.length] = value;
      await writeFile(path, broken.subarray(0, length));
      try {
        let frames = 0;
        for await (const frame of readFrames(path, { fps: 24, width: 32, height: 32 })) {
          expect(frame.data.length).toBe(32 * 32 * 3);
          if (++frames > 2000) break;
        }
        let blocks = 0;
        for await (const clip of streamAudio(path, { sampleRate: 8000, mono: true })) {
          expect(clip.channels.length).toBe(1);
          if (++blocks > 100) break;
        }
      } catch (error) {
        if (!RobustaError.isInstance(error)) throw error;
        expect(error.code).not.toBe('INTERNAL');
      }
    }),
    { numRuns: 100, seed: 1 },
  );
});

test('options that make no sense are refused at once', () => {
  for (const options of [
    { fps: 0 },
    { fps: Number.NaN },
    { fps: 24.5e5 },
    { width: 0 },
    { width: 1.5 },
    { height: 1e6 },
    { threads: 0 },
    { fsp: 24 },
  ]) {
    expect(() => readFrames(whole, options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  }
  expect(() => streamAudio(whole, { sampleRate: 0 })).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION' }),
  );
});

test('an aborted signal stops every reader', async () => {
  const aborted = AbortSignal.abort();
  await expect(collect(readFrames(whole, { signal: aborted }))).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(readAudio(whole, { signal: aborted })).rejects.toMatchObject({ code: 'ABORTED' });
  const controller = new AbortController();
  let frames = 0;
  const read = async () => {
    for await (const _ of readFrames(whole, { signal: controller.signal })) {
      if (++frames === 5) controller.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ code: 'ABORTED' });
  expect(frames).toBeLessThan(60);
});
