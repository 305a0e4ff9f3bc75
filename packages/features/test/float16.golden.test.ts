import { describeShared } from '@robusta/test-kit';
import {
  goldenArray,
  goldenCases,
  type NetworkCase,
  runStages,
  videoInput,
  worst,
} from './golden-networks.js';

/**
 * Weights alone, rounded to 11 bits, move the feature by 3e-3 of its root mean square; intermediate results are rounded,
 * too. A wrong epsilon in one late layer would be 1e-3, a wrong padding or mean far more than this.
 */
const TOLERANCE = 1e-2;

describeShared('golden/features', (folder) => {
  const { seed, cases } = goldenCases<NetworkCase>(folder, 'i3d_r50');
  const depth = ({ layers = [3, 4, 6, 3] }: NetworkCase) => layers.reduce((sum, count) => sum + count);
  const least = Math.min(...cases.map(depth));
  // The deep networks are the same operations more often, and ONNX Runtime's CPU computes float16 slowly.
  const shallow = cases.filter((item) => depth(item) === least);

  test.each(shallow.map((item) => [item.id, item] as const))('%s in float16', async (_id, item) => {
    const [count, frames, height, width] = item.input.shape as [number, number, number, number, number];
    const clip: [number, number, number] = [frames, height, width];
    const form = { layers: item.layers!, nonLocal: item.nonlocal_blocks === true, clip };
    const batch = videoInput(seed, item);
    const stages = await runStages(seed, 'i3d_r50', { ...form, precision: 'float16' }, batch, [
      count,
      3,
      ...clip,
    ]);
    const expected = goldenArray(folder, item.output);
    expect(stages.get('feature')!.shape).toEqual(expected.shape);
    const difference = worst(stages.get('feature')!.data, expected.data);
    expect(difference).toBeLessThanOrEqual(TOLERANCE);
    // As much as float16 must differ at least: it was computed in it.
    expect(difference).toBeGreaterThan(1e-4);
  });
});
