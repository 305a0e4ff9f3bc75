import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { createBrightness } from '../src/brightness.js';
import { createContrast } from '../src/contrast.js';
import { createFogLayer } from '../src/fog-layer.js';
import { createFrameCorruption, plasmaMap } from '../src/index.js';
import { createSaturate } from '../src/saturate.js';
import { levelStatistics } from './statistics.js';

interface Entry {
  file: string;
  dtype: string;
  shape: number[];
  role?: string;
  corruption?: string;
  variant?: string;
  severity?: 1 | 2 | 3 | 4 | 5;
  params?: Record<string, number | number[]>;
  columns?: string[];
}

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files;
  const visual = entries.filter(({ file }) => file.startsWith('visual/'));
  const load = ({ file }: Entry) => readNpy(readFileSync(join(path, file))).data as Uint8Array;
  const floats = (entry: Entry) => load(entry) as unknown as Float64Array;
  const isInput = ({ role }: Entry) => role === 'input';
  const isPicture = ({ shape }: Entry) => shape.length === 3;
  const of = (name: string) =>
    visual.filter((entry) => entry.corruption === name && isPicture(entry) && !isInput(entry));
  const number = ({ params }: Entry, name: string) => params![name] as number;

  const input = visual.find((entry) => isInput(entry) && isPicture(entry) && entry.dtype === 'uint8')!;
  const [height = 0, width = 0] = input.shape;
  const image = load(input);
  const size = { width, height, fps: 25 };

  /** At most one level off, and no more than `share` of the values different at all. */
  function expectLevels(actual: Uint8Array, expected: Uint8Array, share: number): void {
    expectClose(actual, expected, { absolute: 1 });
    const different = actual.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
    expect(different / expected.length).toBeLessThanOrEqual(share);
  }

  /** Compares the result of the public function, or where the file holds floats the values before the cut. */
  function expectPicture(
    name: 'brightness' | 'contrast' | 'saturate',
    entry: Entry,
    physical: object,
    share: number,
    kernel: ReturnType<typeof createBrightness>,
  ): void {
    if (entry.dtype === 'uint8') {
      const options = { ...size, severity: entry.severity, ...physical };
      const { data } = createFrameCorruption(name, options).apply({ width, height, data: image }, 0);
      expectLevels(data, load(entry), share);
    } else {
      const result = new Float32Array(image.length);
      kernel(image, result, 0);
      expectClose(result, load(entry), { absolute: 1e-3 });
    }
  }

  test.each(of('brightness'))('$file', (entry) => {
    const amount = number(entry, 'add');
    // The exact result is often a whole number, and the reference's error sends the cut either way.
    expectPicture('brightness', entry, { amount }, 0.08, createBrightness(width * height, amount, 0));
  });

  test.each(of('saturate'))('$file', (entry) => {
    const [gain, offset] = entry.params!.mul_add as [number, number];
    expectPicture('saturate', entry, { gain, offset }, 0.08, createSaturate(width * height, gain, offset, 0));
  });

  test.each(of('contrast'))('$file', (entry) => {
    const factor = number(entry, 'c');
    expectPicture('contrast', entry, { factor }, 0.005, createContrast(width * height, factor, 0));
  });

  test.each(of('fog'))('$file', (entry) => {
    const mapEntry = visual.find(
      ({ role, params, severity }) =>
        role === 'input' && params?.wibbledecay !== undefined && severity === entry.severity,
    )!;
    const heights = load(mapEntry) as unknown as Float32Array;
    const map = { side: number(mapEntry, 'mapsize'), fill: (into: Float32Array) => into.set(heights) };
    const fog = createFogLayer(width, height, map, { x: 0, y: 0 }, number(entry, 'strength'), 0);
    const bytes = entry.dtype === 'uint8';
    const result = bytes ? new Uint8Array(image.length) : new Float32Array(image.length);
    fog(image, result, 0);
    if (bytes) expectLevels(result as Uint8Array, load(entry), 0.005);
    else expectClose(result, load(entry), { absolute: 1e-2 });
  });

  const isDraws = (entry: Entry) => isInput(entry) && entry.shape.length === 1;
  test.each(visual.filter(({ file }) => /plasma.*map/.test(file)))('$file', (entry) => {
    const side = number(entry, 'mapsize');
    const draws = floats(visual.find((other) => isDraws(other) && other.shape[0] === side * side - 1)!);
    let drawn = 0;
    const map = plasmaMap(side, number(entry, 'wibbledecay'), () => draws[drawn++]!);
    expect(drawn).toBe(draws.length);
    // The map is kept in float32: 6e-8.
    expectClose(map.data, floats(entry), { absolute: 1e-6 });
  });

  const statistics = visual.filter(({ corruption, columns }) => corruption === 'shot-noise' && columns);
  test.each(statistics)('$file', (entry) => {
    const table = floats(entry);
    const [rows = 0, columns = 0] = entry.shape;
    const at = (row: number, name: string) => table[row * columns + entry.columns!.indexOf(name)]!;
    const photons = entry.params!.photons_at_255 as unknown as number[];
    for (let row = 0; row < rows; row++) {
      const own = photons[at(row, 'severity') - 1]!;
      const measured = levelStatistics(own, at(row, 'input_level'));
      const [mean, variance] = [at(row, 'mean_exact'), at(row, 'var_exact')];
      const margin = 4 * Math.sqrt(variance / measured.draws) + 1e-9;
      expect(Math.abs(measured.mean - mean)).toBeLessThanOrEqual(margin);
      expect(Math.abs(measured.variance - variance)).toBeLessThanOrEqual(0.03 * variance + 1e-9);
      expect(Math.abs(measured.meanOfBytes - at(row, 'mean_uint8_exact'))).toBeLessThanOrEqual(margin);
      expect(measured.values).toBeLessThanOrEqual(own + 1);
    }
  });
});
