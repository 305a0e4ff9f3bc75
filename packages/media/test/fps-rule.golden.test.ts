import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { selectFrames } from '../src/index.js';

interface FpsCase {
  /** Input frames per second, `num/den`. */
  rate: string;
  input_frames: number;
  /** For each output frame at 24 fps the input frame that FFmpeg's filter shows. */
  fps_filter: number[];
}

describeShared('golden/features', (folder) => {
  for (const file of readdirSync(folder).filter((name) => /^fps\d+\.json$/.test(name))) {
    const fps = Number(/\d+/.exec(file)![0]);
    const cases = goldenJson<FpsCase[]>(join(folder, file));
    test.each(cases.map((golden) => [golden.rate, golden] as const))(`${file}: %s`, (rate, golden) => {
      const [num, den] = rate.split('/').map(Number);
      const timestamps = Array.from({ length: golden.input_frames }, (_, i) => i);
      const timeBase = { num: den!, den: num! };
      const selected = selectFrames(timestamps, golden.input_frames, { num: fps, den: 1 }, timeBase);
      expect(selected).toEqual(golden.fps_filter);
    });
  }
});
