import { xdviodet } from '@robusta/backbone-xdviodet';
import { createRng } from '@robusta/core';
import { trainDetector } from '@robusta/detector';
import { record } from '@robusta/test-kit/bench';

/** Videos of one length with normal features, one bag each. */
function videosOf(count, length, dim) {
  const rng = createRng(1);
  const pool = Float32Array.from({ length: 1 << 16 }, () => rng.normal());
  return Array.from({ length: count }, (_, i) => {
    const data = new Float32Array(length * dim);
    for (let j = 0; j < data.length; j++) data[j] = pool[(j * 31 + i * 977) & 65535];
    return { id: `${i}`, label: i % 2, visual: { modality: 'visual', length, crops: 1, dim, data } };
  });
}

/** Median milliseconds of a training step: one batch an epoch, the first left out. */
async function stepTime(engine, data, steps) {
  const times = [];
  const detector = await trainDetector({
    backbone: xdviodet,
    data,
    fusion: 'concat',
    inputScaling: 'none',
    batchSize: data.length,
    epochs: steps + 1,
    engine,
    onEpoch: ({ epoch, secondsPerStep }) => epoch > 1 && times.push(secondsPerStep * 1000),
  });
  detector.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1];
}

for (const { batch, length, dim, what, steps } of [
  { batch: 32, length: 32, dim: 384, what: 'of the synthetic benchmark', steps: { onnx: 15, wasm: 3 } },
  { batch: 128, length: 200, dim: 1152, what: 'of the published recipe', steps: { onnx: 3 } }, // wasm takes minutes a step
]) {
  const data = videosOf(batch, length, dim);
  const onnx = await stepTime('onnx', data, steps.onnx);
  const name = `training step ${what}, ${batch} bags x ${length} snippets x ${dim}`;
  const result = { package: '@robusta/backbone-xdviodet', name, value: onnx, unit: 'ms' };
  if (!steps.wasm) record(result);
  else record({ ...result, peer: 'tfjs wasm', ratio: (await stepTime('wasm', data, steps.wasm)) / onnx });
}
