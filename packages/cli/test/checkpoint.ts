import { createRng } from '@robusta/core';
import { type ModelKind, networkTensors } from '@robusta/features';
import { writePth } from '@robusta/test-kit/pth';

const rng = createRng(1);
const pool = Float32Array.from({ length: 65_536 }, () => rng.uniform() / 100);

/** A checkpoint with all tensors of a network: a few random weights over and over, norms that change nothing. */
export function checkpointOf(kind: ModelKind): Uint8Array {
  const tensors = networkTensors(kind).filter(({ optional }) => !optional);
  return writePth(
    Object.fromEntries(
      tensors.map(({ name, shape }) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const data = new Float32Array(size).fill(/bias|mean/.test(name) ? 0 : 1);
        if (shape.length > 1)
          for (let at = 0; at < size; at += pool.length) data.set(pool.subarray(0, size - at), at);
        return [name, { shape, dtype: 'float32' as const, data }];
      }),
    ),
  );
}
