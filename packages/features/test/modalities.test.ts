import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AudioClip, type Frame, RobustaError } from '@robusta/core';
import { probe, readFrames, selectFrames, writeMedia } from '@robusta/media';
import {
  createAudioExtractor,
  createVisualExtractor,
  extractModalities,
  type VisualExtractor,
  type VisualReport,
} from '../src/index.js';
import { clip, still, tone } from './frames.js';
import { damaged, paced, turned } from './mp4.js';
import { writeSmallI3d } from './small-i3d.js';

const audio = createAudioExtractor({ kind: 'lite' });
const extractors: [name: string, extractor: VisualExtractor][] = [];
const open = [
  ['lite', 0],
  ['i3d', 1],
] as const;
let folder: string;
let dispose: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-modalities-'));
  const model = join(folder, 'small.onnx');
  await writeSmallI3d(model, 'small');
  const network = await createVisualExtractor({ kind: 'i3d-resnet50', model, crops: 1, threads: 1 });
  dispose = () => network.dispose();
  extractors.push(['lite', createVisualExtractor({ kind: 'lite' })], ['i3d', network]);
}, 60_000);
afterAll(async () => {
  await dispose();
  await rm(folder, { recursive: true, force: true });
});

const beep = (seconds: number) => tone(seconds, (t) => (t % 0.5 < 0.1 ? 0.3 * Math.sin(4000 * t) : 0));

async function write(
  name: string,
  count: number,
  options: { sound?: AudioClip; size?: [number, number]; gop?: number } = {},
): Promise<string> {
  const path = join(folder, name);
  const [width, height] = options.size ?? [48, 36];
  const frames = clip(count, (x, y, t) => still(x + t / 40, y), width, height);
  const { sound, gop } = options;
  const extra = { ...(sound ? { audio: sound } : {}), ...(gop ? { gop } : {}) };
  await writeMedia(path, { frames, fps: 24, preset: 'ultrafast', ...extra });
  return path;
}

async function framesOf(path: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(path)) frames.push(frame);
  return frames;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (RobustaError.isInstance(error) ? error.code : error),
  );

describe('the sound lies on the rows of the pictures', () => {
  const visual = createVisualExtractor({ kind: 'lite' });
  test.each([
    ['as long', 1.4, 'equal', 2],
    ['longer', 2.8, 'sound-cut', 4],
    ['shorter', 0.8, 'sound-padded', 1],
  ])('%s', async (_name, seconds, rule, own) => {
    const path = await write(`${rule}.mp4`, 34, { sound: beep(seconds) });
    const order: string[] = [];
    const { report, ...both } = await extractModalities(path, {
      visual,
      audio,
      onFeatures: ({ modality, length }) => void order.push(`${modality} ${length}`),
    });
    expect(report).toMatchObject({ rows: { visual: 2, audio: own }, rule, kept: 2, missing: [] });
    expect(both.visual).toMatchObject({ modality: 'visual', length: 2, dim: 256 });
    expect(both.audio).toEqual(await audio.extract(path, { snippets: 2 }));
    expect(order).toEqual(['visual 2', 'audio 2']);
    // On rows that are there already.
    const alone = await extractModalities(path, { audio, snippets: 2 });
    expect(alone.audio).toEqual(both.audio);
    expect(alone.report).toMatchObject({ rows: { visual: 2, audio: own }, rule, kept: 2 });
  });

  test('a modality that the file lacks is missing; both are an error', async () => {
    const mute = await write('mute.mp4', 16);
    const seen = await extractModalities(mute, { visual, audio });
    expect(seen.report).toMatchObject({ rows: { visual: 1, audio: 0 }, rule: 'single', missing: ['audio'] });
    expect(seen.audio).toBeUndefined();
    expect(await codeOf(extractModalities(mute, { audio }))).toBe('NO_AUDIO');
    const sound = join(folder, 'sound.mp4');
    await writeMedia(sound, { frames: clip(2, still, 16, 16), fps: 1, audio: beep(2) });
    const heard = await extractModalities(sound, { audio });
    expect(heard.report).toMatchObject({ rows: { visual: 0, audio: 3 }, rule: 'single', kept: 3 });
  });

  test('silence is sound: rows of it, not a missing modality', async () => {
    const path = await write('silence.mp4', 33, { sound: tone(1.4, () => 0) });
    const { audio: rows, report } = await extractModalities(path, { visual, audio });
    expect(report).toMatchObject({ rule: 'equal', kept: 2, missing: [] });
    expect(rows!.data.every(Number.isFinite)).toBe(true);
    expect(rows!.data.subarray(0, 128)).toEqual(rows!.data.subarray(128));
  });

  test('options that make no sense', async () => {
    const coarse = createAudioExtractor({ kind: 'lite', hopSeconds: 0.96 });
    for (const options of [
      {},
      { visual, audio: coarse },
      { visual, snippets: 3 },
      { visual: {} },
      { audio, snippets: 0 },
    ]) {
      expect(await codeOf(extractModalities('none.mp4', options as object))).toBe('BAD_OPTION');
    }
    expect(await codeOf(extractModalities('none.mp4', { visual }))).toBe('FILE_NOT_FOUND');
  });
});

describe.each(open)('%s on odd files', (_name, which) => {
  const extractor = () => extractors[which]![1];

  test('a variable frame rate: the rows of the frames that 24 fps show', async () => {
    const plain = await write('even.mp4', 24);
    const path = join(folder, 'uneven.mp4');
    const durations = Array.from({ length: 24 }, (_, i) => [1, 1, 4, 2][i % 4]!);
    await writeFile(path, paced(await readFile(plain), durations));
    const times = durations.map((_, i) => durations.slice(0, i).reduce((sum, step) => sum + step, 0));
    const frames = await framesOf(path);
    const second = { num: 1, den: 24 };
    const shown = selectFrames(times, 48, { num: 24, den: 1 }, second).map((i) => frames[i]!);
    expect(frames.length).toBe(24);
    const seen = await extractor().extract(path);
    expect(seen.length).toBe(3);
    expect(seen).toEqual(await extractor().extract(shown));
  }, 60_000);

  test('rotation metadata: pictures are turned upright first', async () => {
    const path = join(folder, 'turned.mp4');
    const plain = await write('lying.mp4', 16, { size: [64, 36] });
    await writeFile(path, turned(await readFile(plain)));
    expect((await probe(path)).video).toMatchObject({ width: 36, height: 64 });
    const upright = (await framesOf(plain)).map(clockwise);
    const seen = await extractor().extract(path);
    expect(seen).toEqual(await extractor().extract(upright));
    expect(seen).not.toEqual(await extractor().extract(plain));
  }, 60_000);

  test('packets damaged in the middle: all rows, those before the damage as they were', async () => {
    const plain = await write('whole.mp4', 48, { gop: 16 });
    const path = join(folder, 'damaged.mp4');
    await writeFile(path, damaged(await readFile(plain), 0.6, 0.7));
    const [whole, seen] = [await extractor().extract(plain), await extractor().extract(path)];
    expect(seen.length).toBe(3);
    expect(seen.data.every(Number.isFinite)).toBe(true);
    const row = seen.crops * seen.dim;
    expect(seen.data.subarray(0, row)).toEqual(whole.data.subarray(0, row));
    expect(seen).not.toEqual(whole);
  }, 60_000);

  test('shorter than a window: repeated from its start, and reported', async () => {
    const path = await write('short.mp4', 5, { sound: beep(0.2) });
    const reports: VisualReport[] = [];
    const seen = await extractor().extract(path, { onReport: (report) => void reports.push(report) });
    expect(reports).toEqual([{ frames: 5, droppedFrames: 0, looped: true }]);
    const frames = await framesOf(path);
    expect(seen).toEqual(await extractor().extract(Array.from({ length: 16 }, (_, t) => frames[t % 5]!)));
    const { report } = await extractModalities(path, { visual: extractor(), audio });
    expect(report).toMatchObject({ rows: { visual: 1, audio: 1 }, kept: 1 });
  }, 60_000);

  test('sound alone, no media, a file that was cut: typed errors', async () => {
    const whole = await readFile(await write('to-cut.mp4', 48, { sound: beep(2) }));
    const cut = join(folder, 'cut.mp4');
    await writeFile(cut, whole.subarray(0, Math.floor(0.7 * whole.length)));
    expect(await codeOf(extractor().extract(cut))).toBe('TRUNCATED');
    const text = join(folder, 'text.mp4');
    await writeFile(text, 'no pictures, no sound, only words\n'.repeat(100));
    expect(await codeOf(extractor().extract(text))).toBe('NOT_MEDIA');
    const wav = join(folder, 'beep.wav');
    await writeFile(wav, silentWav(8000));
    expect(await codeOf(extractor().extract(wav))).toBe('NO_VIDEO');
    const { report } = await extractModalities(wav, { visual: extractor(), audio });
    expect(report).toMatchObject({ rows: { visual: 0, audio: 1 }, missing: ['visual'], kept: 1 });
  }, 60_000);
});

/** Turned by 90 degrees clockwise. */
function clockwise({ width, height, data }: Frame): Frame {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [from, to] = [3 * (y * width + x), 3 * (x * height + (height - 1 - y))];
      out.set(data.subarray(from, from + 3), to);
    }
  return { width: height, height: width, data: out };
}

/** A second of 8-bit mono sound. */
function silentWav(rate: number): Buffer {
  const bytes = Buffer.alloc(44 + rate, 128);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + rate, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(rate, 40);
  return bytes;
}
