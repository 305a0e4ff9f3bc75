import { narrowBfloat16, narrowFloat16, widenBfloat16, widenFloat16 } from './half.js';
import { type DType, ITEM_SIZE, requireBooleans, type TensorArrays, type TensorData } from './tensor.js';

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

type Unpacked = Exclude<DType, 'float16' | 'bfloat16'>;
type Constructor<T> = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T;

const STORED: { readonly [D in Unpacked]: Constructor<TensorArrays[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/**
 * The elements in a piece of a file. A view of `bytes` where their order and alignment allow, else a copy.
 * @param bytes - exactly the elements, `count * ITEM_SIZE[dtype]` bytes
 */
export function decodeElements(bytes: Uint8Array, dtype: DType, littleEndian: boolean): TensorData['data'] {
  const size = ITEM_SIZE[dtype];
  const swap = size > 1 && littleEndian !== HOST_IS_LITTLE;
  const aligned = bytes.byteOffset % size === 0;
  const stored = swap ? swapped(bytes, size) : aligned ? bytes : copied(bytes);
  const count = stored.length / size;
  if (dtype === 'float16') return widenFloat16(new Uint16Array(stored.buffer, stored.byteOffset, count));
  if (dtype === 'bfloat16') return widenBfloat16(new Uint16Array(stored.buffer, stored.byteOffset, count));
  const data = new STORED[dtype](stored.buffer, stored.byteOffset, count);
  if (dtype === 'bool') requireBooleans(data as Uint8Array, 'BAD_FORMAT', 'bool array');
  return data;
}

/** Writes the elements of a tensor into `out` at `offset`, little-endian. */
export function encodeElements(tensor: TensorData, out: Uint8Array, offset: number): void {
  const { dtype, data } = tensor;
  const stored =
    dtype === 'float16' ? narrowFloat16(data) : dtype === 'bfloat16' ? narrowBfloat16(data) : data;
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  const size = ITEM_SIZE[dtype];
  out.set(HOST_IS_LITTLE || size === 1 ? bytes : swapped(bytes, size), offset);
}

/** A copy in memory of its own; `slice` of a Node Buffer would be a view. */
function copied(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A copy with the bytes of each element in reverse. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size) {
    for (let i = 0, j = start + size - 1; i < size; i++, j--) out[start + i] = bytes[j]!;
  }
  return out;
}
