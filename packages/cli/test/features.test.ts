import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFeatureFolders } from '@robusta/benchmark';
import { createRng, type FeatureSequence } from '@robusta/core';
import { hashRecipe, readXdFeatures, writeFeatures, writeXdFeatures } from '@robusta/features';
import { robusta as run } from './run.js';

const robusta = (...args: string[]) => run('features', ...args);
let folder: string;
let stem: string;
const rng = createRng(1);
const positive = (count: number) => Float32Array.from({ length: count }, () => Math.max(0, rng.normal()));
const visual: FeatureSequence = { modality: 'visual', length: 6, crops: 10, dim: 16, data: positive(960) };
const audio: FeatureSequence = { modality: 'audio', length: 5, crops: 1, dim: 128, data: positive(640) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-cli-features-'));
  stem = join(folder, 'Movie_label_A');
  await writeXdFeatures(stem, { visual, audio }, { cropOrder: 'rtfm' });
  const recipe = { extractor: 'test' };
  await writeFeatures(join(folder, 'own.npy'), visual, { recipe, recipeHash: hashRecipe(recipe) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('inspect: a file, and the crops of an official one', async () => {
  const sound = await robusta('inspect', `${stem}__vggish.npy`);
  expect([sound.code, sound.err]).toEqual([0, '']);
  expect(sound.out).toContain('array       float32 [5, 128]\n');
  expect(sound.out).toContain('with its last ReLU');
  const crops = await robusta('inspect', stem);
  expect(crops.out).toContain('rows        6, 5 crops of 16\n');
  expect(crops.out.match(/^ {3}\d {2}(\d\.\d{3} ?){5}$/gm)).toHaveLength(5);
  const { out } = await robusta('inspect', stem, '--json');
  expect(JSON.parse(out)).toMatchObject({ shape: [6, 5, 16], nan: 0, negative: 0 });
});

test('compare: own features with official ones', async () => {
  const text = await robusta('compare', join(folder, 'own.npy'), stem);
  expect([text.code, text.err]).toEqual([0, '']);
  expect(text.out).toContain('of a, for those of b: 4, 0, 1, 2, 3\n');
  expect(text.out).toMatch(/\n- equal\n$/);
  const { out } = await robusta('compare', join(folder, 'own.npy'), stem, '--json');
  expect(JSON.parse(out)).toMatchObject({ rows: 6, relativeDifference: 0, crops: [4, 0, 1, 2, 3] });
  const other = await robusta('compare', join(folder, 'own.npy'), stem, '--crops', 'number');
  expect([other.code, other.out]).toEqual([1, '']);
  expect(other.err).toContain('[FEATURE_MISMATCH]');
});

test('exit codes and examples', async () => {
  expect((await robusta('inspect')).code).toBe(2);
  expect((await robusta('compare', stem)).code).toBe(2);
  expect((await robusta('compare', stem, stem, '--crops', 'any')).code).toBe(2);
  const absent = await robusta('inspect', join(folder, 'absent.npy'));
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('[FILE_NOT_FOUND]')]);
  for (const command of ['inspect', 'compare']) {
    expect((await robusta(command, '--help')).out).toContain(`$ robusta features ${command}`);
  }
});

test('training reads what is written in the official layout', async () => {
  const folders = { visual: join(folder, 'rgb'), audio: join(folder, 'sound') };
  const stems = {
    visual: join(folders.visual, 'Movie_label_A'),
    audio: join(folders.audio, 'Movie_label_A'),
  };
  await writeXdFeatures(stems.visual, { visual }, { cropOrder: 'rtfm' });
  await writeXdFeatures(stems.audio, { audio });
  const { videos, problems } = await loadFeatureFolders(folders);
  expect([videos.length, problems]).toEqual([1, []]);
  const { id, label, ...features } = videos[0]!;
  expect([id, label]).toEqual(['Movie_label_A', 0]);
  const own = await readXdFeatures(stems);
  for (const modality of ['visual', 'audio'] as const) {
    const stored = features[modality]!;
    expect('read' in stored && (await stored.read())).toEqual(own[modality]);
  }
});
