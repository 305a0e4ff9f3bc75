import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { probe, readAudio, readFrames, writeMedia } from '../src/index.js';
import { collect, frameNumber, numberedFrame, numberedFrames, temporaryFolder, tone } from './fixtures.js';

const folder = temporaryFolder();
const run = promisify(execFile);

/** An empty folder of its own for tests that look at what is left behind. */
async function emptyFolder(name: string): Promise<string> {
  const path = folder.path(name);
  await mkdir(path);
  return path;
}

test('a pause in the source or another preset changes neither frames nor order', async () => {
  async function* slow() {
    for (const frame of numberedFrames(40)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield frame;
    }
  }
  for (const preset of ['ultrafast', 'medium'] as const) {
    const path = folder.path(`${preset}.mp4`);
    await writeMedia(path, { frames: slow(), fps: 25, preset, gop: 7, crf: 30 });
    expect((await collect(readFrames(path))).map(frameNumber)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect((await probe(path)).video).toMatchObject({ codec: 'h264', pixelFormat: 'yuv420p', width: 96 });
  }
});

test('the same input gives the same bytes, also while others write and whatever the memory holds', async () => {
  // A fade over a texture: what x264's macroblock trees and weighted prediction look at.
  function* fade() {
    for (let i = 0; i < 40; i++) {
      const data = new Uint8Array(64 * 64 * 3);
      for (let p = 0; p < 64 * 64; p++) data.set([p * 4 + i * 2, (p >> 6) * 2, i * 3], p * 3);
      yield { width: 64, height: 64, data };
    }
  }
  const audio = tone(16000, 1, [440, 450]);
  const write = async (name: string, preset: 'veryfast' | 'medium') => {
    const path = folder.path(name);
    await writeMedia(path, { frames: fade(), fps: 24, audio, preset });
    return readFile(path);
  };
  for (const preset of ['veryfast', 'medium'] as const) {
    const first = await write('first.mp4', preset);
    const others = await Promise.all(
      Array.from({ length: 6 }, (_, i) => write(`again-${preset}-${i}.mp4`, preset)),
    );
    for (const other of others) expect(other.equals(first)).toBe(true);
  }
});

test('sound may come as clips of any length and be longer or shorter than the picture', async () => {
  const whole = tone(16000, 2.5, [440]);
  const [samples] = whole.channels;
  async function* clips() {
    for (let from = 0; from < samples!.length; from += 1234) {
      yield { sampleRate: 16000, channels: [samples!.subarray(from, from + 1234)] };
    }
  }
  const one = folder.path('one-clip.mp4');
  const many = folder.path('many-clips.mp4');
  await writeMedia(one, { frames: numberedFrames(10), fps: 10, audio: whole });
  await writeMedia(many, { frames: numberedFrames(10), fps: 10, audio: clips() });
  const [a, b] = [await readAudio(one), await readAudio(many)];
  expect(a.channels[0]!.length).toBe(40_000);
  expect(Buffer.from(a.channels[0]!.buffer).equals(Buffer.from(b.channels[0]!.buffer))).toBe(true);
  expect((await collect(readFrames(one))).length).toBe(10);
  const short = folder.path('short-sound.mp4');
  await writeMedia(short, { frames: numberedFrames(40), fps: 10, audio: tone(16000, 0.5, [440]) });
  expect((await readAudio(short)).channels[0]!.length).toBe(8000);
  expect((await collect(readFrames(short))).length).toBe(40);
});

test('one frame, very slow and very fast video', async () => {
  for (const [fps, count] of [
    [0.1, 3],
    [1, 1],
    [1000, 30],
    [29.97, 31],
  ] as const) {
    const path = folder.path(`fps-${fps}.mp4`);
    await writeMedia(path, { frames: numberedFrames(count), fps, audio: tone(8000, 0.5, [300]) });
    expect((await collect(readFrames(path))).map(frameNumber)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expect((await probe(path)).video!.fps).toBeCloseTo(fps, 6);
  }
});

test('an existing file is replaced whole, and kept when writing fails', async () => {
  const directory = await emptyFolder('replace');
  const path = `${directory}/video.mp4`;
  await writeFile(path, 'old');
  const broken = function* () {
    yield* numberedFrames(50);
    throw new Error('the source broke');
  };
  await expect(writeMedia(path, { frames: broken(), fps: 25 })).rejects.toThrow('the source broke');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(directory)).toEqual(['video.mp4']);
  await writeMedia(path, { frames: numberedFrames(5), fps: 25 });
  expect((await probe(path)).video!.frames).toBe(5);
  expect(await readdir(directory)).toEqual(['video.mp4']);
});

test('errors of the sources pass through: they are not about the file that is written', async () => {
  const directory = await emptyFolder('sources');
  const damaged = `${directory}/damaged.mp4`;
  await mkdir(damaged);
  const path = `${directory}/out.mp4`;
  await expect(writeMedia(path, { frames: readFrames(damaged), fps: 25 })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    details: { path: damaged },
  });
  async function* stream() {
    yield numberedFrame(0);
    await readFile(`${directory}/missing`);
  }
  await expect(writeMedia(path, { frames: stream(), fps: 25 })).rejects.toMatchObject({ code: 'ENOENT' });
  // A folder stands where the file should be.
  await expect(writeMedia(damaged, { frames: numberedFrames(2), fps: 25 })).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    details: { path: damaged },
  });
  expect(await readdir(directory)).toEqual(['damaged.mp4']);
});

test('sources are told when writing stops', async () => {
  const closed: string[] = [];
  async function* frames() {
    try {
      yield numberedFrame(0);
      yield numberedFrame(1, 64, 64);
    } finally {
      closed.push('frames');
    }
  }
  async function* audio() {
    try {
      for (;;) yield tone(8000, 1, [300]);
    } finally {
      closed.push('audio');
    }
  }
  await expect(
    writeMedia(folder.path('closed.mp4'), { frames: frames(), fps: 1, audio: audio() }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT' });
  expect(closed.sort()).toEqual(['audio', 'frames']);
});

test('abort stops at once, even when the source hangs, and leaves nothing behind', async () => {
  const directory = await emptyFolder('abort');
  const controller = new AbortController();
  async function* hanging() {
    yield* numberedFrames(30);
    setTimeout(() => controller.abort(), 10);
    await new Promise(() => {});
  }
  const written = writeMedia(`${directory}/a.mp4`, { frames: hanging(), fps: 25, signal: controller.signal });
  await expect(written).rejects.toMatchObject({ code: 'ABORTED' });
  const early = writeMedia(`${directory}/b.mp4`, {
    frames: numberedFrames(3),
    fps: 25,
    signal: AbortSignal.abort(),
  });
  await expect(early).rejects.toMatchObject({ code: 'ABORTED' });
  expect(await readdir(directory)).toEqual([]);
});

test('what cannot be written is refused, and leaves nothing behind', async () => {
  const directory = await emptyFolder('refused');
  const path = `${directory}/x.mp4`;
  const refuse = (options: object, code: string, target = path) =>
    expect(
      writeMedia(target, { frames: numberedFrames(2), fps: 10, ...options } as never),
    ).rejects.toMatchObject({
      code,
    });
  await refuse({ frames: [] }, 'EMPTY_INPUT');
  await refuse({ frames: numberedFrames(1, 95, 64) }, 'BAD_INPUT');
  await refuse({ frames: numberedFrames(1, 96, 63) }, 'BAD_INPUT');
  await refuse({ frames: [numberedFrame(0), numberedFrame(1, 64, 64)] }, 'BAD_INPUT');
  await refuse({ frames: [{ width: 64, height: 64, data: new Uint8Array(64 * 64 * 4) }] }, 'BAD_INPUT');
  await refuse({ frames: [{ width: 0, height: 64, data: new Uint8Array(0) }] }, 'BAD_INPUT');
  await refuse({ frames: 7 }, 'BAD_OPTION');
  await refuse({ fps: 0 }, 'BAD_OPTION');
  await refuse({ fps: undefined }, 'BAD_OPTION');
  await refuse({ crf: 52 }, 'BAD_OPTION');
  await refuse({ preset: 'warp' }, 'BAD_OPTION');
  await refuse({ bitrate: 1 }, 'BAD_OPTION');
  await refuse({ audio: tone(11127, 0.1, [300]) }, 'BAD_INPUT');
  await refuse({ audio: { sampleRate: 8000, channels: [Float32Array.of(Number.NaN)] } }, 'NON_FINITE');
  await refuse({ audio: [tone(8000, 0.1, [300]), tone(16000, 0.1, [300])] }, 'BAD_INPUT');
  await refuse({}, 'BAD_OPTION', `${directory}/x.mkv`);
  await refuse({}, 'FILE_NOT_FOUND', `${directory}/no/such/folder/x.mp4`);
  expect(await readdir(directory)).toEqual([]);
});

test('a full disk is DISK_FULL, and nothing is left behind', async () => {
  const directory = await emptyFolder('full');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', directory]);
  } catch {
    console.warn('skipped: mounting a small tmpfs is not permitted here');
    return;
  }
  try {
    // Noise does not compress: 128 KiB are full after some frames, or only when the file is finished.
    function* noise(count: number) {
      let state = 1;
      for (let i = 0; i < count; i++) {
        const data = new Uint8Array(128 * 128 * 3);
        for (let p = 0; p < data.length; p++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          data[p] = state >>> 24;
        }
        yield { width: 128, height: 128, data };
      }
    }
    const path = `${directory}/noise.mp4`;
    const outcomes: string[] = [];
    for (const count of [3, 5, 6, 7, 8, 9, 10, 12, 40]) {
      const error = await writeMedia(path, { frames: noise(count), fps: 10, crf: 10 }).catch((e) => e);
      if (error) {
        expect(error).toMatchObject({ code: 'DISK_FULL', details: { path } });
        expect(await readdir(directory)).toEqual([]);
      } else {
        // What is said to be written is there to the last frame.
        expect((await collect(readFrames(path))).length).toBe(count);
        await rm(path);
      }
      outcomes.push(error ? 'full' : 'written');
    }
    expect(outcomes.at(0)).toBe('written');
    expect(outcomes.at(-1)).toBe('full');
    expect(outcomes).toEqual([...outcomes].sort().reverse());
    await writeMedia(`${directory}/small.mp4`, { frames: numberedFrames(5), fps: 10 });
    expect((await collect(readFrames(`${directory}/small.mp4`))).length).toBe(5);
  } finally {
    await run('umount', [directory]);
  }
});
