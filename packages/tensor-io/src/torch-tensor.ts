import { RobustaError } from '@robusta/core';
import type { Budget } from './budget.js';
import { decodeElements } from './elements.js';
import { fortranToC } from './fortran.js';
import { type DType, ITEM_SIZE, type TensorData } from './tensor.js';

type Data = TensorData['data'];

/** The memory that tensors are views of; its bytes may be found after the tensors. */
export class Storage {
  readonly #decoded = new Map<DType, Data>();
  #bytes: Uint8Array | undefined;
  #littleEndian = true;

  /**
   * @param dtype - undefined where the storage is bytes and each tensor says what they are
   * @param count - elements, or bytes
   */
  constructor(
    readonly key: string,
    readonly dtype: DType | undefined,
    readonly count: number,
    readonly budget: Budget,
  ) {}

  get byteLength(): number {
    return this.count * (this.dtype ? ITEM_SIZE[this.dtype] : 1);
  }

  /** @throws TRUNCATED, BAD_FORMAT where there are other than `byteLength` bytes */
  place(bytes: Uint8Array, littleEndian: boolean): void {
    if (bytes.length !== this.byteLength) {
      throw new RobustaError(
        bytes.length < this.byteLength ? 'TRUNCATED' : 'BAD_FORMAT',
        `storage ${this.key} takes ${this.byteLength} bytes, ${bytes.length} are there`,
      );
    }
    this.#bytes = bytes;
    this.#littleEndian = littleEndian;
  }

  get placed(): boolean {
    return this.#bytes !== undefined;
  }

  /** All elements: a view where the bytes are little-endian, aligned and no 16-bit floats, else decoded once. */
  elements(dtype: DType): Data {
    const known = this.#decoded.get(dtype);
    if (known) return known;
    const size = ITEM_SIZE[dtype];
    const bytes = this.#bytes!.subarray(0, this.byteLength - (this.byteLength % size));
    if (dtype.endsWith('float16')) this.budget.take(2 * bytes.length);
    else if (!this.#littleEndian || bytes.byteOffset % size !== 0) this.budget.take(bytes.length);
    const data = decodeElements(bytes, dtype, this.#littleEndian);
    this.#decoded.set(dtype, data);
    return data;
  }
}

/** A piece of a storage, in its elements. */
export class StorageRange {
  constructor(
    readonly storage: Storage,
    readonly start: number,
    readonly count: number,
  ) {}
}

/** A tensor as a pickle describes it, checked against its storage; elements are touched only by {@link read}. */
export class StoredTensor {
  #read: TensorData | undefined;

  constructor(
    readonly storage: Storage,
    readonly dtype: DType,
    readonly offset: number,
    readonly shape: number[],
    readonly stride: number[],
  ) {}

  /** The tensor in row-major order, the same object at each call. */
  read(): TensorData {
    this.#read ??= {
      shape: this.shape.slice(),
      dtype: this.dtype,
      data: rowMajor(
        this.storage.elements(this.dtype),
        this.offset,
        this.shape,
        this.stride,
        this.storage.budget,
      ),
    } as TensorData;
    return this.#read;
  }
}

/** @throws BAD_FORMAT where a tensor has more elements than its storage, or reaches outside it */
export function storedTensor(
  range: StorageRange,
  dtype: DType,
  offset: number,
  shape: number[],
  stride: number[],
): StoredTensor {
  const { storage } = range;
  const count = storage.dtype ? range.count : Math.floor(range.count / ITEM_SIZE[dtype]);
  const what = `a tensor of shape [${shape.join(', ')}]`;
  if (shape.length !== stride.length) throw bad(`${what} has ${stride.length} strides`);
  const empty = shape.includes(0);
  // Beyond 2^53 the sums are inexact, and far above any count.
  let elements = 1;
  let last = offset;
  shape.forEach((size, axis) => {
    elements *= size;
    last += (size - 1) * stride[axis]!;
  });
  if (!empty && elements > count) throw bad(`${what} has more elements than its storage, which has ${count}`);
  if (empty ? offset > count : last >= count) {
    throw bad(
      `${what}, offset ${offset} and strides [${stride.join(', ')}] reaches outside its storage of ${count}`,
    );
  }
  return new StoredTensor(storage, dtype, range.start + offset, shape, stride);
}

function bad(problem: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Whether elements follow each other without gap, the axis in `order` that comes last running fastest. */
function dense(shape: readonly number[], stride: readonly number[], order: readonly number[]): boolean {
  let expected = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    const axis = order[i]!;
    if (shape[axis] === 1) continue;
    if (stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

function rowMajor(all: Data, offset: number, shape: number[], stride: number[], budget: Budget): Data {
  if (shape.includes(0)) return all.subarray(0, 0);
  const count = product(shape);
  const axes = shape.map((_, axis) => axis);
  if (dense(shape, stride, axes)) return all.subarray(offset, offset + count);
  budget.take(count * all.BYTES_PER_ELEMENT);
  if (dense(shape, stride, axes.reverse())) return fortranToC(all.subarray(offset, offset + count), shape);
  return gather(all, offset, shape, stride, count);
}

type Elements = { [index: number]: number | bigint; readonly length: number };

function gather(all: Data, offset: number, shape: number[], stride: number[], count: number): Data {
  const result = new (all.constructor as new (length: number) => Data)(count);
  const from: Elements = all;
  const to: Elements = result;
  const inner = shape.at(-1)!;
  const step = stride.at(-1)!;
  const index = new Array<number>(shape.length - 1).fill(0);
  let start = offset;
  for (let out = 0; out < count; ) {
    for (let i = 0, at = start; i < inner; i++, at += step) to[out++] = from[at]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      start += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      start -= shape[axis]! * stride[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
