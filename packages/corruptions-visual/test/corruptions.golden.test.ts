import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, expectClose, goldenJson } from '@robusta/test-kit';
import { createFrameCorruption, motionBlurKernel, motionBlurOffsets } from '../src/index.js';
import { createLineBlur } from '../src/line-blur.js';
import { motionBlurTaps } from '../src/motion-taps.js';

interface Entry {
  file: string;
  dtype: string;
  shape: number[];
  role?: string;
  corruption?: string;
  variant?: string;
  severity?: 1 | 2 | 3 | 4 | 5;
  params?: Record<string, number>;
}

/** Compared in the golden tests beside this one. */
const elsewhere = ['brightness', 'contrast', 'fog', 'rain', 'saturate', 'shot-noise', 'temporal motion-blur'];

describeShared('golden/corruptions', (path) => {
  const entries = goldenJson<{ files: Entry[] }>(join(path, 'manifest.json')).files;
  const visual = entries.filter(({ file }) => file.startsWith('visual/'));
  const load = ({ file }: Entry) => readNpy(readFileSync(join(path, file))).data as Uint8Array;
  const floats = (entry: Entry) => load(entry) as unknown as Float64Array;
  const isInput = ({ role }: Entry) => role === 'input';
  const nameOf = ({ corruption, variant }: Entry) =>
    variant === 'temporal' ? `temporal ${corruption}` : corruption;
  const isPicture = ({ shape }: Entry) => shape.length === 3;
  const of = (name: string) => visual.filter((entry) => !isInput(entry) && nameOf(entry) === name);

  const input = visual.find((entry) => isInput(entry) && isPicture(entry) && entry.dtype === 'uint8')!;
  const [height = 0, width = 0] = input.shape;
  const image = load(input);
  const size = { width, height, fps: 25 };
  const publicResult = (name: 'motion-blur', options: object) =>
    createFrameCorruption(name, { ...size, ...options }).apply({ width, height, data: image }, 0).data;

  test('every file of a corruption is one that is compared here or beside', () => {
    const named = new Set(visual.flatMap((entry) => (isInput(entry) ? [] : (nameOf(entry) ?? []))));
    const known = new Set(['motion-blur', ...elsewhere]);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });

  /** At most one level off, and no more than `share` of the values different at all. */
  function expectLevels(actual: Uint8Array, expected: Uint8Array, share: number): void {
    expectClose(actual, expected, { absolute: 1 });
    const different = actual.reduce((count, value, i) => count + (value === expected[i] ? 0 : 1), 0);
    expect(different / expected.length).toBeLessThanOrEqual(share);
  }

  const blurs = of('motion-blur');
  test.each(blurs.filter(({ shape }) => shape.length === 1))('$file', (entry) => {
    const { radius, sigma } = entry.params as { radius: number; sigma: number };
    expectClose(motionBlurKernel(radius, sigma), floats(entry), { absolute: 1e-6 });
  });

  test.each(blurs.filter(({ shape }) => shape.length === 2))('$file', (entry) => {
    // The file holds (dx, dy) of a tap that reads (x - dx, y - dy).
    const offsets = motionBlurOffsets(entry.shape[0]!, entry.params!.angle_deg!);
    expect(offsets.flat()).toEqual(Array.from(load(entry), (offset) => 0 - offset));
  });

  test.each(blurs.filter(isPicture))('$file', (entry) => {
    const {
      radius,
      sigma,
      angle_deg: angleDeg,
    } = entry.params as Record<'radius' | 'sigma' | 'angle_deg', number>;
    if (entry.dtype === 'uint8') {
      const options = { severity: entry.severity, radius, sigma, angleDeg };
      expectLevels(publicResult('motion-blur', options), load(entry), 0.02);
    } else {
      const kernel = motionBlurKernel(radius, sigma);
      const taps = motionBlurTaps(kernel, motionBlurOffsets(kernel.length, angleDeg), width, height);
      const result = new Float32Array(image.length);
      createLineBlur(width, height, taps, 0)(image, result);
      expectClose(result, load(entry), { absolute: 1e-2 });
    }
  });
});
