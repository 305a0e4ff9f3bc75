import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { selectFrames } from '../src/index.js';

/** The part of the manifest that is about frame selection. */
interface Manifest {
  cases: { id: string; kind: string; table: string }[];
}

interface FpsCase {
  /** Input frames per second, `num/den`. */
  rate: string;
  input_frames: number;
  /** For each output frame at 24 fps the input frame that FFmpeg's filter shows. */
  fps_filter: number[];
}

describeShared('golden/features', (folder) => {
  const { cases: all } = goldenJson<Manifest>(join(folder, 'manifest.json'));
  const tables = all.filter(({ kind }) => kind === 'frame selection');
  test('the manifest lists frame selections', () => expect(tables).not.toEqual([]));
  for (const { id, table: file } of tables) {
    // The id ends in the output rate, as in `fps24`.
    const fps = Number(/\d+$/.exec(id)![0]);
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
