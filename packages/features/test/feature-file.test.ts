import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FeatureSequence, RobustaError } from '@robusta/core';
import { readNpy, writeNpy } from '@robusta/tensor-io';
import {
  createAudioExtractor,
  createVisualExtractor,
  type FeatureSidecar,
  findFeatures,
  hashRecipe,
  readFeatures,
  writeFeatures,
} from '../src/index.js';

const { recipe, recipeHash } = createVisualExtractor({ kind: 'lite' }).spec;
const sidecar: FeatureSidecar = { recipe, recipeHash, condition: 'fog-s3', sourceSha256: 'ab'.repeat(32) };
const sequence: FeatureSequence = {
  modality: 'visual',
  length: 3,
  crops: 2,
  dim: 4,
  data: Float32Array.from({ length: 24 }, (_, i) => i / 7),
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-features-'));
  path = join(folder, 'lite', 'fog-s3', 'video.npy');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<RobustaError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!RobustaError.isInstance(error)) throw new Error(`expected a RobustaError, got ${error}`);
  return error;
}

test('what was written is read again, bit for bit, and other tools can read it', async () => {
  await writeFeatures(path, sequence, sidecar);
  expect(await readFeatures(path)).toEqual({ sequence, sidecar });
  expect(await readFeatures(path, { dim: 4, recipeHash })).toEqual({ sequence, sidecar });
  const bytes = await readFile(path);
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  expect(readNpy(bytes)).toMatchObject({ shape: [3, 2, 4], dtype: 'float32' });
  expect((await readdir(join(folder, 'lite', 'fog-s3'))).sort()).toEqual(['video.json', 'video.npy']);
});

test('writing again replaces both files', async () => {
  await writeFeatures(path, sequence, sidecar);
  const shorter = { ...sequence, length: 1, data: sequence.data.slice(0, 8) };
  await writeFeatures(path, shorter, { recipe, recipeHash });
  expect(await readFeatures(path)).toEqual({ sequence: shorter, sidecar: { recipe, recipeHash } });
});

test('other width or recipe: FEATURE_MISMATCH that names the file', async () => {
  await writeFeatures(path, sequence, sidecar);
  const other = createAudioExtractor({ kind: 'lite' }).spec.recipeHash;
  for (const options of [{ dim: 256 }, { recipeHash: other }]) {
    const error = await failure(readFeatures(path, options));
    expect(error.code).toBe('FEATURE_MISMATCH');
    expect(error.message).toContain(path);
    expect(error.hint).toContain('extract');
  }
});

test('damaged and foreign files', async () => {
  await writeFeatures(path, sequence, sidecar);
  const json = path.replace('.npy', '.json');
  const text = await readFile(json, 'utf8');
  const bytes = await readFile(path);
  const cases: [string, string, string | Uint8Array][] = [
    ['TRUNCATED', path, bytes.subarray(0, bytes.length - 1)],
    ['BAD_FORMAT', path, 'not an array'],
    ['BAD_FORMAT', path, writeNpy({ shape: [3, 2, 4], dtype: 'float64', data: new Float64Array(24) })],
    ['BAD_FORMAT', path, writeNpy({ shape: [6, 4], dtype: 'float32', data: new Float32Array(24) })],
    ['LENGTH_MISMATCH', path, writeNpy({ shape: [2, 2, 4], dtype: 'float32', data: new Float32Array(16) })],
    [
      'NON_FINITE',
      path,
      writeNpy({ shape: [3, 2, 4], dtype: 'float32', data: new Float32Array(24).fill(NaN) }),
    ],
    ['BAD_FORMAT', json, text.slice(1)],
    ['BAD_FORMAT', json, text.replace('"version": 1', '"version": 2')],
    ['BAD_FORMAT', json, text.replace('"fps": 24', '"fps": 25')],
  ];
  for (const [code, file, content] of cases) {
    await writeFile(path, bytes);
    await writeFile(json, text);
    await writeFile(file, content);
    const error = await failure(readFeatures(path));
    expect([error.code, error.message.includes(file.slice(0, -4))]).toEqual([code, true]);
    expect(error.hint).toBeTruthy();
  }
  await rm(json);
  expect((await failure(readFeatures(path))).code).toBe('FILE_NOT_FOUND');
});

test('what cannot be written is refused before anything is', async () => {
  const bad = { ...sequence, data: sequence.data.slice() };
  bad.data[13] = Number.NaN;
  const error = await failure(writeFeatures(path, bad, sidecar));
  expect([error.code, error.message.includes('row 1, column 1')]).toEqual(['NON_FINITE', true]);
  const cases: [string, Promise<unknown>][] = [
    ['BAD_INPUT', writeFeatures(path, { ...sequence, dim: 5 }, sidecar)],
    ['BAD_OPTION', writeFeatures(`${path}.txt`, sequence, sidecar)],
    ['BAD_OPTION', writeFeatures(path, sequence, { recipe: { ...recipe, fps: 25 }, recipeHash })],
    ['BAD_OPTION', writeFeatures(path, sequence, { ...sidecar, note: 'x' } as never)],
    ['BAD_OPTION', readFeatures(join(folder, 'x.json'))],
  ];
  for (const [code, work] of cases) expect((await failure(work)).code).toBe(code);
  expect(await readdir(folder)).toEqual([]);
});

test('the hash of a recipe does not depend on the order of its keys, but on every value', () => {
  expect(hashRecipe({ a: 1, b: { c: [1, 2], d: null } })).toBe(
    hashRecipe({ b: { d: null, c: [1, 2] }, a: 1 }),
  );
  expect(hashRecipe({ a: [1, 2] })).not.toBe(hashRecipe({ a: [2, 1] }));
  expect(hashRecipe({ a: 1 })).not.toBe(hashRecipe({ a: '1' }));
  expect(hashRecipe({})).toMatch(/^[0-9a-f]{64}$/);
});

test('what lies at a path is found by its sidecar and the size of the array', async () => {
  expect(await findFeatures(path)).toBeUndefined();
  await writeFeatures(path, sequence, sidecar);
  expect(await findFeatures(path)).toEqual({ modality: 'visual', shape: [3, 2, 4], sidecar });
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, 100));
  expect(await findFeatures(path)).toBeUndefined();
  await rm(path);
  expect(await findFeatures(path)).toBeUndefined();
  await writeFile(path.replace('.npy', '.json'), '{"format":"another"}');
  expect((await failure(findFeatures(path))).code).toBe('BAD_FORMAT');
  expect((await failure(findFeatures('features.bin'))).code).toBe('BAD_OPTION');
});
