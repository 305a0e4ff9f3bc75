import { readFileSync } from 'node:fs';

/** A tensor of a golden file, row-major. */
export interface GoldenTensor {
  shape: number[];
  dtype: 'float32' | 'int32';
  data: Float32Array | Int32Array;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Reads a golden .safetensors file: not with the reader that is under test. */
export function goldenTensors(path: string): {
  tensors: Record<string, GoldenTensor>;
  metadata: Record<string, string>;
} {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    Entry
  > & { __metadata__?: Record<string, string> };
  const tensors: Record<string, GoldenTensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries as Record<string, Entry>)) {
    const [from, to] = data_offsets;
    // A copy, since a view must begin at a multiple of 4.
    const { buffer } = Uint8Array.from(bytes.subarray(start + from, start + to));
    if (dtype === 'F32') tensors[name] = { shape, dtype: 'float32', data: new Float32Array(buffer) };
    else if (dtype === 'I32') tensors[name] = { shape, dtype: 'int32', data: new Int32Array(buffer) };
    else throw new Error(`${path}: ${name} is ${dtype}, expected F32 or I32`);
  }
  return { tensors, metadata };
}
