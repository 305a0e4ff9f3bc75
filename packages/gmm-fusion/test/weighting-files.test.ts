import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@robusta/tensor-io';
import {
  type DynamicWeighting,
  decodeDynamicWeighting,
  encodeDynamicWeighting,
  fitDynamicWeighting,
  loadDynamicWeighting,
  saveDynamicWeighting,
  type WeightingOptions,
} from '../src/index.js';
import { cleanVideos } from './support.js';

const visual = cleanVideos('visual', { videos: 8, snippets: 6, dim: 8, factors: 3, seed: 1 });
const audio = cleanVideos('audio', { videos: 8, snippets: 6, dim: 5, factors: 3, seed: 2 });
const pair = { visual: visual[0]!, audio: audio[0]! };
let folder: string;
let weighting: DynamicWeighting;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gmm-fusion-'));
  weighting = await fitDynamicWeighting({ visual, audio }, { components: 2 });
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['defaults', {}],
  ['full', { covarianceType: 'full', pca: null, components: 1 }],
  ['tied, level video', { covarianceType: 'tied', level: 'video', components: 2 }],
  [
    'spherical, whitened PCA with a residual',
    { covarianceType: 'spherical', pca: { dimensions: 3, whiten: true } },
  ],
] as [string, WeightingOptions][])('a saved weighting comes back bit by bit: %s', async (_name, options) => {
  const fitted = await fitDynamicWeighting({ visual, audio }, options);
  const path = join(folder, 'gmm.safetensors');
  await saveDynamicWeighting(fitted, path);
  const loaded = await loadDynamicWeighting(path);
  expect(loaded.parameters).toEqual(fitted.parameters);
  expect(loaded.explain(pair)).toEqual(fitted.explain(pair));
  expect(Buffer.from(encodeDynamicWeighting(loaded)).equals(await readFile(path))).toBe(true);
  expect(await readdir(folder)).toEqual(['gmm.safetensors']);
});

test('one modality alone is saved and loaded', async () => {
  const alone = await fitDynamicWeighting({ audio }, { components: 1 });
  const loaded = decodeDynamicWeighting(encodeDynamicWeighting(alone));
  expect(loaded.parameters).toEqual(alone.parameters);
});

test('file errors name the file', async () => {
  const absent = join(folder, 'absent', 'gmm.safetensors');
  await expect(loadDynamicWeighting(absent)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(saveDynamicWeighting(weighting, absent)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  const damaged = join(folder, 'damaged.safetensors');
  await writeFile(damaged, 'not a model');
  await expect(loadDynamicWeighting(damaged)).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining(damaged),
  });
});

describe('does not trust a file', () => {
  type Content = ReturnType<typeof readSafetensors>;
  const description = (content: Content) => JSON.parse(content.metadata.weighting!);
  const edit = (content: Content, change: (value: Record<string, Record<string, unknown>>) => void) => {
    const value = description(content);
    change(value);
    content.metadata.weighting = JSON.stringify(value);
  };
  const setFirst = (content: Content, name: string, value: number) => {
    (content.tensors[name]!.data as Float64Array)[0] = value;
  };
  test.each([
    ['another format', (c) => (c.metadata.format = 'other')],
    ['another version', (c) => (c.metadata.version = '2')],
    ['no description', (c) => delete c.metadata.weighting],
    ['a description that is not JSON', (c) => (c.metadata.weighting = '{')],
    ['a negative c', (c) => edit(c, (d) => (d.visual!.c = -1))],
    ['a c that is missing', (c) => edit(c, (d) => delete d.audio!.c)],
    ['a huge size', (c) => edit(c, (d) => Object.assign(d.visual!, { dim: 2 ** 40, dimensions: 2 ** 40 }))],
    ['more components than it holds', (c) => edit(c, (d) => (d.visual!.components = 3))],
    ['an unknown field', (c) => edit(c, (d) => (d.visual!.extra = 1))],
    [
      'neither modality',
      (c) => Object.assign(c, { tensors: {}, metadata: { ...c.metadata, weighting: '{"level":"snippet"}' } }),
    ],
    ['a missing tensor', (c) => delete c.tensors['audio.means']],
    [
      'a missing basis',
      (c) => {
        delete c.tensors['audio.basis'];
        edit(c, (d) => Object.assign(d.audio!, { dimensions: 4 }));
      },
    ],
    [
      'a tensor too many',
      (c) => (c.tensors.more = { shape: [1], dtype: 'float64', data: Float64Array.of(1) }),
    ],
    [
      'float32',
      (c) => (c.tensors['audio.center'] = { shape: [5], dtype: 'float32', data: new Float32Array(5) }),
    ],
    ['a NaN', (c) => setFirst(c, 'visual.center', Number.NaN)],
    ['a scale of 0', (c) => setFirst(c, 'visual.scale', 0)],
    ['a negative weight', (c) => setFirst(c, 'visual.weights', -0.5)],
    ['a covariance of 0', (c) => setFirst(c, 'visual.covariances', 0)],
  ] as [string, (content: Content) => unknown][])('%s', (_name, damage) => {
    const content = readSafetensors(encodeDynamicWeighting(weighting));
    damage(content);
    const bytes = writeSafetensors(content.tensors, content.metadata);
    expect(() => decodeDynamicWeighting(bytes)).toThrow(
      expect.objectContaining({ name: 'RobustaError', code: 'BAD_MODEL' }),
    );
  });

  test('any truncation', () => {
    const bytes = encodeDynamicWeighting(weighting);
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => decodeDynamicWeighting(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'BAD_MODEL' }),
      );
    }
  });
});
