import { RobustaError } from '@robusta/core';

/** The array that holds the elements of each {@link DType}. */
export interface TensorArrays {
  /** Widened to single precision in memory, stored in 16 bits. */
  float16: Float32Array;
  /** Widened to single precision in memory, stored in 16 bits; `.safetensors` only. */
  bfloat16: Float32Array;
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  /** 0 or 1 each. */
  bool: Uint8Array;
}

/** How elements are stored in a file. */
export type DType = keyof TensorArrays;

/**
 * An array of any rank: `shape` in elements (`[]` for a scalar), `data` row-major (C order) with as many
 * elements as the product of `shape`. Comparing `dtype` narrows the type of `data`.
 */
export type TensorData = {
  [D in DType]: { shape: number[]; dtype: D; data: TensorArrays[D] };
}[DType];

/** Bytes of an element in a file. */
export const ITEM_SIZE: Readonly<Record<DType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** The number of elements, or undefined where it is no exact number. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) count *= size;
  // A zero anywhere makes the product 0, whatever the others are (an overflow gives Infinity * 0 = NaN).
  if (shape.includes(0)) return 0;
  return Number.isSafeInteger(count) ? count : undefined;
}

const ARRAY_NAME: Readonly<Record<DType, string>> = {
  float16: 'Float32Array',
  bfloat16: 'Float32Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
  int8: 'Int8Array',
  int16: 'Int16Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  uint8: 'Uint8Array',
  uint16: 'Uint16Array',
  uint32: 'Uint32Array',
  uint64: 'BigUint64Array',
  bool: 'Uint8Array',
};

/** The name of a typed array's class, also for one of another realm. */
function arrayName(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** @throws BAD_INPUT unless `bytes` is a Uint8Array (a Node Buffer is one) */
export function requireBytes(bytes: unknown, what: string): asserts bytes is Uint8Array {
  if (arrayName(bytes) === 'Uint8Array') return;
  throw new RobustaError(
    'BAD_INPUT',
    `${what}: expected the file as a Uint8Array, received ${arrayName(bytes)}`,
  );
}

/** Checks a tensor that is about to be written. */
export function requireTensor(tensor: TensorData, what: string): void {
  if (typeof tensor !== 'object' || tensor === null) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: expected { shape, dtype, data }, received ${arrayName(tensor)}`,
    );
  }
  const { shape, dtype, data } = tensor;
  if (!Object.hasOwn(ITEM_SIZE, dtype)) {
    const known = Object.keys(ITEM_SIZE).join(', ');
    throw new RobustaError('BAD_INPUT', `${what}: unknown dtype ${String(dtype)}`, {
      hint: `use one of ${known}`,
    });
  }
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: shape must be a list of non-negative integers, received ${shape}`,
    );
  }
  if (arrayName(data) !== ARRAY_NAME[dtype]) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: ${dtype} needs a ${ARRAY_NAME[dtype]}, received ${arrayName(data)}`,
    );
  }
  if (elementCount(shape) !== data.length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${what}: shape [${shape.join(', ')}] does not describe the ${data.length} elements given`,
    );
  }
  if (dtype === 'bool') requireBooleans(data, 'BAD_INPUT', what);
}

/** @throws `code` at the first byte that is neither 0 nor 1 */
export function requireBooleans(data: Uint8Array, code: 'BAD_INPUT' | 'BAD_FORMAT', what: string): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i]! > 1)
      throw new RobustaError(code, `${what}: element ${i} of bool data is ${data[i]}, not 0 or 1`);
  }
}
