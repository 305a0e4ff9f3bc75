import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { createVisualExtractor, networkGraph, networkTensors } from '@robusta/features';
import { writeMedia } from '@robusta/media';
import { record } from '@robusta/test-kit/bench';

const threads = 2;
const rng = createRng(1);
const noise = Float32Array.from({ length: 65536 }, () => rng.uniform() - 0.5);

/** The network with weights of the usual size: speed does not depend on their values. */
function graph(kind) {
  const tensors = networkTensors(kind).map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (name.endsWith('num_batches_tracked')) {
      return [name, { shape: [...shape], dtype: 'int64', data: new BigInt64Array(size) }];
    }
    const scale = Math.sqrt((6 * shape[0]) / size);
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = name.endsWith('running_var') ? 1 : scale * noise[i & 65535];
    return [name, { shape: [...shape], dtype: 'float32', data }];
  });
  return networkGraph(kind, Object.fromEntries(tensors));
}

/** One window of pictures. */
function pictures(width, height) {
  return Array.from({ length: 16 }, (_, t) => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) data[i] = (i >> 4) + 3 * t + 40 * noise[(i * 7 + t) & 65535];
    return { width, height, data };
  });
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const result = (name, value, unit, target) =>
  record({ package: '@robusta/features', name, value, unit, ...(target ? { target } : {}) });

/** A file with decoding and preparing in a thread of their own, and in the one that the network holds; in turn. */
async function overlap(kind, model, frames) {
  const path = join(folder, 'video.mp4');
  await writeMedia(path, { frames, fps: 24, preset: 'ultrafast' });
  const seconds = { beside: [], before: [] };
  const extractors = {
    beside: await createVisualExtractor({ kind, model, threads, overlap: true }),
    before: await createVisualExtractor({ kind, model, threads, overlap: false }),
  };
  // The first round loads and warms up.
  for (let round = 0; round < 4; round++) {
    for (const [name, extractor] of Object.entries(extractors)) {
      const start = performance.now();
      await extractor.extract(path);
      if (round > 0) seconds[name].push((performance.now() - start) / 1000);
    }
  }
  const ratio = median(seconds.before) / median(seconds.beside);
  result(`${kind}, ${frames.length / 16} windows of a file: speed with overlap over without`, ratio, 'x');
  for (const extractor of Object.values(extractors)) await extractor.dispose();
}

const folder = await mkdtemp(join(tmpdir(), 'robusta-visual-bench-'));
try {
  const asked = process.argv.slice(2).filter((name) => name.startsWith('i3d'));
  for (const kind of asked.length > 0 ? asked : ['i3d-resnet50', 'i3d-inception']) {
    const model = join(folder, `${kind}.onnx`);
    await writeFile(model, graph(kind));
    const extractor = await createVisualExtractor({ kind, model, threads });
    for (const [width, height] of [
      [640, 360],
      [1920, 1080],
    ]) {
      const frames = pictures(width, height);
      const runs = [];
      // The first run loads and warms up; one window alone is prepared while the network is idle.
      for (let i = 0; i < 4; i++) {
        const before = extractor.times();
        await extractor.extract(frames);
        const after = extractor.times();
        if (i > 0)
          runs.push({ prepare: after.prepare - before.prepare, network: after.network - before.network });
      }
      const prepare = median(runs.map((run) => run.prepare));
      const network = median(runs.map((run) => run.network));
      const what = `${kind}, ${width}x${height}`;
      result(`${what}: resize, ten crops, normalize a window`, 1000 * prepare, 'ms');
      result(`${what}: the same over the time of the network`, (100 * prepare) / network, '%', '< 5');
    }
    const frames = pictures(640, 360);
    const before = extractor.times();
    const start = performance.now();
    await extractor.extract([...frames, ...frames, ...frames]);
    const seconds = (performance.now() - start) / 1000;
    const { clips, network } = extractor.times();
    result(`${kind}, 640x360: three windows of ten crops`, (clips - before.clips) / seconds, 'clips/s');
    result(
      `${kind}, 640x360: share of the time in which the network runs`,
      (100 * (network - before.network)) / seconds,
      '%',
    );
    await extractor.dispose();
    await overlap(kind, model, [...frames, ...frames]);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
