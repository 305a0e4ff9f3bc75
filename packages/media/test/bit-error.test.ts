import fc from 'fast-check';
import { createByteNoise } from '../src/bit-error/byte-noise.js';
import { createDamagedDecoder } from '../src/bit-error/damaged-decoder.js';
import { sparedSpans } from '../src/bit-error/nal-units.js';
import { BitErrorOptionsSchema } from '../src/bit-error/options.js';
import { av } from '../src/ffmpeg.js';
import { type BitErrorOptions, readFrames, writeMedia } from '../src/index.js';
import { openMedia } from '../src/media-file.js';
import {
  collect,
  frameNumber,
  numberedFrame,
  numberedFrames,
  temporaryFolder,
  writeRaw,
} from './fixtures.js';

const { path } = temporaryFolder();
const COUNT = 60;
let video: string;
beforeAll(async () => {
  video = path('clean.mp4');
  await writeMedia(video, { frames: noisyFrames(COUNT), fps: 25, crf: 20 });
});

/** Enough texture that a frame takes some kilobytes. */
function* noisyFrames(count: number) {
  let state = 1;
  for (let i = 0; i < count; i++) {
    const frame = numberedFrame(i);
    for (let p = 0; p < frame.data.length; p++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      frame.data[p]! += (state >>> 24) % 24;
    }
    yield frame;
  }
}

const bytes = fc.uint8Array({ minLength: 0, maxLength: 300 });
const rate = fc.integer({ min: 1, max: 700 });

describe('the byte machine', () => {
  test("equals FFmpeg's noise filter on any packets", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        rate,
        (packets, amount) => {
          const filter = new av.BitStreamFilterContext();
          filter.alloc(av.BitStreamFilter.getByName('noise')!);
          filter.setOption('amount', String(amount));
          filter.init();
          const noise = createByteNoise(amount);
          for (const data of packets) {
            const packet = new av.Packet();
            packet.alloc();
            packet.data = Buffer.from(data);
            filter.sendPacketSync(packet);
            filter.receivePacketSync(packet);
            const ours = data.slice();
            noise.damage(ours);
            expect([...ours]).toEqual([...packet.data!]);
            packet.free();
          }
          filter.free();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('does not depend on how the stream is cut, and wraps around at 2^32', () => {
    fc.assert(
      fc.property(
        bytes,
        rate,
        fc.nat(300),
        fc.integer({ min: 0, max: 0xffffffff }),
        (data, amount, at, start) => {
          const whole = data.slice();
          const parts = data.slice();
          const [one, two] = [createByteNoise(amount, start), createByteNoise(amount, start)];
          one.damage(whole);
          two.damage(parts.subarray(0, at));
          two.damage(parts.subarray(at));
          expect(parts).toEqual(whole);
          expect(two.state).toBe(one.state);
          const sum = data.reduce((total, byte) => total + byte + 1, start);
          expect(one.state).toBe(sum % 2 ** 32);
        },
      ),
    );
  });

  test('counts what it spares, and keeps it', () => {
    fc.assert(
      fc.property(bytes, rate, fc.nat(300), fc.nat(300), (data, amount, a, b) => {
        const [from, to] = [Math.min(a, b, data.length), Math.min(Math.max(a, b), data.length)];
        const free = data.slice();
        const kept = data.slice();
        const [one, two] = [createByteNoise(amount), createByteNoise(amount)];
        one.damage(free);
        two.damage(kept, [[from, to]]);
        expect(two.state).toBe(one.state);
        const expected = free.map((byte, i) => (i >= from && i < to ? data[i]! : byte));
        expect(kept).toEqual(expected);
      }),
    );
  });
});

describe('what is spared of a packet', () => {
  // Parameter set of 2 bytes, slice of 3.
  const lengths = Uint8Array.of(0, 0, 0, 2, 0x67, 9, 0, 0, 0, 3, 0x65, 8, 8);
  const startCodes = Uint8Array.of(0, 0, 0, 1, 0x67, 9, 0, 0, 1, 0x65, 8, 8);

  test.each([
    ['none', []],
    [
      'lengths',
      [
        [0, 4],
        [6, 10],
      ],
    ],
    [
      'headers',
      [
        [0, 6],
        [6, 11],
      ],
    ],
  ] as const)('%s, lengths before the units', (protect, spans) => {
    expect(sparedSpans(lengths, protect, 4)).toEqual(spans);
  });
  test.each([
    [
      'lengths',
      [
        [1, 4],
        [6, 9],
      ],
    ],
    [
      'headers',
      [
        [1, 6],
        [6, 10],
      ],
    ],
  ] as const)('%s, start codes before the units', (protect, spans) => {
    expect(sparedSpans(startCodes, protect, 0)).toEqual(spans);
  });
  test('spans rise and stay inside whatever the bytes', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom('lengths', 'headers'),
        fc.constantFrom(0, 1, 2, 4),
        (data, protect, size) => {
          let last = 0;
          for (const [from, to] of sparedSpans(data, protect, size)) {
            expect(from).toBeGreaterThanOrEqual(last);
            expect(to).toBeGreaterThanOrEqual(from);
            last = to;
          }
          expect(last).toBeLessThanOrEqual(data.length + 1);
        },
      ),
    );
  });
});

describe('decoding what was damaged', () => {
  const damaged = (options: BitErrorOptions, file = video) =>
    collect(readFrames(file, { bitError: options }));

  test.each([100_000, 2000, 300, 20, 1])(
    'one byte in %i: every frame is there, in its size',
    async (bytesPerError) => {
      const frames = await damaged({ bytesPerError });
      expect(frames).toHaveLength(COUNT);
      for (const { width, height, data } of frames)
        expect([width, height, data.length]).toEqual([96, 64, 18432]);
    },
  );

  test('a rate that hits nothing gives the clean frames', async () => {
    expect(await damaged({ bytesPerError: 0xfffffffe })).toEqual(await collect(readFrames(video)));
  });

  test('the same again, another seed otherwise; severity is the published rate', async () => {
    const one = await damaged({ bytesPerError: 500, seed: 7 });
    expect(await damaged({ bytesPerError: 500, seed: 7 })).toEqual(one);
    expect(await damaged({ bytesPerError: 500, seed: 8 })).not.toEqual(one);
    expect(await damaged({ severity: 5 })).toEqual(await damaged({ bytesPerError: 10_000 }));
  });

  test('lost frames show the one before: numbers never run ahead of the frame', async () => {
    const plain = path('plain.mp4');
    await writeMedia(plain, { frames: numberedFrames(COUNT), fps: 25 });
    const file = await openMedia(plain);
    const decoder = await createDamagedDecoder(
      file,
      file.video!,
      BitErrorOptionsSchema.parse({ bytesPerError: 90, protect: 'none' }),
      undefined,
    );
    const frame = new av.Frame();
    frame.alloc();
    const times: number[] = [];
    while (await decoder.next(frame)) times.push(Number(frame.pts));
    const { measured, parameters } = decoder.report();
    expect(times).toHaveLength(COUNT);
    expect(new Set(times.map((time, i) => time - times[Math.max(0, i - 1)]!)).size).toBeLessThanOrEqual(2);
    expect(measured.frames).toBe(COUNT);
    expect(measured.hits).toBeGreaterThan(0);
    expect(parameters).toEqual({ seed: 0, bytesPerError: 90, protect: 'none' });
    frame.free();
    decoder.close();
    file.close();
  });

  test('errors per second: hits in proportion to the length', async () => {
    const file = await openMedia(video);
    const options = BitErrorOptionsSchema.parse({ errorsPerSecond: 20 });
    const decoder = await createDamagedDecoder(file, file.video!, options, undefined);
    const frame = new av.Frame();
    frame.alloc();
    while (await decoder.next(frame));
    // 2.4 s at 20 a second; the counter is no clock, so some more or less.
    expect(decoder.report().measured.hits).toBeGreaterThan(30);
    expect(decoder.report().measured.hits).toBeLessThan(70);
    frame.free();
    decoder.close();
    file.close();
  });

  test('another codec is encoded to H.264 first, and the fps rule works as ever', async () => {
    const times = Array.from({ length: 30 }, (_, i) => i / 25);
    const other = await writeRaw(path('other.mp4'), 'mp4', { times, codec: 'mpeg4' });
    const clean = await damaged({ bytesPerError: 0xfffffffe }, other);
    expect(clean.map(frameNumber)).toEqual(times.map((_, i) => i));
    expect(await damaged({ bytesPerError: 200 }, other)).toHaveLength(30);
    expect(await collect(readFrames(other, { fps: 50, bitError: { bytesPerError: 200 } }))).toHaveLength(
      (await collect(readFrames(other, { fps: 50 }))).length,
    );
  });

  test.each([
    [{}, 'neither severity'],
    [{ bytesPerError: 10, errorsPerSecond: 1 }, 'errorsPerSecond'],
    [{ severity: 6 }, 'severity must be'],
    [{ bytesPerError: 0 }, 'bytesPerError'],
    [{ severity: 3, seed: -1 }, 'seed'],
    [{ severity: 3, amount: 5 }, 'amount'],
  ])('%j is refused', async (options, hint) => {
    await expect(async () => damaged(options as BitErrorOptions)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(hint),
    });
  });

  test('an abort stops it', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(
      collect(readFrames(video, { bitError: { severity: 3 }, signal: controller.signal })),
    ).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
