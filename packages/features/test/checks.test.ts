import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, type FeatureSequence } from '@robusta/core';
import { type TensorData, writeNpy } from '@robusta/tensor-io';
import {
  CROP_ORDERS,
  type CropOrder,
  type CropPlace,
  compareFeatures,
  inspectFeatures,
  writeXdFeatures,
} from '../src/index.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'robusta-checks-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function file(array: TensorData): Promise<string> {
  const path = join(folder, `${count++}.npy`);
  await writeFile(path, writeNpy(array));
  return path;
}
const floats = (data: Float32Array, ...shape: number[]) => file({ shape, dtype: 'float32', data });

const rows = 12;
const dim = 64;
const places: Record<CropPlace, [x: number, y: number]> = {
  'top-left': [0, 0],
  'top-right': [6, 0],
  'bottom-left': [0, 4],
  'bottom-right': [6, 4],
  centre: [3, 2],
};

/**
 * Ten crops of 12x12 cells of pictures of 18x16: a feature is the mean of ReLU(a random number in each cell) over the crop,
 * as a network's is the mean of its last stage. A mirrored picture has cells of its own, since networks see it otherwise.
 */
function crops(order: CropOrder, seed = 1): Float32Array {
  const rng = createRng(seed);
  const out = new Float32Array(rows * 10 * dim);
  for (let row = 0; row < rows; row++) {
    for (let half = 0; half < 10; half += 5) {
      for (let column = 0; column < dim; column++) {
        const cells = Float64Array.from({ length: 18 * 16 }, () => Math.max(0, rng.normal()));
        for (let crop = 0; crop < 5; crop++) {
          const [left, top] = places[CROP_ORDERS[order][crop]!];
          let sum = 0;
          for (let y = top; y < top + 12; y++) {
            for (let x = left; x < left + 12; x++) sum += cells[y * 18 + x]!;
          }
          out[(row * 10 + half + crop) * dim + column] = sum / 144;
        }
      }
    }
  }
  return out;
}

describe('inspectFeatures', () => {
  test('counts, statistics and norms of a small array', async () => {
    const data = Float32Array.of(3, -4, 0, 0, 0, 0, Number.NaN, 1, 6, Number.NEGATIVE_INFINITY, 5, 12);
    const seen = await inspectFeatures(await floats(data, 6, 2));
    expect(seen).toMatchObject({
      ...{ dtype: 'float32', shape: [6, 2], length: 6, crops: 1, dim: 2 },
      ...{ nan: 1, infinite: 1, firstNonFinite: { row: 3, crop: 0, column: 0 } },
      ...{ min: -4, max: 12, negative: 1, zero: 4, quantised: false, zeroRows: 2, repeatedRows: 1 },
    });
    expect(seen.mean).toBeCloseTo(2.3, 12);
    expect(seen.sd).toBeCloseTo(Math.sqrt((9 + 16 + 1 + 36 + 25 + 144) / 10 - 2.3 ** 2), 12);
    expect(seen.norms).toEqual({ min: 0, mean: (5 + 13) / 4, max: 13 });
    expect(seen).not.toHaveProperty('similarity');
    expect(seen.findings.join('\n')).toMatch(
      /1 NaN and 1 infinite values, the first in row 3, crop 0, column 0/,
    );
  });

  test('what made a VGGish file', async () => {
    const rng = createRng(3);
    const raw = Float32Array.from({ length: 5 * 128 }, () => rng.normal());
    const said = async (array: TensorData) => (await inspectFeatures(await file(array))).findings.join('\n');
    const shape = [5, 128];
    expect(await said({ shape, dtype: 'float32', data: raw })).toContain('without its last ReLU');
    const positive = raw.map((value) => Math.max(0, value));
    expect(await said({ shape, dtype: 'float32', data: positive })).toContain('with its last ReLU');
    const bytes = Uint8Array.from(raw, (value) => 128 + 30 * value);
    for (const array of [
      { shape, dtype: 'uint8', data: bytes },
      { shape, dtype: 'float32', data: Float32Array.from(bytes) },
    ] satisfies TensorData[]) {
      const text = await said(array);
      expect(text).toContain('quantised');
      expect(text).not.toContain('ReLU');
    }
  });

  test.each([
    ['rtfm', 4, 'torchvision'],
    ['gottimukkala', 2, 'I3D_Feature_Extraction_resnet'],
    ['xd-violence', 0, 'official'],
  ] as const)('the centre crop in the order of %s', async (order, centre, name) => {
    const ten = crops(order);
    const seen = await inspectFeatures(await floats(ten, rows, 10, dim));
    expect(seen.similarity?.centre).toBe(centre);
    expect(seen.similarity?.centreShare).toBeGreaterThan(0.7);
    expect(seen.findings.join('\n')).toContain(name);
    const { cosine } = seen.similarity!;
    for (let i = 0; i < 10; i++) {
      expect(cosine[i]![i]).toBeCloseTo(1, 12);
      for (let j = 0; j < i; j++) expect(cosine[i]![j]).toBe(cosine[j]![i]);
    }
    // In the layout of official files the centre is the first, whichever order they were made from.
    const visual: FeatureSequence = { modality: 'visual', length: rows, crops: 10, dim, data: ten };
    const stem = join(folder, order);
    await writeXdFeatures(stem, { visual }, { cropOrder: order });
    expect((await inspectFeatures(stem)).similarity?.centre).toBe(0);
  });

  test('no centre where crops are equal, or alike at random', async () => {
    const same = new Float32Array(rows * 5 * 4).fill(2);
    expect((await inspectFeatures(await floats(same, rows, 5, 4))).similarity).toEqual({
      cosine: Array.from({ length: 5 }, () => Array(5).fill(1)),
    });
    const rng = createRng(5);
    const random = Float32Array.from({ length: rows * 5 * 16 }, () => rng.uniform());
    const seen = await inspectFeatures(await floats(random, rows, 5, 16));
    expect(seen.similarity).not.toHaveProperty('centre');
    expect(seen.findings.join('\n')).toContain('cannot be told');
  });

  test('files that are no features', async () => {
    const refuse = (path: string, code: string) =>
      expect(inspectFeatures(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
    await refuse(join(folder, 'absent.npy'), 'FILE_NOT_FOUND');
    await refuse(join(folder, 'absent'), 'FILE_NOT_FOUND');
    await refuse(await floats(new Float32Array(4), 4), 'BAD_FORMAT');
    await refuse(await floats(new Float32Array(0), 0, 128), 'EMPTY_INPUT');
    await refuse(await file({ shape: [2, 2], dtype: 'bool', data: new Uint8Array(4) }), 'BAD_FORMAT');
    const text = join(folder, 'text.npy');
    await writeFile(text, 'version https://git-lfs.github.com/spec/v1\n');
    await refuse(text, 'BAD_FORMAT');
    await expect(inspectFeatures('')).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('compareFeatures', () => {
  test('a file and itself are equal', async () => {
    const path = await floats(crops('rtfm'), rows, 10, dim);
    const found = await compareFeatures(path, path);
    expect(found).toMatchObject({ rows, maxDifference: 0, relativeDifference: 0, shift: 0 });
    expect(found.minCosine).toBeCloseTo(1, 12);
    expect(found.findings).toEqual(['equal']);
  });

  test('cosine and difference of known rows', async () => {
    const a = await floats(Float32Array.of(1, 0, 3, 4, 0, 0, 2, 0), 4, 2);
    const b = await floats(Float32Array.of(1, 1, 3, 4, 0, 0, 0, 0, 9, 9), 5, 2);
    const found = await compareFeatures(a, b);
    expect(found.rows).toBe(4);
    expect(found.cosine[0]).toBeCloseTo(Math.SQRT1_2, 12);
    expect(found.cosine.slice(1)).toEqual([1, 1, 0]);
    expect([found.minCosine, found.maxDifference]).toEqual([0, 2]);
    expect(found.meanCosine).toBeCloseTo((Math.SQRT1_2 + 2) / 4, 12);
    expect(found.relativeDifference).toBeCloseTo(Math.sqrt(5 / 30), 12);
    expect(found.findings[0]).toContain('4 and 5 rows');
  });

  test('the size of the difference says where it comes from', async () => {
    const own = crops('rtfm');
    const a = await floats(own, rows, 10, dim);
    const rng = createRng(9);
    const apart = async (share: number) => {
      const other = own.map((value) => value * (1 + share * rng.normal()));
      return (await compareFeatures(a, await floats(other, rows, 10, dim))).findings[0];
    };
    expect(await apart(1e-6)).toContain('rounding');
    expect(await apart(1e-3)).toContain('decoder');
    expect(await apart(0.05)).toContain('JPEG');
    const unrelated = await compareFeatures(
      a,
      await floats(
        crops('rtfm', 2).map((v) => 3 * v),
        rows,
        10,
        dim,
      ),
    );
    expect(unrelated.findings[0]).toContain('different features');
    expect(unrelated.findings.at(-1)).toContain('another recording');
  });

  test('crops in another order, and other numbers of crops, are matched', async () => {
    const a = await floats(crops('rtfm'), rows, 10, dim);
    const b = await floats(crops('gottimukkala'), rows, 10, dim);
    const byNumber = await compareFeatures(a, b);
    expect(byNumber.crops).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(byNumber.bestCrops).toEqual([0, 1, 4, 2, 3, 5, 6, 9, 7, 8]);
    expect(byNumber.findings.at(-1)).toContain('0, 1, 4, 2, 3');
    expect((await compareFeatures(a, b, { crops: 'best' })).findings).toEqual(['equal']);
    const visual: FeatureSequence = { modality: 'visual', length: rows, crops: 10, dim, data: crops('rtfm') };
    const stem = join(folder, 'official');
    await writeXdFeatures(stem, { visual }, { cropOrder: 'rtfm' });
    const found = await compareFeatures(a, stem);
    expect(found.crops).toEqual([4, 0, 1, 2, 3]);
    expect(found.findings).toEqual(['equal']);
    await expect(compareFeatures(a, stem, { crops: 'number' })).rejects.toMatchObject({
      code: 'FEATURE_MISMATCH',
    });
  });

  test('rows of another grid are found', async () => {
    const own = crops('rtfm');
    const a = await floats(own, rows, 10, dim);
    const late = await floats(own.slice(2 * 10 * dim), rows - 2, 10, dim);
    expect((await compareFeatures(a, late)).shift).toBe(2);
    const back = await compareFeatures(late, a);
    expect(back.shift).toBe(-2);
    expect(back.findings.join('\n')).toContain('row t - 2 of a');
  });

  test('what cannot be compared', async () => {
    const a = await floats(new Float32Array(8), 2, 4);
    const nan = await floats(Float32Array.of(1, Number.NaN), 2, 1);
    await expect(compareFeatures(a, nan)).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: `${nan}: row 1 has the value NaN`,
    });
    const wide = await floats(new Float32Array(8), 1, 8);
    await expect(compareFeatures(a, wide)).rejects.toMatchObject({ code: 'FEATURE_MISMATCH' });
    await expect(compareFeatures(a, a, { crop: 1 } as never)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});
