import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { projectVggish, quantizeVggish } from '../src/index.js';

interface Case {
  id: string;
  kind: string;
  eigen_vectors: string;
  means: string;
  embedding: string;
  projected_float64: string;
  quantised_torchvggish: string;
  quantised_tensorflow: string;
}

describeShared('golden/features', (folder) => {
  const { cases } = goldenJson<{ cases: Case[] }>(join(folder, 'manifest.json'));
  const numbers = (file: string) =>
    Float64Array.from(readNpy(readFileSync(join(folder, file))).data as Float64Array);
  const own = cases.filter(({ kind }) => kind === 'vggish post-processing');

  // 1e-9: both sides are in double precision and differ in the order of 128 additions. No projected value lies near an
  // edge of rounding, so whole numbers are exact.
  test.each(own.map((item) => [item.id, item] as const))('%s: projected and quantized', (_id, item) => {
    const pca = { eigenVectors: numbers(item.eigen_vectors), means: numbers(item.means) };
    const projected = projectVggish(numbers(item.embedding), pca);
    expectClose(projected, numbers(item.projected_float64), { absolute: 1e-9 });
    const exact = (quantization: 'round' | 'truncate') => Array.from(quantizeVggish(projected, quantization));
    expect(exact('round')).toEqual(Array.from(numbers(item.quantised_torchvggish)));
    expect(exact('truncate')).toEqual(Array.from(numbers(item.quantised_tensorflow)));
  });
});
