import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@robusta/core';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { createClipCorruption } from '../src/index.js';
import { streamed } from './clips.js';

interface Entry {
  file: string;
  shape: number[];
  role?: string;
  corruption?: string;
  variant?: string;
  params?: { half_window?: number };
}

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files;
  const load = ({ file }: Entry) => readNpy(readFileSync(join(path, file))).data as Uint8Array;
  const isInput = ({ role }: Entry) => role === 'input';

  const clip = entries.find((entry) => isInput(entry) && entry.shape.length === 4)!;
  const [count = 0, height = 0, width = 0] = clip.shape;
  const bytes = height * width * 3;
  const values = load(clip);
  const frames = Array.from({ length: count }, (_, t): Frame => {
    return { width, height, data: values.slice(t * bytes, (t + 1) * bytes) };
  });

  const blurs = entries.filter((entry) => !isInput(entry) && entry.variant === 'temporal');
  describe.each(['stream', 'apply'] as const)('%s', (form) => {
    test.each(blurs)('$file', (entry) => {
      const halfWindow = entry.params!.half_window!;
      const corruption = createClipCorruption('motion-blur', { width, height, halfWindow });
      const results =
        form === 'stream'
          ? streamed(corruption, frames)
          : frames.map((_, t) => corruption.apply(frames, t).data);
      expect(results).toHaveLength(count);
      // The reference leaves out as many frames at each end.
      const inner = results.slice(halfWindow, halfWindow + entry.shape[0]!);
      const result = Uint8Array.from(inner.flatMap((data) => [...data]));
      const expected = load(entry);
      expectClose(result, expected, { absolute: 1 });
      const different = result.reduce((n, value, i) => n + (value === expected[i] ? 0 : 1), 0);
      expect(different / expected.length).toBeLessThanOrEqual(0.005);
    });
  });
});
