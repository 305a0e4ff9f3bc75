import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@robusta/tensor-io';
import {
  type CovarianceType,
  decodeGaussianMixture,
  encodeGaussianMixture,
  type FittedGaussianMixture,
  fitGaussianMixture,
  loadGaussianMixture,
  saveGaussianMixture,
} from '../src/index.js';
import { clusteredRows } from './support.js';

// Far from 0, where the means alone have too few digits to score alike.
const near = clusteredRows(4, 120, 3, 2);
const data = { ...near, data: Float64Array.from(near.data, (value) => value + 1e6) };
let folder: string;
let mixture: FittedGaussianMixture;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gmm-fusion-'));
  mixture = await fitGaussianMixture(data, { components: 2, seed: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

test.each(['full', 'tied', 'diag', 'spherical'] as CovarianceType[])(
  'a saved mixture comes back and scores bit by bit alike (%s)',
  async (covarianceType) => {
    const fitted = await fitGaussianMixture(data, { components: 2, covarianceType });
    const path = join(folder, 'mixture.safetensors');
    await saveGaussianMixture(fitted, path);
    const loaded = await loadGaussianMixture(path);
    expect(loaded.parameters).toEqual(fitted.parameters);
    expect(loaded.scoreSamples(data)).toEqual(fitted.scoreSamples(data));
    expect(Buffer.from(encodeGaussianMixture(loaded)).equals(await readFile(path))).toBe(true);
    expect(await readdir(folder)).toEqual(['mixture.safetensors']);
    await rm(path);
  },
);

test('file errors name the file', async () => {
  const absent = join(folder, 'absent', 'mixture.safetensors');
  await expect(loadGaussianMixture(absent)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  await expect(saveGaussianMixture(mixture, absent)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  const damaged = join(folder, 'damaged.safetensors');
  await writeFile(damaged, 'not a model');
  await expect(loadGaussianMixture(damaged)).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining(damaged),
  });
});

describe('does not trust a file', () => {
  type Content = ReturnType<typeof readSafetensors>;
  const describeAs = (content: Content, changes: object) => {
    content.metadata.mixture = JSON.stringify({ ...JSON.parse(content.metadata.mixture!), ...changes });
  };
  const set = (content: Content, name: string, at: number, value: number) => {
    (content.tensors[name]!.data as Float64Array)[at] = value;
  };
  test.each([
    ['another format', (c) => (c.metadata.format = 'robusta-dynamic-weighting')],
    ['another version', (c) => (c.metadata.version = '2')],
    ['no description', (c) => delete c.metadata.mixture],
    ['a description that is not JSON', (c) => (c.metadata.mixture = '{')],
    ['an unknown field', (c) => describeAs(c, { extra: 1 })],
    ['an unknown covariance type', (c) => describeAs(c, { covarianceType: 'banded' })],
    ['another covariance type', (c) => describeAs(c, { covarianceType: 'diag' })],
    ['a huge size', (c) => describeAs(c, { components: 2 ** 40, dim: 2 ** 40 })],
    ['more components than it holds', (c) => describeAs(c, { components: 3 })],
    ['half a component', (c) => describeAs(c, { components: 1.5 })],
    ['a missing tensor', (c) => delete c.tensors.origin],
    [
      'a tensor too many',
      (c) => (c.tensors.more = { shape: [1], dtype: 'float64', data: Float64Array.of(1) }),
    ],
    [
      'float32',
      (c) => (c.tensors.weights = { shape: [2], dtype: 'float32', data: Float32Array.of(0.5, 0.5) }),
    ],
    ['a NaN', (c) => set(c, 'means', 0, Number.NaN)],
    ['an infinite origin', (c) => set(c, 'origin', 0, Infinity)],
    ['offsets of other means', (c) => set(c, 'offsets', 1, 7)],
    ['a negative weight', (c) => set(c, 'weights', 0, -0.5)],
    ['a covariance that is not symmetric', (c) => set(c, 'covariances', 1, 0.5)],
    ['a covariance that is not positive', (c) => set(c, 'covariances', 0, 0)],
  ] as [string, (content: Content) => unknown][])('%s', (_name, damage) => {
    const content = readSafetensors(encodeGaussianMixture(mixture));
    damage(content);
    const bytes = writeSafetensors(content.tensors, content.metadata);
    expect(() => decodeGaussianMixture(bytes)).toThrow(
      expect.objectContaining({ name: 'RobustaError', code: 'BAD_MODEL' }),
    );
  });

  test('any truncation', () => {
    const bytes = encodeGaussianMixture(mixture);
    for (let length = 0; length < bytes.length; length += 31) {
      expect(() => decodeGaussianMixture(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'BAD_MODEL' }),
      );
    }
  });
});
