import type { Frame } from '@robusta/core';
import { sharedPath } from '@robusta/test-kit';
import { probe, readAudio, readFrames, selectFrames, writeMedia } from '../src/index.js';
import { collect, frameNumber, numberedFrames, setRotation, temporaryFolder, writeRaw } from './fixtures.js';

const folder = temporaryFolder();
const bytesOf = (frames: Frame[]) => Buffer.concat(frames.map(({ data }) => data));
const rates = [10, 12, 15, 19.62, 24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60];

test.each(rates)(
  'a file written at %d fps has all its frames, and at 24 fps those of the rule',
  async (fps) => {
    const path = folder.path(`rate-${fps}.mp4`);
    await writeMedia(path, { frames: numberedFrames(53), fps });
    const info = await probe(path);
    expect(info.video!.fps).toBeCloseTo(fps, 6);
    expect(info.video!.nominalFps).toBeCloseTo(fps, 6);
    expect(info.video!.frames).toBe(53);

    const all = await collect(readFrames(path));
    expect(all.map(frameNumber)).toEqual(Array.from({ length: 53 }, (_, i) => i));

    const timestamps = Array.from({ length: 53 }, (_, i) => i);
    const [num, den] = fps % 1 === 0 ? [fps, 1] : fps === 19.62 ? [981, 50] : [Math.round(fps) * 1000, 1001];
    const expected = selectFrames(timestamps, 53, { num: 24, den: 1 }, { num: den!, den: num! });
    const converted = await collect(readFrames(path, { fps: 24 }));
    expect(converted.map(frameNumber)).toEqual(expected);
  },
);

test('variable frame rate follows the presentation times', async () => {
  const times = [0, 0.04, 0.5, 0.52, 0.53, 1.2, 1.25];
  const path = await writeRaw(folder.path('variable.mkv'), 'matroska', { times });
  const numbers = (await collect(readFrames(path, { fps: 10 }))).map(frameNumber);
  // Slots 0 0 5 5 5 12 13 (12.5 goes away from zero); the last frame lasts a millisecond, so 13 frames are round(10 * end).
  expect(numbers).toEqual([1, 1, 1, 1, 1, 4, 4, 4, 4, 4, 4, 4, 5]);
});

test('a video that starts late repeats its first frame from time zero, where the sound starts', async () => {
  const audio = { sampleRate: 16000, channels: [new Float32Array(32000)] };
  const times = Array.from({ length: 10 }, (_, i) => 0.5 + i / 10);
  const path = await writeRaw(folder.path('late.mkv'), 'matroska', { times, audio });
  expect((await probe(path)).video!.start).toBeCloseTo(0.5, 2);
  const numbers = (await collect(readFrames(path, { fps: 10 }))).map(frameNumber);
  expect(numbers.slice(0, 15)).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('the clock of a transport stream, which starts anywhere, is moved to zero', async () => {
  const times = Array.from({ length: 20 }, (_, i) => i / 20);
  const path = await writeRaw(folder.path('stream.ts'), 'mpegts', { times });
  expect((await probe(path)).video!.start).toBe(0);
  const numbers = (await collect(readFrames(path, { fps: 20 }))).map(frameNumber);
  expect(numbers).toEqual(times.map((_, i) => i));
});

test('a raw H.264 stream without any times has its frames one after the other', async () => {
  const times = Array.from({ length: 12 }, (_, i) => i / 25);
  const path = await writeRaw(folder.path('raw.h264'), 'h264', { times });
  const numbers = (await collect(readFrames(path))).map(frameNumber);
  expect(numbers).toEqual(times.map((_, i) => i));
  expect((await probe(path)).duration).toBeGreaterThan(0);
});

describe('orientation', () => {
  const corner = ({ width, data }: Frame, right: boolean, bottom: boolean, height: number) =>
    data[((bottom ? height - 4 : 4) * width + (right ? width - 4 : 4)) * 3]!;
  const corners = (frame: Frame) =>
    [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ].map(([right, bottom]) => Math.round(corner(frame, right!, bottom!, frame.height) / 60));
  // Stored: the gray levels 0 1 / 2 3 (times 60) in the four quarters.
  const quarters: Frame = { width: 64, height: 32, data: new Uint8Array(64 * 32 * 3) };
  for (let i = 0; i < 64 * 32; i++) {
    const level = (i % 64 >= 32 ? 1 : 0) + (i >= 64 * 16 ? 2 : 0);
    quarters.data.fill(level * 60, i * 3, i * 3 + 3);
  }

  test.each([
    ['as stored', [1, 0, 0, 1], 0, false, [0, 1, 2, 3]],
    ['a quarter clockwise', [0, 1, -1, 0], 90, false, [2, 0, 3, 1]],
    ['upside down', [-1, 0, 0, -1], 180, false, [3, 2, 1, 0]],
    ['a quarter counterclockwise', [0, -1, 1, 0], 270, false, [1, 3, 0, 2]],
    ['mirrored', [-1, 0, 0, 1], 0, true, [1, 0, 3, 2]],
    ['mirrored top to bottom', [1, 0, 0, -1], 180, true, [2, 3, 0, 1]],
    ['transposed', [0, 1, 1, 0], 270, true, [0, 2, 1, 3]],
  ] as const)('%s', async (name, matrix, rotation, mirrored, expected) => {
    const stored = folder.path('stored.mp4');
    await writeMedia(stored, { frames: [quarters], fps: 10 });
    const path = await setRotation(stored, folder.path(`${name}.mp4`), [...matrix]);
    const { video } = await probe(path);
    const turned = rotation % 180 !== 0;
    expect(video).toMatchObject({ rotation, mirrored, width: turned ? 32 : 64, height: turned ? 64 : 32 });
    const [frame] = await collect(readFrames(path));
    expect([frame!.width, frame!.height]).toEqual(turned ? [32, 64] : [64, 32]);
    expect(corners(frame!)).toEqual(expected);
    const [small] = await collect(readFrames(path, { width: 16 }));
    expect([small!.width, small!.height]).toEqual(turned ? [16, 32] : [16, 8]);
    expect([small!.data.length]).toEqual([small!.width * small!.height * 3]);
  });
});

test('sizes: both, one of them keeping the shape, none', async () => {
  const path = folder.path('sizes.mp4');
  await writeMedia(path, { frames: numberedFrames(2, 96, 64), fps: 10 });
  const size = async (options: object) => {
    const [frame] = await collect(readFrames(path, options));
    expect(frame!.data.constructor).toBe(Uint8Array);
    expect(frame!.data.length).toBe(frame!.width * frame!.height * 3);
    return [frame!.width, frame!.height];
  };
  expect(await size({})).toEqual([96, 64]);
  expect(await size({ width: 33, height: 21 })).toEqual([33, 21]);
  expect(await size({ width: 48 })).toEqual([48, 32]);
  expect(await size({ height: 128 })).toEqual([192, 128]);
});

test('colors come back as they went in: 4:2:0 and quantisation cost under three levels on flat fields', async () => {
  const path = folder.path('colors.mp4');
  const data = new Uint8Array(64 * 64 * 3);
  const fields = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [200, 180, 20],
  ];
  for (let i = 0; i < 64 * 64; i++) {
    data.set(fields[(i % 64 >= 32 ? 1 : 0) + (i >= 64 * 32 ? 2 : 0)]!, i * 3);
  }
  await writeMedia(path, { frames: [{ width: 64, height: 64, data }], fps: 10, crf: 4 });
  const [frame] = await collect(readFrames(path));
  for (const [index, field] of fields.entries()) {
    const at = ((index >> 1) * 32 + 16) * 64 + (index & 1) * 32 + 16;
    for (let c = 0; c < 3; c++) expect(Math.abs(frame!.data[at * 3 + c]! - field[c]!)).toBeLessThan(4);
  }
});

test('frames have memory of their own, repeated ones too', async () => {
  const path = folder.path('own.mp4');
  await writeMedia(path, { frames: numberedFrames(3), fps: 5 });
  const frames = await collect(readFrames(path, { fps: 20 }));
  expect(frames.map(frameNumber)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  for (const frame of frames) frame.data.fill(0);
  expect(new Set(frames.map(({ data }) => data.buffer)).size).toBe(12);
});

test('the number of decoder threads does not change the result', async () => {
  const path = folder.path('threads.mp4');
  await writeMedia(path, { frames: numberedFrames(40), fps: 25 });
  const one = bytesOf(await collect(readFrames(path)));
  const four = bytesOf(await collect(readFrames(path, { threads: 4 })));
  expect(four.equals(one)).toBe(true);
});

test('leaving the loop early is fine, and so is reading the same file twice at once', async () => {
  const path = folder.path('early.mp4');
  await writeMedia(path, { frames: numberedFrames(30), fps: 25 });
  for (let round = 0; round < 20; round++) {
    for await (const frame of readFrames(path, { fps: 24 })) {
      expect(frameNumber(frame)).toBe(0);
      break;
    }
  }
  const [a, b] = await Promise.all([collect(readFrames(path)), collect(readFrames(path))]);
  expect(bytesOf(a).equals(bytesOf(b))).toBe(true);
});

const videos = sharedPath('data', 'videos');
(videos ? test : test.skip)('real clips of odd rates (skipped without data/videos)', async () => {
  const { readdir } = await import('node:fs/promises');
  for (const name of (await readdir(videos!)).filter((file) => file.endsWith('.mp4'))) {
    const path = `${videos}/${name}`;
    const info = await probe(path);
    let count = 0;
    for await (const frame of readFrames(path, { fps: 24, width: 64, height: 48 })) {
      expect(frame.data.length).toBe(64 * 48 * 3);
      count++;
    }
    expect(Math.abs(count - 24 * (info.video!.frames! / info.video!.fps))).toBeLessThanOrEqual(1);
    const { channels, sampleRate } = await readAudio(path, { sampleRate: 16000, mono: true });
    expect(Math.abs(channels[0]!.length / sampleRate - info.duration)).toBeLessThan(0.1);
  }
});
