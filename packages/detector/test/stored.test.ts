import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeatureSequence } from '@robusta/core';
import { type TensorData, writeNpy } from '@robusta/tensor-io';
import fc from 'fast-check';
import { storedFeatures } from '../src/index.js';
import { survey } from '../src/survey.js';
import { storedVideos, temporaryFolder, writeSequence } from './stored-files.js';
import { sequence, toyVideos } from './toy.js';

const folder = temporaryFolder();
const visual = { modality: 'visual' } as const;

let files = 0;
const write = (bytes: Uint8Array) => {
  const path = join(folder, `file-${files++}.npy`);
  writeFileSync(path, bytes);
  return path;
};
const npy = (shape: number[], dtype: 'float16' | 'float32' | 'float64' = 'float32') => {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: count }, (_, i) => i / 4);
  const data = dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return writeNpy({ shape, dtype, data } as TensorData);
};

/** A crop of a sequence as a sequence of its own. */
function cropOf({ length, crops, dim, data, modality }: FeatureSequence, crop: number): FeatureSequence {
  const rows = data.filter((_, i) => Math.floor(i / dim) % crops === crop);
  return { modality, length, crops: 1, dim, data: rows };
}

/** Expectations of jest take long for so many values. */
const equal = (a: Float32Array, b: Float32Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

describe('storedFeatures', () => {
  test('finds sizes without reading, and reads what was written: one file, or one for each crop', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer(),
        async (length, crops, dim, seed) => {
          const original = sequence('visual', { length, crops, dim, seed });
          for (const form of ['one file', 'crop files'] as const) {
            const paths = writeSequence(folder, `property-${form}`, original, form);
            const stored = await storedFeatures(paths, visual);
            expect(stored).toMatchObject({ modality: 'visual', length, crops, dim });
            expect(await stored.read()).toEqual(original);
            expect(await stored.read(crops - 1)).toEqual(cropOf(original, crops - 1));
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('files of many blocks', async () => {
    const original = sequence('visual', { length: 1500, crops: 3, dim: 200, seed: 4 });
    for (const form of ['one file', 'crop files'] as const) {
      const stored = await storedFeatures(writeSequence(folder, `long-${form}`, original, form), visual);
      expect(equal((await stored.read()).data, original.data)).toBe(true);
      expect(equal((await stored.read(1)).data, cropOf(original, 1).data)).toBe(true);
    }
  });

  test('of a length that is asked for, only the first snippets are used', async () => {
    const original = sequence('visual', { length: 1500, crops: 3, dim: 200, seed: 5 });
    const { crops, dim } = original;
    for (const form of ['one file', 'crop files'] as const) {
      const paths = writeSequence(folder, `cut-${form}`, original, form);
      for (const length of [1, 700]) {
        const stored = await storedFeatures(paths, { ...visual, length });
        expect(stored.length).toBe(length);
        const rows = original.data.slice(0, length * crops * dim);
        expect(equal((await stored.read()).data, rows)).toBe(true);
        const cut = cropOf({ ...original, length, data: rows }, 2);
        expect(equal((await stored.read(2)).data, cut.data)).toBe(true);
      }
      await expect(storedFeatures(paths, { ...visual, length: 1501 })).rejects.toMatchObject({
        code: 'LENGTH_MISMATCH',
        message: expect.stringContaining('has 1500 snippets, 1501 are asked for'),
      });
    }
  });

  test('half and double precision, big-endian, Fortran order', async () => {
    const expected = Array.from({ length: 12 }, (_, i) => i / 4);
    for (const dtype of ['float16', 'float32', 'float64'] as const) {
      const { data } = await (await storedFeatures(write(npy([3, 2, 2], dtype)), visual)).read();
      expect(data).toBeInstanceOf(Float32Array);
      expect([...data]).toEqual(expected);
    }
    const bytes = npy([4, 3]);
    const changed = (from: string, to: string, rest: (view: DataView) => void) => {
      const copy = Buffer.from(bytes);
      copy.write(copy.toString('latin1').replace(from, to), 'latin1');
      rest(new DataView(copy.buffer, copy.byteOffset + copy.length - 48, 48));
      return copy;
    };
    const big = changed('<f4', '>f4', (view) => {
      for (const [i, value] of expected.entries()) view.setFloat32(4 * i, value, false);
    });
    const fortran = changed("'fortran_order': False", "'fortran_order': True ", (view) => {
      for (const [i, value] of expected.entries()) {
        view.setFloat32(4 * ((i % 3) * 4 + Math.floor(i / 3)), value, true);
      }
    });
    for (const file of [big, fortran]) {
      expect([...(await (await storedFeatures(write(file), visual)).read()).data]).toEqual(expected);
    }
    const start = await (await storedFeatures(write(fortran), { ...visual, length: 2 })).read();
    expect([start.length, ...start.data]).toEqual([2, ...expected.slice(0, 2 * 3)]);
  });

  test.each<[string, () => string | string[], string, RegExp]>([
    ['no file', () => join(folder, 'absent.npy'), 'FILE_NOT_FOUND', /absent\.npy does not exist/],
    [
      'a folder',
      () => {
        mkdirSync(join(folder, 'sub'), { recursive: true });
        return join(folder, 'sub');
      },
      'FILE_UNREADABLE',
      /sub is a folder/,
    ],
    ['another format', () => write(Buffer.from('no numbers')), 'BAD_FORMAT', /file-\d+\.npy: not a \.npy/],
    [
      'an early end',
      () => write(npy([4, 3]).subarray(0, -1)),
      'TRUNCATED',
      /makes a file of 176 bytes, this one has 175/,
    ],
    [
      'more than there should be',
      () => write(Buffer.concat([npy([4, 3]), Buffer.from('x')])),
      'BAD_FORMAT',
      /177/,
    ],
    ['an end in the header', () => write(npy([4, 3]).subarray(0, 50)), 'TRUNCATED', /file-\d+\.npy/],
    [
      'integers',
      () => write(writeNpy({ shape: [2, 2], dtype: 'int32', data: Int32Array.of(1, 2, 3, 4) })),
      'BAD_FORMAT',
      /type int32, expected floating-point/,
    ],
    ['one axis', () => write(npy([4])), 'BAD_FORMAT', /expected \[snippets, width\]/],
    ['no snippets', () => write(npy([0, 4])), 'EMPTY_INPUT', /has no snippets/],
    ['no width', () => write(npy([4, 0])), 'BAD_FORMAT', /has no features/],
    [
      'crops of other lengths',
      () => [write(npy([4, 3])), write(npy([5, 3]))],
      'LENGTH_MISMATCH',
      /5 snippets, .* has 4/,
    ],
    [
      'crops of other widths',
      () => [write(npy([4, 3])), write(npy([4, 2]))],
      'FEATURE_MISMATCH',
      /width is 2/,
    ],
    ['crops in crops', () => [write(npy([4, 3])), write(npy([4, 2, 3]))], 'FEATURE_MISMATCH', /has 2 crops/],
    ['no path', () => [], 'BAD_OPTION', /storedFeatures/],
  ])('refuses %s', async (_, path, code, message) => {
    await expect(storedFeatures(path(), visual)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('refuses a modality and a crop that are not there', async () => {
    await expect(storedFeatures('x.npy', { modality: 'smell' as never })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
    const stored = await storedFeatures(write(npy([3, 2, 2])), visual);
    await expect(stored.read(2)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

describe('survey', () => {
  const videos = toyVideos(7, { crops: 3 });
  const look = (data: Parameters<typeof survey>[0]) => survey(data, 'shared', { inputClamp: 10 });

  test.each(['one file', 'crop files'] as const)(
    'stored features, %s: the same bytes as in memory',
    async (form) => {
      const expected = await look(videos);
      expect(expected.shape).toEqual({ visual: { dim: 6, crops: 3 }, audio: { dim: 4, crops: 1 } });
      expect(await look(await storedVideos(folder, videos, form))).toEqual(expected);
      const { signal } = new AbortController();
      const progress: number[] = [];
      await survey(videos, 'concat', {
        inputClamp: 1,
        signal,
        onData: ({ done, total }) => progress.push(done / total),
      });
      expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7].map((done) => done / 7));
    },
  );

  test('a value that is no number is found with its file, also beyond the first block', async () => {
    const original = sequence('visual', { length: 1500, crops: 3, dim: 200, seed: 4 });
    original.data[(1400 * 3 + 2) * 200 + 7] = Number.NaN;
    const stored = await storedFeatures(writeSequence(folder, 'broken', original, 'crop files'), visual);
    const data = [
      { id: 'a', label: 1 as const, visual: stored },
      { id: 'b', label: 0 as const, visual: stored },
    ];
    await expect(look(data)).rejects.toMatchObject({
      code: 'NON_FINITE',
      message: expect.stringMatching(
        /"a", visual features \(.*broken__2\.npy\): snippet 1400, crop 2, feature 7 is NaN/,
      ),
    });
  });

  test('stops between blocks', async () => {
    const stored = await storedVideos(folder, videos, 'one file');
    const controller = new AbortController();
    const seen: number[] = [];
    const onData = ({ done }: { done: number }) => {
      seen.push(done);
      if (done === 2) controller.abort();
    };
    const running = survey(stored, 'shared', { inputClamp: 10, onData, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen).toEqual([1, 2]);
  });

  test('a file that is not what it was', async () => {
    const [video] = await storedVideos(folder, toyVideos(1), 'one file');
    const path = video!.visual.source;
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -4));
    await expect(video!.visual.read()).rejects.toMatchObject({
      code: 'TRUNCATED',
      message: expect.stringContaining(path),
    });
    writeFileSync(path, Buffer.concat([bytes, bytes]));
    await expect(video!.visual.read()).rejects.toMatchObject({
      code: 'FEATURE_MISMATCH',
      message: expect.stringContaining('was changed after it was opened'),
    });
  });
});
