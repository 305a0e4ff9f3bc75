import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, goldenJson } from '@robusta/test-kit';
import {
  expectStage,
  goldenArray,
  goldenCases,
  openStages,
  rms,
  type Stage,
  worst,
} from './golden-networks.js';

interface VggishCase {
  id: string;
  kind: string;
  input: string;
  embedding: string;
  embedding_before_last_relu: string;
  intermediates?: string;
}

describeShared('golden/features', (folder) => {
  const { seed, cases } = goldenCases<VggishCase>(folder, 'vggish');
  let network: Awaited<ReturnType<typeof openStages>>;

  beforeAll(async () => {
    network = await openStages(seed, 'vggish', {});
  });
  afterAll(() => network.release());

  test.each(cases.map((item) => [item.id, item] as const))(
    '%s: embedding and every stage',
    async (_id, item) => {
      const [file] = item.input.split(' ');
      const patches = Float32Array.from(readNpy(readFileSync(join(folder, file!))).data as Float64Array);
      const stages = await network.run(patches, [patches.length / (96 * 64), 1, 96, 64]);
      const raw = goldenArray(folder, item.embedding_before_last_relu);
      const scale = rms(raw.data);
      const feature = stages.get('feature')!;
      expect(feature.shape).toEqual(raw.shape);
      expect(worst(feature.data, raw.data, scale)).toBeLessThanOrEqual(2e-5);
      const active = feature.data.map((value) => Math.max(0, value));
      expect(worst(active, goldenArray(folder, item.embedding).data, scale)).toBeLessThanOrEqual(2e-5);
      if (!item.intermediates) return;
      stages.set('embeddings.5', { shape: feature.shape, data: active });
      for (const stage of goldenJson<Stage[]>(join(folder, item.intermediates))) {
        const own = stages.get(stage.name)!;
        expect([stage.name, own.shape.filter((extent, i) => i !== 2 || extent > 1)]).toEqual([
          stage.name,
          stage.shape,
        ]);
        expectStage(own.data, stage);
      }
    },
  );
});
