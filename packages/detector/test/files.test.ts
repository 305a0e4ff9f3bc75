import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose } from '@robusta/test-kit';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Detector, type ModelFile, trainDetector } from '../src/index.js';
import { positioned } from './stream-backbone.js';
import { tiny } from './tiny-backbone.js';
import { sequence, toyVideos } from './toy.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-detector-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const trained = (options = {}) =>
  trainDetector({
    backbone: tiny,
    data: toyVideos(6, { crops: 2 }),
    fusion: 'shared',
    epochs: 2,
    maxLength: 20,
    ...options,
  });

const features = {
  visual: sequence('visual', { length: 11, crops: 2, dim: 6, seed: 70 }),
  audio: sequence('audio', { length: 11, dim: 4, seed: 71 }),
};

describe.each([
  { fusion: 'shared', inputScaling: 'standardize' },
  { fusion: 'concat', inputScaling: 'standardize' },
  { fusion: 'concat', inputScaling: 'none' },
] as const)('%j', (options) => {
  test('a loaded model scores the same, bit by bit, and saves the same bytes', async () => {
    using detector = await trained(options);
    await detector.save(folder);
    using loaded = await Detector.load(folder, { backbone: tiny });
    expect(await loaded.score(features)).toEqual(await detector.score(features));
    expect(loaded.description).toEqual(detector.description);
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['model.json', 'model.onnx', 'model.safetensors']);
    const bytes = () => Promise.all(files.map((file) => readFile(join(folder, file))));
    const before = await bytes();
    await loaded.save(folder);
    expect(await bytes()).toEqual(before);
  });

  test('model.onnx takes raw features of any length and gives the same scores', async () => {
    using detector = await trained(options);
    const session = await InferenceSession.create(detector.toOnnx());
    for (const length of [1, 7, features.visual.length]) {
      const cut = ({ data, crops, dim, ...rest }: (typeof features)['visual']) => ({
        ...rest,
        crops,
        dim,
        length,
        data: data.slice(0, length * crops * dim),
      });
      const [visual, audio] = [cut(features.visual), cut(features.audio)];
      const tensor = ({ data, crops, dim }: typeof visual) =>
        new Tensor('float32', data, [length, crops, dim]);
      const outputs = await session.run({ visual: tensor(visual), audio: tensor(audio) });
      for (const [kind, values] of Object.entries(await detector.score({ visual, audio }))) {
        const output = outputs[`${kind}_score`]!;
        expect(output.dims).toEqual([length]);
        expectClose(output.data as Float32Array, values, { absolute: 1e-5, label: kind });
      }
    }
    await session.release();
  });

  test('a graph of one length takes the number of valid snippets', async () => {
    using detector = await trained(options);
    const snippets = 20;
    const session = await InferenceSession.create(detector.toOnnx({ snippets }));
    const padded = ({ data, crops, dim }: (typeof features)['visual']) => {
      // What stands beyond the valid snippets must not matter.
      const values = new Float32Array(snippets * crops * dim).fill(7);
      values.set(data);
      return new Tensor('float32', values, [snippets, crops, dim]);
    };
    const count = () => new Tensor('int32', Int32Array.of(features.visual.length), [1]);
    const lengths =
      options.fusion === 'concat' ? { length: count() } : { visual_length: count(), audio_length: count() };
    const outputs = await session.run({
      visual: padded(features.visual),
      audio: padded(features.audio),
      ...lengths,
    });
    const scores = await detector.score(features);
    for (const [kind, values] of Object.entries(scores)) {
      const output = outputs[`${kind}_score`]!.data as Float32Array;
      expectClose(output.slice(0, values.length), values, { absolute: 1e-5, label: kind });
    }
    await session.release();
  });
});

test('a backbone that cannot be one graph for all lengths is compiled for some, and saved for one', async () => {
  using detector = await trainDetector({
    backbone: positioned,
    data: toyVideos(4),
    fusion: 'concat',
    epochs: 1,
  });
  expect(() => detector.toOnnx()).toThrow(expect.objectContaining({ code: 'NOT_DYNAMIC' }));
  await detector.save(folder);
  const snippets = detector.description.training.maxLength;
  const session = await InferenceSession.create(await readFile(join(folder, 'model.onnx')));
  for (const length of [1, 9, 13]) {
    const input = {
      visual: sequence('visual', { length, dim: 6, seed: length }),
      audio: sequence('audio', { length, dim: 4, seed: length }),
    };
    const padded = ({ data, dim }: typeof input.visual) => {
      const values = new Float32Array(snippets * dim);
      values.set(data);
      return new Tensor('float32', values, [snippets, 1, dim]);
    };
    const { joint_score } = await session.run({
      visual: padded(input.visual),
      audio: padded(input.audio),
      length: new Tensor('int32', Int32Array.of(length), [1]),
    });
    const { joint } = await detector.score(input);
    expectClose(joint!, (joint_score!.data as Float32Array).slice(0, length), { absolute: 1e-5 });
  }
  await session.release();
});

test('model.json says what was trained on what, without dates or paths', async () => {
  using detector = await trained();
  await detector.save(folder);
  const model = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as ModelFile;
  expect(model).toMatchObject({
    format: 'robusta-detector',
    version: 1,
    backbone: { name: 'tiny', options: { width: 8, dropout: 0.2 } },
    fusion: 'shared',
    features: { visual: { dim: 6, crops: 2 }, audio: { dim: 4, crops: 1 } },
    training: {
      epochs: 2,
      batchSize: 8,
      seed: 0,
      samples: 24,
      data: { videos: 6, anomalous: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  });
});

test('the fingerprint follows the data', async () => {
  const of = async (change: (data: ReturnType<typeof toyVideos>) => void) => {
    const data = toyVideos(4);
    change(data);
    using detector = await trainDetector({ backbone: tiny, data, fusion: 'concat', epochs: 1 });
    return detector.description.training.data?.sha256;
  };
  const plain = await of(() => {});
  expect(await of(() => {})).toBe(plain);
  for (const change of [
    (data: ReturnType<typeof toyVideos>) => void (data[0]!.id = 'other'),
    (data: ReturnType<typeof toyVideos>) => void (data[0]!.label = 1),
    (data: ReturnType<typeof toyVideos>) => void (data[3]!.audio!.data[0]! += 1),
  ]) {
    expect(await of(change)).not.toBe(plain);
  }
});

describe('an untrusted folder', () => {
  const load = () => Detector.load(folder, { backbone: tiny });
  const edit = async (change: (model: ModelFile & Record<string, unknown>) => void) => {
    const path = join(folder, 'model.json');
    const model = JSON.parse(await readFile(path, 'utf8')) as ModelFile & Record<string, unknown>;
    change(model);
    await writeFile(path, JSON.stringify(model));
  };
  beforeEach(async () => {
    using detector = await trained();
    await detector.save(folder);
  });

  test.each<[string, (model: ModelFile & Record<string, unknown>) => void, RegExp]>([
    ['another format', (m) => void ((m.format as string) = 'other'), /format/],
    ['a later version', (m) => void ((m.version as number) = 2), /version/],
    ['an unknown field', (m) => void (m.extra = 1), /extra/],
    ['another backbone', (m) => void (m.backbone.name = 'huge'), /backbone "huge", opened with "tiny"/],
    ['unknown backbone options', (m) => void (m.backbone.options.depth = 3), /depth/],
    [
      'another width',
      (m) => void (m.features.visual!.dim = 7),
      /backbone\.hidden has shape \[6,8\], expected \[7,8\]/,
    ],
    ['an absurd width', (m) => void (m.features.visual!.dim = 1e9), /dim/],
    ['no visual features', (m) => void delete m.features.visual, /no features that its fusion can use/],
    [
      'a missing hash',
      (m) => void delete (m.files as Partial<ModelFile['files']>)['model.safetensors'],
      /files/,
    ],
  ])('%s is BAD_MODEL', async (_, change, message) => {
    await edit(change);
    await expect(load()).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(message),
    });
  });

  test('damaged, oversized and absent weights', async () => {
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    await expect(load()).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/SHA-256/),
    });
    await writeFile(path, new Uint8Array(4 << 20));
    await expect(load()).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/at most/),
    });
    await rm(path);
    await expect(load()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('model.json that is absent or no JSON', async () => {
    await writeFile(join(folder, 'model.json'), '{"format":');
    await expect(load()).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/not JSON/),
    });
    await rm(join(folder, 'model.json'));
    await expect(load()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('saving where a file is in the way names the place', async () => {
    using detector = await load();
    const path = join(folder, 'model.json', 'inside');
    await expect(detector.save(path)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining(path),
    });
  });
});
