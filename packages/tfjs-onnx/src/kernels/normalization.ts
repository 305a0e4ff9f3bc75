import type { Ops } from '../graph/ops.js';
import { int, ints, sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { LoweringTable } from './kernel.js';

/** Sums over each channel and up to `radius` neighbours on either side. */
function channelSums(ops: Ops, x: Value, radius: number): Value {
  const size = 2 * radius + 1;
  if (size === 1) return x;
  const channels = x.shape.at(-1)!;
  const rows = ops.reshape(x, [sizeOf(x.shape) / channels, 1, channels]);
  const means = ops.graph.node('AveragePool', [rows], 'float32', rows.shape, {
    kernel_shape: ints([size]),
    pads: ints([radius, radius]),
    count_include_pad: int(1),
  });
  return ops.mul(ops.reshape(means, x.shape), ops.scalar('float32', size));
}

interface Response {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}

/** bias + alpha · sum of squares of the neighbouring channels, and that to the power of -beta. */
function responseNorm(ops: Ops, x: Value, { depthRadius, bias, alpha, beta }: Response) {
  const f = (value: number) => ops.scalar('float32', value);
  const norm = ops.add(ops.mul(channelSums(ops, ops.mul(x, x), depthRadius), f(alpha)), f(bias));
  const scale =
    beta === 0.5 ? ops.unary('Reciprocal', ops.unary('Sqrt', norm)) : ops.binary('Pow', norm, f(-beta));
  return { norm, scale };
}

export const normalization: LoweringTable = {
  LRN: ({ ops, inputs: { x }, attributes }) => {
    if (x!.type !== 'float32') throw new Unsupported('only float32 is normalized');
    if (sizeOf(x!.shape) === 0) return x!;
    return ops.mul(x!, responseNorm(ops, x!, attributes as Response).scale);
  },
  LRNGrad: ({ ops, inputs: { x, y, dy }, attributes }) => {
    if (sizeOf(x!.shape) === 0) return x!;
    const { depthRadius, alpha, beta } = attributes as Response;
    const { norm, scale } = responseNorm(ops, x!, attributes as Response);
    const shared = channelSums(ops, ops.div(ops.mul(dy!, y!), norm), depthRadius);
    const pull = ops.mul(ops.mul(x!, shared), ops.scalar('float32', 2 * alpha * beta));
    return ops.sub(ops.mul(dy!, scale), pull);
  },
};
