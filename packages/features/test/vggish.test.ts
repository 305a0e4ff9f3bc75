import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AudioClip, createRng } from '@robusta/core';
import { writeMedia } from '@robusta/media';
import { expectClose } from '@robusta/test-kit';
import { writePth } from '@robusta/test-kit/pth';
import {
  type AudioAnchor,
  type AudioReport,
  createAudioExtractor,
  logMelSnippets,
  projectVggish,
  quantizeVggish,
  type VggishExtractor,
  type VggishExtractorOptions,
} from '../src/index.js';
import { type SmallVggish, writeSmallVggish } from './small-vggish.js';
import { wav } from './wav.js';

let folder: string;
let model: string;
let network: SmallVggish;
let extractor: VggishExtractor;
const opened: VggishExtractor[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-vggish-'));
  model = join(folder, 'small.onnx');
  network = await writeSmallVggish(model);
  extractor = await open();
});
afterAll(async () => {
  for (const one of opened) await one.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: Partial<VggishExtractorOptions> = {}): Promise<VggishExtractor> {
  const made = await createAudioExtractor({ kind: 'vggish', model, threads: 1, ...options });
  opened.push(made);
  return made;
}

function noise(seconds: number, seed = 1, sampleRate = 16000): AudioClip {
  const rng = createRng(seed);
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, () => 0.2 * rng.normal());
  return { sampleRate, channels: [samples] };
}

/** What the network gives before its last ReLU, in double precision. */
function expected(samples: Float32Array, snippets: number, anchor?: AudioAnchor): Float64Array {
  const patches = logMelSnippets(samples, { snippets, ...(anchor ? { anchor } : {}) });
  const size = 96 * 64;
  return Float64Array.from({ length: snippets * 128 }, (_, i) => {
    const [row, column] = [Math.floor(i / 128), i % 128];
    let sum = network.bias[column]!;
    for (let j = 0; j < size; j++) sum += network.weight[column * size + j]! * patches[row * size + j]!;
    return sum;
  });
}
const relu = (values: Float64Array) => values.map((value) => Math.max(0, value));
// Sums of 6144 products in single precision.
const close = { absolute: 1e-4, relative: 1e-5 };

test.each(['end', 'start', 'centre'] as const)('rows lie on the snippet grid: anchor %s', async (anchor) => {
  const sound = noise(5);
  const own = await open({ anchor, batch: 3 });
  const { length, crops, dim, data } = await own.extract(sound);
  expect([length, crops, dim]).toEqual([7, 1, 128]);
  expectClose(data, relu(expected(sound.channels[0]!, 7, anchor)), close);
});

test('T of the video decides; silence is added and the difference is reported', async () => {
  const sound = noise(2.1);
  const reports: AudioReport[] = [];
  const seen: number[] = [];
  const { data } = await extractor.extract(sound, {
    snippets: 5,
    onReport: (report) => reports.push(report),
    onProgress: ({ snippets }) => seen.push(snippets),
  });
  expectClose(data, relu(expected(sound.channels[0]!, 5)), close);
  expect(reports).toEqual([{ samples: 33600, droppedSamples: 0, paddedSamples: 19733 }]);
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test('the last ReLU is optional, and so is the published post-processing', async () => {
  const sound = noise(2.1);
  const raw = await (await open({ activation: 'none' })).extract(sound);
  expectClose(raw.data, expected(sound.channels[0]!, 3), close);
  expect(raw.data.some((value) => value < 0)).toBe(true);
  const rng = createRng(4);
  const eigenVectors = Float32Array.from({ length: 128 * 128 }, () => 0.05 * rng.normal());
  const means = Float32Array.from({ length: 128 }, () => rng.normal());
  const pca = join(folder, 'pca.pth');
  const float32 = 'float32' as const;
  await writeFile(
    pca,
    writePth({
      pca_eigen_vectors: { shape: [128, 128], dtype: float32, data: eigenVectors },
      pca_means: { shape: [128, 1], dtype: float32, data: means },
    }),
  );
  const plain = await extractor.extract(sound);
  const parameters = { eigenVectors: Float64Array.from(eigenVectors), means: Float64Array.from(means) };
  const projected = projectVggish(plain.data, parameters);
  for (const quantization of ['none', 'round', 'truncate'] as const) {
    const own = await open({ postprocess: { pca, quantization } });
    expect((await own.extract(sound)).data).toEqual(quantizeVggish(projected, quantization));
  }
});

test('recordings extracted at the same time share batches and give the rows of each alone', async () => {
  const own = await open({ batch: 4 });
  const sounds = [noise(3, 1), noise(4.5, 2), noise(0.2, 3)];
  const together = await Promise.all(sounds.map((sound) => own.extract(sound)));
  expect(together.map(({ length }) => length)).toEqual([4, 6, 1]);
  for (const [i, { length, data }] of together.entries()) {
    expectClose(data, relu(expected(sounds[i]!.channels[0]!, length)), close);
  }
  const { clips, network: seconds } = own.times();
  expect(clips).toBe(11);
  expect(seconds).toBeGreaterThan(0);
});

test('the recipe tells apart what gives other numbers, and nothing else', async () => {
  const hash = async (options: Partial<VggishExtractorOptions>) => (await open(options)).spec.recipeHash;
  const { spec, metadata } = extractor;
  expect(spec).toMatchObject({ kind: 'vggish', modality: 'audio', dim: 128, crops: 1, hopSeconds: 2 / 3 });
  expect([metadata.kind, spec.recipe.postprocess]).toEqual(['vggish', 'none']);
  expect(await hash({ batch: 2 })).toBe(spec.recipeHash);
  expect(await hash({ anchor: 'start' })).not.toBe(spec.recipeHash);
  expect(await hash({ activation: 'none' })).not.toBe(spec.recipeHash);
});

describe('odd recordings', () => {
  test('silence: every row is that of the floor of the log-mel', async () => {
    const { data } = await extractor.extract({ sampleRate: 16000, channels: [new Float32Array(48000)] });
    expectClose(data, relu(expected(new Float32Array(48000), 4)), close);
    expect(data.subarray(0, 128)).toEqual(data.subarray(128, 256));
  });

  test('8-bit mono at 8 kHz', async () => {
    const path = join(folder, 'low.wav');
    const bytes = Uint8Array.from(
      { length: 16000 },
      (_, i) => 128 + 60 * Math.sin((2 * Math.PI * 440 * i) / 8000),
    );
    await writeFile(path, wav(8000, 1, bytes));
    const { length, data } = await extractor.extract(path);
    const same = Float32Array.from(bytes, (value) => (value - 128) / 128);
    expect(length).toBe(3);
    // FFmpeg's resampler has no delay, but an end: the rows are those of the clip.
    const clip = await extractor.extract({ sampleRate: 8000, channels: [same] });
    expectClose(data, clip.data, { absolute: 0.05 });
  });

  test('5.1: the mean of all six channels', async () => {
    const path = join(folder, 'surround.wav');
    const rng = createRng(6);
    const samples = Int16Array.from({ length: 6 * 32000 }, () => 3000 * rng.normal());
    await writeFile(path, wav(16000, 6, samples));
    const { data, length } = await extractor.extract(path);
    const mean = Float32Array.from({ length: 32000 }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < 6; c++) sum += samples[6 * i + c]! / 32768;
      return sum / 6;
    });
    expectClose(data, relu(expected(mean, length)), { absolute: 1e-3, relative: 1e-4 });
  });

  test('no audio is a missing modality; a file that was cut is refused', async () => {
    const frames = Array.from({ length: 24 }, () => ({
      width: 64,
      height: 48,
      data: new Uint8Array(64 * 48 * 3).fill(90),
    }));
    const mute = join(folder, 'mute.mp4');
    await writeMedia(mute, { frames, fps: 24 });
    await expect(extractor.extract(mute)).rejects.toMatchObject({ code: 'NO_AUDIO' });
    await expect(extractor.extract(join(folder, 'absent.mp4'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(extractor.extract(model)).rejects.toMatchObject({ code: 'NOT_MEDIA' });
    const cut = join(folder, 'cut.wav');
    const whole = wav(16000, 1, new Int16Array(32000));
    await writeFile(cut, whole.subarray(0, 40000));
    await expect(extractor.extract(cut)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  test('NaN, no samples, a stopped extraction; the extractor still works', async () => {
    const bad = noise(9);
    bad.channels[0]![100_000] = Number.NaN;
    await expect(extractor.extract(bad)).rejects.toMatchObject({ code: 'NON_FINITE' });
    const nothing = { sampleRate: 16000, channels: [new Float32Array(0)] };
    await expect(extractor.extract(nothing)).rejects.toMatchObject({ code: 'EMPTY_INPUT' });
    const stop = new AbortController();
    async function* endless() {
      for (let second = 0; ; second++) {
        if (second === 40) stop.abort();
        yield noise(1, second);
      }
    }
    await expect(extractor.extract(endless(), { signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect((await extractor.extract(noise(1))).length).toBe(1);
  });
});

test('models and options that do not fit', async () => {
  const other = join(folder, 'i3d.onnx');
  await writeSmallVggish(other, 'i3d-resnet50');
  const refuse = (options: object, code: string, text: string) =>
    expect(
      (async () => createAudioExtractor({ kind: 'vggish', model, ...options } as VggishExtractorOptions))(),
    ).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  await refuse({ model: other }, 'BAD_MODEL', 'i3d-resnet50');
  await refuse({ model: join(folder, 'absent.onnx') }, 'FILE_NOT_FOUND', 'absent.onnx');
  await refuse({ model: undefined }, 'BAD_OPTION', 'model');
  await refuse({ batch: 0 }, 'BAD_OPTION', 'batch');
  await refuse({ hop: 0.96 }, 'BAD_OPTION', 'hop');
  await refuse({ postprocess: { pca: join(folder, 'absent.npz') } }, 'FILE_NOT_FOUND', 'absent.npz');
  await refuse({ postprocess: { pca: 'a', quantization: 'up' } }, 'BAD_OPTION', 'postprocess');
});
