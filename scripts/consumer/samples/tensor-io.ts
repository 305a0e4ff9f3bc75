import { type DType, readNpy, writeNpy } from '@robusta/tensor-io';

export function run() {
  const bytes = writeNpy({ shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  const { shape, dtype, data } = readNpy(bytes);
  const type: DType = dtype;
  return { shape, type, last: Number(data[5]) };
}

export const expected = { shape: [2, 3], type: 'float32', last: 6 };
