import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { segmentEdges, uniformIndices } from '../src/index.js';
import { RowWriter, rowPlan } from '../src/rows.js';

describeShared('golden/backbones', (folder) => {
  for (const file of Object.keys(goldenJson<Record<string, unknown>>(join(folder, 'manifest.json')))) {
    const { tensors } = readSafetensors(readFileSync(join(folder, file)));
    for (const [key, { data }] of Object.entries(tensors)) {
      const match = /^uniform_extract\.len(\d+)\.T(\d+)$/.exec(key);
      const segments = /^rtfm_segments\.len(\d+)\.(edges|mean)/.exec(key);
      if (match) {
        test(`${file}: ${key}`, () => {
          expect(uniformIndices(Number(match[1]), Number(match[2]))).toEqual(data);
        });
      } else if (segments?.[2] === 'edges') {
        test(`${file}: ${key}`, () => {
          expect(segmentEdges(Number(segments[1]), data.length - 1)).toEqual(data);
        });
      } else if (segments) {
        test(`${file}: ${key}`, () => {
          const length = Number(segments[1]);
          const count = data.length;
          const rows = Float32Array.from({ length }, (_, i) => i ** 1.5);
          const means = new Float32Array(count);
          const target = { data: means, offset: 0, width: 1 };
          const writer = new RowWriter(rowPlan(length, count, 'segments'), 0, 1, undefined, target);
          writer.add({ start: 0, length, crops: 1, dim: 1, data: rows });
          expectClose(means, data as Float32Array, { relative: 1e-6 });
        });
      }
    }
  }
});
