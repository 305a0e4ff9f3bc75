import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { networkGraph, networkTensors, openModel } from '@robusta/features';
import { measurePair, record, torchPeer } from '@robusta/test-kit/bench';

/** As the peers are measured in the project's figures. */
const THREADS = 2;

/** Batches of each network, with the ratio to PyTorch that is aimed at. */
const CASES = [
  ['i3d-resnet50', 1, 1.7],
  ['i3d-resnet50', 4, 1.4],
  ['i3d-resnet50', 10, 1.4],
  ['i3d-inception', 1, 2],
  ['vggish', 1, 2.5],
  ['vggish', 32, 1.3],
];

/** Random weights that keep the size of what passes through them. */
function randomState(kind) {
  const rng = createRng(1);
  return Object.fromEntries(
    networkTensors(kind)
      .filter(({ optional }) => !optional)
      .map(({ name, shape }) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const scale = shape.length > 1 ? Math.sqrt((6 * shape[0]) / size) : 0;
        const data = new Float32Array(size).fill(name.endsWith('bias') ? 0 : 1);
        if (scale > 0) for (let i = 0; i < size; i++) data[i] = (2 * rng.uniform() - 1) * scale;
        return [name, { shape: [...shape], dtype: 'float32', data }];
      }),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'robusta-networks-'));
try {
  for (const kind of new Set(CASES.map(([kind]) => kind))) {
    const path = join(folder, `${kind}.onnx`);
    writeFileSync(path, networkGraph(kind, randomState(kind)));
    const model = await openModel(path, { kind, threads: THREADS });
    for (const [, batch, target] of CASES.filter(([of]) => of === kind)) {
      const size = model.item.reduce((product, extent) => product * extent, batch);
      const input = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
      const peer = await torchPeer({
        script: new URL('./peers/networks_peer.py', import.meta.url),
        arrays: {},
        task: { kind, batch, item: model.item, threads: THREADS },
      });
      const { own, theirs } = await measurePair(() => model.run(input, batch), peer?.score, {
        count: batch > 4 ? 3 : 5,
        warmUp: 1,
      });
      await peer?.close();
      record({
        package: '@robusta/features',
        name: `${kind}, batch ${batch}, an item`,
        value: own / batch,
        unit: 'ms',
        target,
        ...(peer
          ? { peer: `PyTorch ${peer.version}, ${(theirs / batch).toFixed(1)} ms`, ratio: theirs / own }
          : {}),
      });
    }
    await model.dispose();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
