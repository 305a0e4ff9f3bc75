import type { Ops } from '../graph/ops.js';
import { int, sizeOf, string, type Value } from '../graph/value.js';

/** Sums updates into a tensor of zeros at flat positions. */
export function scatterFlat(ops: Ops, shape: readonly number[], positions: Value, updates: Value): Value {
  const size = sizeOf(shape);
  const count = sizeOf(updates.shape);
  const zeros = ops.graph.splat(updates.type, [size], 0);
  const inputs = [zeros, ops.reshape(positions, [count]), ops.reshape(updates, [count])];
  const sums = ops.graph.node('ScatterElements', inputs, updates.type, [size], {
    axis: int(0),
    reduction: string('add'),
  });
  return ops.reshape(sums, shape);
}

/** Sums rows into `count` rows of zeros; `places` [n] says which, those outside are dropped. */
export function sumRows(ops: Ops, rows: Value, places: Value, count: number): Value {
  const [n, ...rest] = rows.shape as [number, ...number[]];
  const zero = ops.scalar('int32', 0);
  const end = ops.scalar('int32', count);
  const out = ops.binary(
    'Or',
    ops.compare('Less', places, zero),
    ops.compare('GreaterOrEqual', places, end),
    'bool',
  );
  // One more row takes what is dropped.
  const kept = ops.reshape(ops.where(out, end, places), [n, ...rest.map(() => 1)]);
  const zeros = ops.graph.splat(rows.type, [count + 1, ...rest], 0);
  const sums = ops.graph.node(
    'ScatterElements',
    [zeros, ops.expand(kept, rows.shape), rows],
    rows.type,
    zeros.shape,
    { axis: int(0), reduction: string('add') },
  );
  return ops.slice(sums, [0], [0], [count]);
}
