import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { createRainLayer } from '../src/rain-layer.js';
import { streakShape } from '../src/rain-streak.js';
import { drawStreaks } from './streaks.js';

interface Entry {
  file: string;
  dtype: string;
  shape: number[];
  role?: string;
  corruption?: string;
  severity?: number;
  params?: Record<string, number>;
}

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files;
  const visual = entries.filter(({ file }) => file.startsWith('visual/'));
  const load = ({ file }: Entry) => readNpy(readFileSync(join(path, file))).data as Uint8Array;
  const inputs = visual.filter(({ role }) => role === 'input');
  const rain = visual.filter(({ role, corruption }) => role !== 'input' && corruption === 'rain');
  const isPicture = ({ shape }: Entry) => shape.length === 3;

  const input = inputs.find((entry) => isPicture(entry) && entry.dtype === 'uint8')!;
  const image = load(input);
  const [height = 0, width = 0] = input.shape;

  /** The starts that a mask or a finished frame was made from, and the shape of its streaks. */
  function dropsOf({ severity }: Entry) {
    const drops = inputs.find((entry) => entry.params?.area_per_drop && entry.severity === severity)!;
    const { length = 0, dx = 0 } = drops.params!;
    return { starts: load(drops) as unknown as Int32Array, shape: streakShape(length, dx) };
  }

  test.each(rain.filter((entry) => !isPicture(entry)))('$file', (entry) => {
    const { starts, shape } = dropsOf(entry);
    const [rows = 0, columns = 0] = entry.shape;
    const mask = drawStreaks(columns, rows, shape, starts);
    expectClose(
      mask.map((covered) => 220 * covered),
      load(entry),
      { absolute: 0 },
    );
  });

  describe.each([true, false])('vectors: %p', (vectors) => {
    test.each(rain.filter(isPicture))('$file', (entry) => {
      const { starts, shape } = dropsOf(entry);
      const result = new Uint8Array(image.length);
      createRainLayer(width, height, shape, entry.params!.darken!, 0, vectors)(image, result, starts);
      const expected = load(entry);
      expectClose(result, expected, { absolute: 1 });
      const different = result.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
      expect(different / expected.length).toBeLessThanOrEqual(0.01);
    });
  });
});
