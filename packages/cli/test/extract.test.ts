import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import {
  createAudioExtractor,
  createVisualExtractor,
  networkGraph,
  networkTensors,
  readFeatures,
  readXdFeatures,
} from '@robusta/features';
import { writeMedia } from '@robusta/media';
import { main } from '../src/index.js';
import { robusta as run } from './run.js';

const robusta = (...args: string[]) => run('extract', ...args);
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-extract-'));
  await mkdir(path('videos', 'more'), { recursive: true });
  await writeVideo(path('videos', 'street.mp4'), 40);
  await writeVideo(path('videos', 'more', 'short.mp4'), 9);
  await writeFile(path('videos', 'broken.mp4'), 'no video at all');
  await mkdir(path('both'));
  await writeVideo(path('both', 'long.mp4'), 34, 3);
  await writeVideo(path('both', 'mute.mp4'), 16);
  await writeVideo(path('both', 'short.mp4'), 34, 1);
  await writeVideo(path('one.mp4'), 20, 1);
  await writeModel(path('small.onnx'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `count` frames at 24 fps, with so many seconds of sound. */
async function writeVideo(file: string, count: number, seconds = 0) {
  const frames = Array.from({ length: count }, (_, t) => {
    const data = Uint8Array.from({ length: 96 * 64 * 3 }, (_, p) => ((p % 288) / 2 + 3 * t + (p >> 9)) & 255);
    return { width: 96, height: 64, data };
  });
  const sound = Float32Array.from(
    { length: 16000 * seconds },
    (_, i) => 0.3 * Math.sin(i / 8) * (i & 4096 ? 1 : 0.1),
  );
  const audio = { sampleRate: 16000, channels: [sound] };
  await writeMedia(file, { frames, fps: 24, preset: 'ultrafast', ...(seconds > 0 ? { audio } : {}) });
}

/** An I3D-ResNet50 of one block a stage with random weights. */
async function writeModel(file: string) {
  const layers = [1, 1, 1, 1] as const;
  const rng = createRng(5);
  const noise = Float32Array.from({ length: 4096 }, () => rng.uniform() - 0.45);
  const tensors = networkTensors('i3d-resnet50', { layers }).map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = shape.length > 1 ? Math.sqrt((8 * shape[0]!) / size) : 1;
    const value = (i: number) => (name.endsWith('running_var') ? 1 : scale * noise[i & 4095]!);
    const data = name.endsWith('num_batches_tracked')
      ? { dtype: 'int64' as const, data: new BigInt64Array(size) }
      : { dtype: 'float32' as const, data: Float32Array.from({ length: size }, (_, i) => value(i)) };
    return [name, { shape: [...shape], ...data }];
  });
  await writeFile(file, networkGraph('i3d-resnet50', Object.fromEntries(tensors), { layers }));
}

test('a folder with lite: one file each, what fails is named, and a second run keeps what is there', async () => {
  const args = [path('videos'), '--extractor', 'lite', '--out', path('lite.v1')];
  const first = await robusta(...args);
  expect(first.code).toBe(1);
  expect(first.err).toMatch(/broken\.mp4/);
  expect(first.err).toMatch(/PARTIAL_FAILURE/);
  expect(first.out).toContain(
    `${path('lite.v1', 'street.npy')}: [2, 1, 256], the last 8 of 40 frames fill no row`,
  );
  expect(first.out).toContain(
    `${path('lite.v1', 'more', 'short.npy')}: [1, 1, 256], 9 frames repeated to make 16`,
  );
  expect(first.out).toMatch(/2 videos of 2\.0 s in .* x real time/);
  const { sequence, sidecar } = await readFeatures(path('lite.v1', 'street.npy'));
  expect(sequence).toEqual(
    await createVisualExtractor({ kind: 'lite' }).extract(path('videos', 'street.mp4')),
  );
  expect(sidecar.sourceSha256).toMatch(/^[0-9a-f]{64}$/);

  await rm(path('lite.v1', 'more', 'short.npy'));
  const { mtimeMs } = await stat(path('lite.v1', 'street.npy'));
  const second = await robusta(...args, '--json');
  const { files, kept, failed } = JSON.parse(second.out);
  expect(kept).toEqual([path('videos', 'street.mp4')]);
  expect(files).toMatchObject([
    {
      input: path('videos', 'more', 'short.mp4'),
      visual: { files: [path('lite.v1', 'more', 'short.npy')], shape: [1, 1, 256], looped: true },
      rows: { visual: 1, audio: 0, kept: 1 },
      rule: 'single',
    },
  ]);
  expect(failed).toMatchObject([{ input: path('videos', 'broken.mp4') }]);
  expect((await stat(path('lite.v1', 'street.npy'))).mtimeMs).toBe(mtimeMs);
});

test('features of another recipe are neither kept nor replaced, but with --force', async () => {
  const args = [path('videos', 'street.mp4'), '--extractor', 'lite', '--out', path('mixed')];
  expect((await robusta(...args)).code).toBe(0);
  const before = await readFile(path('mixed', 'street.npy'));
  const other = await robusta(...args, '--rows', 'xd');
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/--force/);
  expect(await readFile(path('mixed', 'street.npy'))).toEqual(before);
  expect((await robusta(...args, '--rows', 'xd', '--force')).code).toBe(0);
});

test('a network: clips per second and the shares of the stages are shown', async () => {
  const args = [path('videos', 'street.mp4'), '--out', path('i3d'), '--crops', '1', '--batch', '2'];
  const { code, out } = await robusta(...args, '--model', path('small.onnx'));
  expect(out).toMatch(/street\.npy: \[2, 1, 2048\]/);
  expect(out).toMatch(/visual: .* clips\/s; of the time network \d+ %, decoding \d+ %, preparing \d+ %/);
  expect(code).toBe(0);
  const { sidecar } = await readFeatures(path('i3d', 'street.npy'));
  expect(sidecar.recipe).toMatchObject({ extractor: 'robusta/i3d-resnet50', preparation: 'rtfm', crops: 1 });
}, 60_000);

describe('pictures and sound', () => {
  const lite = ['--extractor', 'lite', '--audio-extractor', 'lite'];

  test('the pictures decide the rows, and what was done to the sound is said of each file', async () => {
    const out = path('pairs');
    const { code, out: text } = await robusta(path('both'), ...lite, '--out', out);
    expect(code).toBe(0);
    expect(text).toContain(`${path('pairs', 'long.npy')}: [2, 1, 256], the last 2 of 34 frames fill no row`);
    expect(text).toMatch(
      /audio.long\.npy: \[2, 1, 128\], rows of pictures 2, of sound 4, kept 2: .* the rest of the sound is cut \(1\.\d\d s\)/,
    );
    expect(text).toMatch(
      /audio.short\.npy: \[2, 1, 128\].* of sound 1, kept 2: .* silence follows the sound/,
    );
    expect(text).toMatch(/mute\.npy: \[1, 1, 256\].*\n {2}no sound in the file/);
    const { sequence } = await readFeatures(path('pairs', 'audio', 'short.npy'));
    const audio = createAudioExtractor({ kind: 'lite' });
    expect(sequence).toEqual(await audio.extract(path('both', 'short.mp4'), { snippets: 2 }));

    const again = await robusta(path('both'), ...lite, '--out', out, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ files: [], failed: [] });
    expect(JSON.parse(again.out).kept).toHaveLength(3);
  });

  test('sound is added to pictures that are there, and made again where their rows are others', async () => {
    const video = path('both', 'long.mp4');
    const out = ['--out', path('added'), '--json'];
    expect((await robusta(video, '--extractor', 'lite', ...out)).code).toBe(0);
    const { mtimeMs } = await stat(path('added', 'long.npy'));
    const { files } = JSON.parse((await robusta(video, ...lite, ...out)).out);
    expect(files).toMatchObject([
      {
        kept: ['visual'],
        audio: { shape: [2, 1, 128], droppedSamples: expect.any(Number) },
        rows: { visual: 2, audio: 4, kept: 2 },
        rule: 'sound-cut',
      },
    ]);
    expect(files[0]).not.toHaveProperty('visual');
    expect((await stat(path('added', 'long.npy'))).mtimeMs).toBe(mtimeMs);
    // As another tool would have made it: with rows of its own.
    const alone = ['--extractor', 'none', '--audio-extractor', 'lite', '--out', path('added', 'audio')];
    expect((await robusta(video, ...alone, '--force')).out).toMatch(/long\.npy: \[4, 1, 128\]/);
    expect(JSON.parse((await robusta(video, ...lite, ...out)).out).files[0].audio.shape).toEqual([2, 1, 128]);
  });

  test('the official layout: five crops, the centre first, and the sound; resumed as a whole', async () => {
    const network = ['--model', path('small.onnx'), '--audio-extractor', 'lite', '--layout', 'xd-violence'];
    const args = [path('one.mp4'), ...network, '--batch', '5', '--threads', '1'];
    const { code, out } = await robusta(...args, '--out', path('xd'));
    expect(code).toBe(0);
    expect(out).toMatch(/one__0\.npy to __4\.npy: \[1, 5, 2048\]/);
    expect((await readdir(path('xd'))).filter((name) => name.endsWith('.npy'))).toEqual([
      ...[0, 1, 2, 3, 4].map((crop) => `one__${crop}.npy`),
      'one__vggish.npy',
    ]);
    const read = await readXdFeatures(path('xd', 'one'));
    expect(read).toMatchObject({ rows: { visual: 1, audio: 1 }, mismatch: false });
    expect([read.visual!.crops, read.audio!.dim]).toEqual([5, 128]);
    const centre = await createVisualExtractor({ kind: 'i3d-resnet50', model: path('small.onnx'), crops: 1 });
    const expected = await centre.extract(path('one.mp4'));
    await centre.dispose();
    const first = read.visual!.data.subarray(0, 2048);
    const worst = Math.max(...first.map((value, i) => Math.abs(value - expected.data[i]!)));
    expect(worst).toBeLessThan(1e-5 * Math.max(...expected.data));

    const { kept } = JSON.parse((await robusta(...args, '--out', path('xd'), '--json')).out);
    expect(kept).toEqual([path('one.mp4')]);
    await rm(path('xd', 'one__3.npy'));
    const { files, times } = JSON.parse((await robusta(...args, '--out', path('xd'), '--json')).out);
    expect(files[0].visual.files).toHaveLength(5);
    expect(times.visual).toMatchObject({ clips: 5 });
    const other = await robusta(...args, '--out', path('xd'), '--recipe', 'gottimukkala');
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/--force/)]);
  }, 60_000);

  test('Ctrl-C: nothing half-written, and the next run goes on', async () => {
    const out = path('stopped');
    const controller = new AbortController();
    const terminal = { out: () => {}, progressStream: undefined, columns: 100, color: false };
    const args = ['extract', path('both'), ...lite, '--out', out, '--jobs', '1'];
    const code = await main(args, {
      signal: controller.signal,
      // The first video is done, the second one under way.
      terminal: { ...terminal, err: (text) => void (/extracting.*: [2-9]/.test(text) && controller.abort()) },
    });
    expect(code).toBe(130);
    const left = (await readdir(out, { recursive: true })).filter((name) => /npy|tmp|\.\d+$/.test(name));
    for (const name of left) expect(name).toMatch(/^(audio.)?\w+\.npy$/);
    const { files, kept } = JSON.parse((await robusta(path('both'), ...lite, '--out', out, '--json')).out);
    expect(files.length).toBeGreaterThan(0);
    expect(files.length + kept.length).toBe(3);
    expect(kept.length).toBeGreaterThan(0);
  });

  test('a file with sound alone', async () => {
    const wav = path('beep.wav');
    await writeFile(wav, pcm(Float32Array.from({ length: 16000 }, (_, i) => 0.3 * Math.sin(i / 5))));
    const { code, out } = await robusta(wav, ...lite, '--out', path('sound'));
    expect(code).toBe(0);
    expect(out).toMatch(/audio.beep\.npy: \[1, 1, 128\]\n {2}no pictures in the file/);
    const none = await robusta(wav, '--extractor', 'lite', '--out', path('sound'));
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/no video stream/)]);
  });
});

/** A mono WAV of 16 kHz. */
function pcm(samples: Float32Array): Buffer {
  const data = Buffer.alloc(44 + 2 * samples.length);
  data.write('RIFF', 0);
  data.writeUInt32LE(36 + 2 * samples.length, 4);
  data.write('WAVEfmt ', 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(16000, 24);
  data.writeUInt32LE(32000, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36);
  data.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((value, i) => void data.writeInt16LE(Math.round(32767 * value), 44 + 2 * i));
  return data;
}

test('usage: a missing model, options of networks for lite, an unknown device, no file', async () => {
  const video = path('videos', 'street.mp4');
  const out = ['--out', path('usage')];
  const none = await robusta(video, ...out);
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringMatching(/needs --model.*\n.*robusta models import/),
  ]);
  expect((await robusta(video, ...out, '--extractor', 'lite', '--crops', '5')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('small.onnx'), '--device', 'abacus')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('small.onnx'), '--crops', '3')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('none.onnx'))).err).toMatch(/FILE_NOT_FOUND/);
  expect(
    (await robusta(video, ...out, '--extractor', 'i3d-inception', '--model', path('small.onnx'))).err,
  ).toMatch(/holds i3d-resnet50, not i3d-inception/);
  expect((await robusta(path('nothing.mp4'), ...out, '--extractor', 'lite')).err).toMatch(/FILE_NOT_FOUND/);
  const vggish = ['--extractor', 'none', '--audio-extractor', 'vggish'];
  expect((await robusta(video, ...out, ...vggish)).err).toMatch(/vggish needs --audio-model/);
  expect((await robusta(video, ...out, ...vggish, '--audio-model', path('small.onnx'))).err).toMatch(
    /holds i3d-resnet50, not vggish/,
  );
  for (const flags of [
    ['--extractor', 'none'],
    ['--extractor', 'lite', '--audio-out', path('usage', 'audio')],
    ['--extractor', 'lite', '--audio-model', path('small.onnx')],
    ['--extractor', 'lite', '--audio-extractor', 'lite', '--audio-out', path('usage')],
    ['--extractor', 'lite', '--jobs', '0'],
  ]) {
    expect([flags, (await robusta(video, ...out, ...flags)).code]).toEqual([flags, 2]);
  }
});
