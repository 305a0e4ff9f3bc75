import type { Ops } from '../graph/ops.js';
import { sizeOf, string, type Value } from '../graph/value.js';
import { ROW_WIDTH, STRIDE, WORD_SCALE } from '../random/hash.js';
import type { LoweringTable } from './kernel.js';

const constant = (ops: Ops, value: number) => ops.scalar('int32', value | 0);

/** x ^ (x >>> shift): ONNX shifts unsigned integers only. */
function xorShift(ops: Ops, x: Value, shift: number): Value {
  const unsigned = ops.cast(x, 'uint32');
  const shifted = ops.elementwise('BitShift', [unsigned, ops.scalar('uint32', shift)], 'uint32', {
    direction: string('RIGHT'),
  });
  return ops.binary('BitwiseXor', x, ops.cast(shifted, 'int32'));
}

/** The finaliser of random/hash.ts, word for word. */
function mix(ops: Ops, x: Value): Value {
  let h = xorShift(ops, x, 16);
  h = xorShift(ops, ops.mul(h, constant(ops, 0x85ebca6b)), 13);
  return xorShift(ops, ops.mul(h, constant(ops, 0xc2b2ae35)), 16);
}

/** Random words of the asked-for shape. Equal to randomWords of random/hash.ts bit by bit. */
function randomWords(ops: Ops, seed: Value, stream: number, shape: readonly number[]): Value {
  const size = sizeOf(shape);
  const rows = Math.ceil(size / ROW_WIDTH);
  const length = 2 * ROW_WIDTH + rows;
  const key = mix(ops, ops.add(mix(ops, ops.reshape(seed, [])), constant(ops, Math.imul(stream, STRIDE))));
  const range = [constant(ops, 0), constant(ops, length), constant(ops, 1)];
  const index = ops.graph.node('Range', range, 'int32', [length]);
  const hashes = mix(ops, ops.add(ops.mul(index, constant(ops, STRIDE)), key));
  const part = (begin: number, end: number) => ops.slice(hashes, [0], [begin], [end]);
  const offsets = part(0, ROW_WIDTH);
  const factors = part(ROW_WIDTH, 2 * ROW_WIDTH);
  const odd = ops.add(ops.add(factors, factors), constant(ops, 1));
  const row = ops.reshape(part(2 * ROW_WIDTH, length), [rows, 1]);
  const words = ops.add(ops.mul(row, odd), offsets);
  // A graph for all sizes needs the cut also where this size happens to fill the rows.
  if (rows * ROW_WIDTH === size && !ops.graph.dynamic) return ops.reshape(words, shape);
  const flat = ops.reshape(words, [rows * ROW_WIDTH]);
  const bounds = [ops.indices([0]), ops.indices([size]), ops.indices([0]), ops.indices([1])];
  return ops.reshape(ops.graph.node('Slice', [flat, ...bounds], 'int32', [size]), shape);
}

export const random: LoweringTable = {
  RobustaRandomWords: ({ ops, inputs: { seed }, attributes }) =>
    randomWords(ops, seed!, attributes.stream as number, attributes.shape as number[]),
  RobustaRandomUniform: ({ ops, inputs: { seed }, attributes }) => {
    const words = randomWords(ops, seed!, attributes.stream as number, attributes.shape as number[]);
    const scaled = ops.mul(ops.cast(words, 'float32'), ops.scalar('float32', WORD_SCALE));
    return ops.add(scaled, ops.scalar('float32', 0.5));
  },
};
