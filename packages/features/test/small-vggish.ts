import { writeFile } from 'node:fs/promises';
import { finishGraph, GraphBuilder, int } from '@robusta/tfjs-onnx/onnx';
import { formulaTensor } from './formula.js';

const [size, dim] = [96 * 64, 128];

/** A network of VGGish's shape that is one matrix product, so that what it gives can be computed by hand. */
export interface SmallVggish {
  /** `[128, 6144]`. */
  weight: Float32Array;
  /** `[128]`. */
  bias: Float32Array;
}

/** Writes a {@link SmallVggish} as a model file; all that it gives is multiplied by `scale`, then moved by `shift`. */
export async function writeSmallVggish(
  path: string,
  kind = 'vggish',
  { scale, shift } = { scale: 1, shift: 0 },
): Promise<SmallVggish> {
  const tensor = (name: string, shape: number[]) => formulaTensor('small', 'vggish', name, shape);
  const numbers = (name: string, shape: number[]) => tensor(name, shape).data as Float32Array;
  const weight = numbers('small.weight', [dim, size]).map((value) => value * scale);
  const bias = numbers('small.bias', [dim]).map((value) => value * scale + shift);
  const builder = new GraphBuilder({ dynamic: true });
  const input = builder.input('float32', [1, 1, 96, 64], ['batch', 1, 96, 64]);
  const flat = builder.node('Flatten', [input], 'float32', []);
  const weights = [
    builder.constant('float32', [dim, size], weight),
    builder.constant('float32', [dim], bias),
  ];
  const feature = builder.node('Gemm', [flat, ...weights], 'float32', [], { transB: int(1) });
  const metadata = { format: 1, kind, graph: 1, item: [1, 96, 64], dim, preprocessing: {} };
  const graph = finishGraph(builder, [feature], {
    name: kind,
    inputs: ['input'],
    outputs: ['feature'],
    metadata: { robusta: JSON.stringify(metadata) },
    outputExtents: [['batch', dim]],
  });
  await writeFile(path, graph.toBytes());
  return { weight, bias };
}
