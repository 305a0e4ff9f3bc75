import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeatureSequence } from '@robusta/core';
import { readNpy, writeNpy } from '@robusta/tensor-io';
import fc from 'fast-check';
import {
  CROP_ORDERS,
  type CropOrder,
  createVisualExtractor,
  findXdFeatures,
  readXdFeatures,
  writeXdFeatures,
} from '../src/index.js';

let folder: string;
let stem: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-xd-'));
  stem = join(folder, 'Movie__#00-01-45_00-02-50_label_A');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Values that tell row, crop and column. */
function numbered(modality: 'visual' | 'audio', length: number, crops: number, dim: number): FeatureSequence {
  const data = Float32Array.from({ length: length * crops * dim }, (_, i) => i);
  return { modality, length, crops, dim, data };
}

async function npy(path: string, data: Float32Array, ...shape: number[]) {
  await writeFile(path, writeNpy({ shape, dtype: 'float32', data }));
}

test.each([
  ['rtfm', 4],
  ['gottimukkala', 2],
  ['xd-violence', 0],
] as const)('ten crops in the order of %s: __0 is the centre, corners follow', async (cropOrder, centre) => {
  const visual = numbered('visual', 3, 10, 4);
  const paths = await writeXdFeatures(stem, { visual, audio: numbered('audio', 3, 1, 2) }, { cropOrder });
  expect(paths).toEqual([0, 1, 2, 3, 4, 'vggish'].map((name) => `${stem}__${name}.npy`));
  expect((await readdir(folder)).length).toBe(6);
  for (const [file, place] of CROP_ORDERS['xd-violence'].entries()) {
    const { shape, dtype, data } = readNpy(await readFile(`${stem}__${file}.npy`));
    const crop = CROP_ORDERS[cropOrder].indexOf(place);
    if (file === 0) expect(crop).toBe(centre);
    expect([shape, dtype]).toEqual([[3, 4], 'float32']);
    expect(Array.from(data as Float32Array)).toEqual(
      [0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((column) => (row * 10 + crop) * 4 + column)),
    );
  }
});

test('what was written is read: any size, and again in the order of the files', async () => {
  const orders = Object.keys(CROP_ORDERS) as CropOrder[];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 5, 10),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(...orders),
      async (length, crops, dim, cropOrder) => {
        const visual = numbered('visual', length, crops, dim);
        const own = join(folder, `${length}-${crops}-${dim}-${cropOrder}`);
        await writeXdFeatures(own, { visual }, { cropOrder });
        const read = await readXdFeatures(own);
        expect(read).toMatchObject({ rows: { visual: length, audio: 0 }, mismatch: false });
        expect(read.visual).toMatchObject({ modality: 'visual', length, crops: Math.min(5, crops), dim });
        await writeXdFeatures(`${own}-2`, read, { cropOrder: 'xd-violence' });
        expect(await readXdFeatures(`${own}-2`)).toEqual(read);
      },
    ),
    { numRuns: 15 },
  );
});

test('lengths: both are cut to the shorter; more than one row is a mismatch', async () => {
  await writeXdFeatures(stem, { visual: numbered('visual', 5, 1, 2), audio: numbered('audio', 4, 1, 3) });
  const one = await readXdFeatures(stem);
  expect([one.visual!.length, one.audio!.length, one.mismatch]).toEqual([4, 4, false]);
  expect(one.rows).toEqual({ visual: 5, audio: 4 });
  expect(one.visual!.data).toEqual(Float32Array.from({ length: 8 }, (_, i) => i));
  await writeXdFeatures(stem, { audio: numbered('audio', 7, 1, 3) });
  const two = await readXdFeatures(stem);
  expect([two.visual!.length, two.audio!.length, two.mismatch]).toEqual([5, 5, true]);
});

test('picture and sound in different folders, or only one of them', async () => {
  const other = join(folder, 'sound', 'Movie');
  await writeXdFeatures(stem, { visual: numbered('visual', 2, 1, 2) });
  await writeXdFeatures(other, { audio: numbered('audio', 2, 1, 3) });
  const both = await readXdFeatures({ visual: stem, audio: other });
  expect([both.visual!.dim, both.audio!.dim]).toEqual([2, 3]);
  expect(await readXdFeatures({ audio: other })).not.toHaveProperty('visual');
  expect(await readXdFeatures(stem)).not.toHaveProperty('audio');
});

test('bad input is refused, by name and before anything is written', async () => {
  const visual = numbered('visual', 2, 5, 2);
  const refuse = (work: Promise<unknown>, code: string, text: string) =>
    expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  await refuse(writeXdFeatures(stem, { visual }), 'BAD_OPTION', 'cropOrder');
  await refuse(writeXdFeatures(stem, {}), 'EMPTY_INPUT', 'neither');
  await refuse(writeXdFeatures(stem, { visual: numbered('visual', 2, 3, 2) }), 'BAD_INPUT', '3 crops');
  await refuse(writeXdFeatures(stem, { visual: numbered('audio', 2, 1, 2) }), 'BAD_INPUT', 'audio');
  const audio = numbered('audio', 2, 1, 2);
  audio.data[3] = Number.NaN;
  await refuse(writeXdFeatures(stem, { visual, audio }, { cropOrder: 'rtfm' }), 'NON_FINITE', 'audio row 1');
  expect(await readdir(folder)).toEqual([]);
  await refuse(readXdFeatures(stem), 'FILE_NOT_FOUND', `${stem}__0.npy`);

  await npy(`${stem}__0.npy`, new Float32Array(4), 2, 2);
  await npy(`${stem}__2.npy`, new Float32Array(4), 2, 2);
  await refuse(readXdFeatures(stem), 'BAD_DATASET', `${stem}__1.npy`);
  await npy(`${stem}__1.npy`, new Float32Array(2), 1, 2);
  await refuse(readXdFeatures(stem), 'LENGTH_MISMATCH', `${stem}__1.npy has 1 rows`);
  await npy(`${stem}__1.npy`, new Float32Array(6), 2, 3);
  await refuse(readXdFeatures(stem), 'FEATURE_MISMATCH', `${stem}__1.npy`);
  await npy(`${stem}__1.npy`, Float32Array.of(0, 0, 0, Number.POSITIVE_INFINITY), 2, 2);
  await refuse(readXdFeatures(stem), 'NON_FINITE', `${stem}__1.npy: row 1`);
  await npy(`${stem}__1.npy`, new Float32Array(12), 2, 3, 2);
  await refuse(readXdFeatures(stem), 'FEATURE_MISMATCH', '3 crops');
  const whole = await readFile(`${stem}__0.npy`);
  await writeFile(`${stem}__1.npy`, whole.subarray(0, whole.length - 3));
  await refuse(readXdFeatures(stem), 'TRUNCATED', `${stem}__1.npy`);
  const pickled = Buffer.from(whole);
  pickled.write("'|O'", pickled.indexOf("'<f4'"), 'latin1');
  pickled.write(' ', pickled.indexOf("'|O'") + 4, 'latin1');
  await writeFile(`${stem}__1.npy`, pickled);
  await refuse(readXdFeatures(stem), 'BAD_FORMAT', 'object array');
});

test('sidecars on request: they say what lies there, as long as all of it does', async () => {
  const { recipe, recipeHash } = createVisualExtractor({ kind: 'lite' }).spec;
  const sidecars = { visual: { recipe, recipeHash, sourceSha256: 'ab'.repeat(32) } };
  const [visual, audio] = [numbered('visual', 3, 10, 4), numbered('audio', 3, 1, 2)];
  expect(await findXdFeatures(stem)).toEqual({});
  await writeXdFeatures(stem, { visual, audio }, { cropOrder: 'rtfm', sidecars });
  expect(await findXdFeatures(stem)).toEqual({
    visual: { modality: 'visual', shape: [3, 5, 4], sidecar: sidecars.visual },
  });
  const { files } = JSON.parse(await readFile(`${stem}__0.json`, 'utf8'));
  expect(files).toEqual(CROP_ORDERS['xd-violence']);
  // Other readers do not mind.
  expect(await readXdFeatures(stem)).toMatchObject({ rows: { visual: 3, audio: 3 } });
  await rm(`${stem}__4.npy`);
  expect(await findXdFeatures(stem)).toEqual({});
  const wrong = { visual: { recipe, recipeHash: 'cd'.repeat(32) } };
  await expect(
    writeXdFeatures(stem, { visual }, { cropOrder: 'rtfm', sidecars: wrong }),
  ).rejects.toMatchObject({ code: 'BAD_OPTION' });
});
