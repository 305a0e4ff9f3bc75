import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRng } from '@robusta/core';
import { networkGraph, networkTensors, openModel } from '@robusta/features';
import { measure, measurePair, record, torchPeer } from '@robusta/test-kit/bench';

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

const { device } = parseArgs({ options: { device: { type: 'string' } }, strict: false }).values;
const put = (result) => record({ package: '@robusta/features', ...result });
const inputOf = ({ item }, batch) => {
  const size = item.reduce((product, extent) => product * extent, batch);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
};

/** Largest batch of the networks on a device, with `--device cuda` or `webgpu`. */
const DEVICE_BATCH = { 'i3d-resnet50': 10, 'i3d-inception': 10, vggish: 32 };

/** Items a second in both precisions, and how much the feature differs. */
async function benchDevice(kind, folder) {
  const batch = DEVICE_BATCH[kind];
  const features = [];
  for (const precision of ['float32', 'float16']) {
    const path = join(folder, `${kind}-${precision}.onnx`);
    writeFileSync(path, networkGraph(kind, randomState(kind), { precision }));
    const executionProviders = device === 'cpu' ? ['cpu'] : [device, 'cpu'];
    const model = await openModel(path, { kind, executionProviders });
    const input = inputOf(model, batch);
    features.push(await model.run(input, batch));
    const milliseconds = await measure(() => model.run(input, batch), { seconds: 5 });
    put({
      name: `${kind} on ${device}, ${precision}, batch ${batch}`,
      value: (1000 * batch) / milliseconds,
      unit: 'items/s',
    });
    await model.dispose();
  }
  const [full, half] = features;
  const rms = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const value = rms(full.map((number, i) => number - half[i])) / rms(full);
  put({ name: `${kind} on ${device}, float16 beside float32`, value, unit: 'of the RMS' });
}

const folder = mkdtempSync(join(tmpdir(), 'robusta-networks-'));
try {
  if (device) for (const kind of Object.keys(DEVICE_BATCH)) await benchDevice(kind, folder);
  for (const kind of device ? [] : new Set(CASES.map(([kind]) => kind))) {
    const path = join(folder, `${kind}.onnx`);
    writeFileSync(path, networkGraph(kind, randomState(kind)));
    const model = await openModel(path, { kind, threads: THREADS });
    for (const [, batch, target] of CASES.filter(([of]) => of === kind)) {
      const input = inputOf(model, batch);
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
      put({
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
