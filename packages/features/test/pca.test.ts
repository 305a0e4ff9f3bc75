import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { writePth } from '@robusta/test-kit/pth';
import fc from 'fast-check';
import { projectVggish, quantizeVggish, readVggishPca } from '../src/index.js';

const n = 128;
const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

test('projection: means are taken off, rows of the matrix are outputs', () => {
  const means = Float64Array.from({ length: n }, (_, i) => i);
  const x = Float64Array.from({ length: 2 * n }, (_, i) => 3 * (i % n) + (i < n ? 0 : 1));
  const plain = projectVggish(x, { eigenVectors: identity, means });
  expect(Array.from(plain)).toEqual(Array.from(x, (value, i) => value - (i % n)));
  const swapped = identity.slice();
  swapped.copyWithin(0, n, 2 * n);
  expect(projectVggish(x, { eigenVectors: swapped, means })[0]).toBe(plain[1]);
  expect(() => projectVggish(x.subarray(1), { eigenVectors: identity, means })).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT' }),
  );
});

test('quantization: ends, ties, and the two roundings', () => {
  const step = 4 / 255;
  const values = Float64Array.of(-9, -2, -2 + 1.1 * step, -2 + 1.25 * step, -2 + 1.75 * step, 2, 9);
  expect(Array.from(quantizeVggish(values, 'round'))).toEqual([0, 0, 1, 1, 2, 255, 255]);
  expect(Array.from(quantizeVggish(values, 'truncate'))).toEqual([0, 0, 1, 1, 1, 255, 255]);
  expect(quantizeVggish(Float64Array.of(-9, 0.25), 'none')).toEqual(Float32Array.of(-9, 0.25));
  // (0 + 2) * 63.75 is 127.5 exactly: half to even gives 128.
  expect(Array.from(quantizeVggish(Float64Array.of(0), 'round'))).toEqual([128]);
  fc.assert(
    fc.property(fc.double({ min: -3, max: 3, noNaN: true }), (value) => {
      const [round, floor] = [
        quantizeVggish(Float64Array.of(value), 'round')[0]!,
        quantizeVggish(Float64Array.of(value), 'truncate')[0]!,
      ];
      expect([0, 1]).toContain(round - floor);
      expect(round >= 0 && round <= 255).toBe(true);
      const clipped = Math.max(-2, Math.min(2, value));
      expect(Math.abs(round * step - 2 - clipped)).toBeLessThanOrEqual(step / 2 + 1e-12);
    }),
  );
});

describe('files of parameters', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'robusta-pca-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('arrays are found by name, also inside the checkpoint of a whole VGGish', async () => {
    const matrix = { shape: [n, n], dtype: 'float32' as const, data: Float32Array.from(identity) };
    const means = { shape: [n, 1], dtype: 'float32' as const, data: new Float32Array(n).fill(0.5) };
    for (const prefix of ['', 'pproc.']) {
      const path = join(folder, `params${prefix}.pth`);
      const tensors = { [`${prefix}pca_eigen_vectors`]: matrix, [`${prefix}pca_means`]: means };
      await writeFile(path, writePth(tensors));
      const { pca, sha256 } = await readVggishPca(path);
      expect(pca).toEqual({ eigenVectors: identity, means: new Float64Array(n).fill(0.5) });
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      means.data[3] = Number.NaN;
      await writeFile(path, writePth(tensors));
      await expect(readVggishPca(path)).rejects.toMatchObject({ code: 'BAD_MODEL' });
      means.data[3] = 0.5;
    }
  });

  test('files that are none are refused by name', async () => {
    const absent = join(folder, 'absent.npz');
    await expect(readVggishPca(absent)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    for (const name of ['a.npz', 'a.pth']) {
      const path = join(folder, name);
      await writeFile(path, 'no archive at all');
      await expect(readVggishPca(path)).rejects.toMatchObject({
        code: 'BAD_FORMAT',
        message: expect.stringContaining(path),
      });
    }
  });
});

// The arrays there are smaller: found by name, refused by shape.
describeShared('golden/checkpoints', (folder) => {
  const { good } = goldenJson<{ good: { file: string }[] }>(join(folder, 'manifest.json'));
  const files = good.filter((item) => JSON.stringify(item).includes('pca_eigen_vectors'));
  test.each(files.map(({ file }) => file))('%s', async (file) => {
    await expect(readVggishPca(join(folder, file))).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/expected pca_eigen_vectors \[128, 128\], found float64 \[\d+, \d+\]/),
    });
  });
});
