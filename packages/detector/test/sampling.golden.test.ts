import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { segmentEdges, uniformIndices } from '../src/index.js';
import { copyMean } from '../src/scaling.js';

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
          const edges = segmentEdges(length, count);
          const rows = Float32Array.from({ length }, (_, i) => i ** 1.5);
          const means = new Float32Array(count);
          for (let j = 0; j < count; j++) {
            copyMean(rows, edges[j]!, 1, Math.max(1, edges[j + 1]! - edges[j]!), 1, means, j, undefined);
          }
          expectClose(means, data as Float32Array, { relative: 1e-6 });
        });
      }
    }
  }
});
