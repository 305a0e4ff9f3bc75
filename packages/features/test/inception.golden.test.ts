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

/** Of the published code's batch norms. */
const EPSILON = 1e-3;

describeShared('golden/features', (folder) => {
  const { seed, cases } = goldenCases<NetworkCase>(folder, 'i3d_inception');

  test.each(cases.map((item) => [item.id, item] as const))(
    '%s: feature and every stage',
    async (_id, item) => {
      const [count, ...clip] = item.input.shape.slice(0, 4) as [number, number, number, number];
      const stages = await runStages(seed, 'i3d_inception', {}, videoInput(seed, item), [count, 3, ...clip]);
      const expected = goldenArray(folder, item.output);
      expect(stages.get('feature')!.shape).toEqual(expected.shape);
      expect(worst(stages.get('feature')!.data, expected.data)).toBeLessThanOrEqual(2e-5);
      const norms = normsOf(seed, 'i3d_inception', networkTensors('i3d-inception'));
      for (const stage of goldenJson<Stage[]>(join(folder, item.intermediates!))) {
        const name = stage.name === 'avg_pool' ? 'feature' : stage.name;
        const norm = name.replace(/\.conv3d$/, '.bn');
        expectStage(stages.get(name)?.data ?? stageBefore(stages, stage, norms, norm, EPSILON), stage);
      }
    },
  );
});
