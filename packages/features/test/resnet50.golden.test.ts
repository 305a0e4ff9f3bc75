import { join } from 'node:path';
import { describeShared, goldenJson } from '@robusta/test-kit';
import { networkTensors } from '../src/index.js';
import {
  expectStage,
  goldenArray,
  goldenCases,
  type NetworkCase,
  normsOf,
  runStages,
  type Stage,
  stageBefore,
  videoInput,
  worst,
} from './golden-networks.js';

/** Of PyTorch's batch norm. */
const EPSILON = 1e-5;

describeShared('golden/features', (folder) => {
  const { seed, cases } = goldenCases<NetworkCase>(folder, 'i3d_r50');

  test.each(cases.map((item) => [item.id, item] as const))(
    '%s: feature and every stage',
    async (_id, item) => {
      const [count, frames, height, width] = item.input.shape as [number, number, number, number, number];
      const form = { layers: item.layers!, nonLocal: item.nonlocal_blocks === true };
      const batch = videoInput(seed, item);
      const clip: [number, number, number] = [frames, height, width];
      const stages = await runStages(seed, 'i3d_r50', { ...form, clip }, batch, [count, 3, ...clip]);
      // ONNX Runtime and PyTorch differ by about 2e-6; softmax over many places makes it a little more.
      const tolerance = form.nonLocal ? 1e-4 : 2e-5;
      const expected = goldenArray(folder, item.output);
      expect(stages.get('feature')!.shape).toEqual(expected.shape);
      expect(worst(stages.get('feature')!.data, expected.data)).toBeLessThanOrEqual(tolerance);
      for (const [name, file] of Object.entries(item.tensors ?? {})) {
        const tensor = goldenArray(folder, file);
        expect([name, stages.get(name)!.shape]).toEqual([name, tensor.shape]);
        expect(worst(stages.get(name)!.data, tensor.data)).toBeLessThanOrEqual(2e-5);
      }
      const norms = normsOf(seed, 'i3d_r50', networkTensors('i3d-resnet50', form));
      for (const stage of goldenJson<Stage[]>(join(folder, item.intermediates!))) {
        const name = stage.name === 'avgpool' ? 'feature' : stage.name;
        const norm = name.replace(/conv(\d)$/, 'bn$1');
        const own = stages.get(name)?.data ?? stageBefore(stages, stage, norms, norm, EPSILON);
        expectStage(own, stage, tolerance / 2e-5);
      }
    },
  );
});
