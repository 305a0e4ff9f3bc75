import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@robusta/tensor-io';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { uniformIndices } from '../src/index.js';

describeShared('golden/backbones', (folder) => {
  for (const file of Object.keys(goldenJson<Record<string, unknown>>(join(folder, 'manifest.json')))) {
    const { tensors } = readSafetensors(readFileSync(join(folder, file)));
    for (const [key, { data }] of Object.entries(tensors)) {
      const match = /^uniform_extract\.len(\d+)\.T(\d+)$/.exec(key);
      if (!match) continue;
      test(`${file}: ${key}`, () => {
        expect(uniformIndices(Number(match[1]), Number(match[2]))).toEqual(data);
      });
    }
  }
});
