import { rtfm } from '@robusta/backbone-rtfm';
import { createRng } from '@robusta/core';

/** Threads of both sides of every comparison. */
export const THREADS = 2;

/** Normal features of bags of full length, the first half normal. */
function batchOf({ bags, crops, length, dim }) {
  const rng = createRng(1);
  const pool = Float32Array.from({ length: 1 << 16 }, () => Math.abs(rng.normal()));
  const features = new Float32Array(bags * crops * length * dim);
  for (let i = 0; i < features.length; i++) features[i] = pool[(i * 31 + (i >> 16) * 977) & 65535];
  const labels = Float32Array.from({ length: bags }, (_, i) => (i < bags / 2 ? 0 : 1));
  return { features, mask: new Float32Array(bags * crops * length).fill(1), labels };
}

/** What compileStep is to compile for one size, and the batch that it trains on. */
export function taskOf({ bags, crops, length, dim }, { dropout = 0.7 } = {}) {
  const model = rtfm.build({ inputDim: dim, dropout });
  const initial = model.init(1);
  const parts = (buffer) =>
    Object.fromEntries(
      Object.entries(initial).filter(([name]) => Boolean(model.parameters[name].buffer) === buffer),
    );
  const spec = (...shape) => ({ shape, dtype: 'float32' });
  const loss = (weights, [x, mask, labels], { seed, buffers }) => {
    const output = model.forward({ ...weights, ...buffers }, x, mask, { training: true, seed });
    return { loss: model.loss(output, labels, mask), buffers: model.buffers(output) };
  };
  const { features, mask, labels } = batchOf({ bags, crops, length, dim });
  return {
    model,
    definition: {
      loss,
      params: parts(false),
      buffers: parts(true),
      inputs: [spec(bags * crops, length, dim), spec(bags * crops, length), spec(bags)],
      optimizer: { name: 'adam', weightDecay: rtfm.defaults.weightDecay },
    },
    inputs: [features, mask, labels],
    initial,
  };
}

export const nameOf = ({ bags, crops, length, dim }) => `${bags} bags x ${crops} crops x ${length} x ${dim}`;

/** Median of the milliseconds of `count` calls, after some that are not counted. */
export async function medianOf(count, warmUp, call) {
  const times = [];
  for (let i = 0; i < warmUp + count; i++) {
    const start = performance.now();
    await call();
    if (i >= warmUp) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[count >> 1];
}
