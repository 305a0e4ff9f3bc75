import { RobustaError } from '@robusta/core';
import type { Budget } from './budget.js';
import { decodeElements } from './elements.js';
import { fortranToC } from './fortran.js';
import { NUMPY_TYPES } from './npy-header.js';
import { isTuple, type PickleValue, RawString, requireSizes, requireTuple } from './pickle-values.js';
import { type DType, elementCount, ITEM_SIZE, type TensorData } from './tensor.js';

function bad(problem: string, hint?: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem, hint === undefined ? {} : { hint });
}

/** `numpy.dtype`: made from a code like `f8`, told its byte order by BUILD. */
export class NumpyType {
  readonly dtype: DType;
  littleEndian: boolean | undefined;

  constructor(code: string | undefined) {
    const dtype = code !== undefined && Object.hasOwn(NUMPY_TYPES, code) ? NUMPY_TYPES[code] : undefined;
    if (!dtype) {
      throw bad(
        `numpy type ${JSON.stringify(code)?.slice(0, 40)} is not supported`,
        'only numbers and bools are read, no object, text, date or structured arrays',
      );
    }
    this.dtype = dtype;
    if (ITEM_SIZE[dtype] === 1) this.littleEndian = true;
  }

  /** @param state - (version, order, subtype, names, fields, size, alignment, flags) */
  build(state: PickleValue): void {
    const [, order, subtype, names, fields] = requireTuple(state, [8, 9], 'the state of a numpy type');
    const text = order instanceof RawString ? order.text : order;
    if (subtype !== null || names !== null || fields !== null)
      throw bad('structured numpy types are not supported');
    if (text === '<' || text === '>') this.littleEndian = text === '<';
    else if (text !== '|' || ITEM_SIZE[this.dtype] > 1) throw bad('a numpy type has no known byte order');
  }

  decode(bytes: Uint8Array, budget: Budget): TensorData['data'] {
    if (this.littleEndian === undefined) throw bad('a numpy type has no byte order');
    budget.take(this.dtype === 'float16' ? 2 * bytes.length : bytes.length);
    return decodeElements(bytes, this.dtype, this.littleEndian);
  }
}

/** `numpy.ndarray`: made empty, filled by BUILD. */
export class NumpyArray {
  #read: (() => TensorData) | TensorData | undefined;

  constructor(readonly budget: Budget) {}

  /** @param state - (version, shape, type, Fortran order, elements) */
  build(state: PickleValue): void {
    const [, shape, type, fortran, elements] = requireTuple(state, [5], 'the state of a numpy array');
    this.fill(shape!, type!, Boolean(fortran), elements!);
  }

  fill(sizes: PickleValue, type: PickleValue, fortran: boolean, elements: PickleValue): void {
    const shape = requireSizes(sizes, 'the shape of a numpy array');
    if (!(type instanceof NumpyType)) throw bad('a numpy array has no type');
    const bytes = elements instanceof RawString ? elements.bytes : elements;
    if (!(bytes instanceof Uint8Array)) throw bad('the elements of a numpy array are not bytes');
    const count = elementCount(shape);
    const expected = (count ?? Number.POSITIVE_INFINITY) * ITEM_SIZE[type.dtype];
    if (expected !== bytes.length) {
      throw bad(
        `a numpy array of shape [${shape.join(', ')}] and type ${type.dtype} takes ${expected} bytes, ${bytes.length} are there`,
      );
    }
    const { budget } = this;
    this.#read = () => {
      const stored = type.decode(bytes, budget);
      if (fortran) budget.take(stored.byteLength);
      return { shape, dtype: type.dtype, data: fortran ? fortranToC(stored, shape) : stored } as TensorData;
    };
  }

  /** The array in row-major order, the same object at each call. */
  read(): TensorData {
    if (!this.#read) throw bad('a numpy array was never filled');
    if (typeof this.#read === 'function') this.#read = this.#read();
    return this.#read;
  }
}

/** `numpy.core.multiarray.scalar(type, bytes)`, a number. */
export function numpyScalar(args: readonly PickleValue[], budget: Budget): number | bigint | boolean {
  const [type, elements] = args;
  const bytes = elements instanceof RawString ? elements.bytes : elements;
  if (
    !(type instanceof NumpyType) ||
    !(bytes instanceof Uint8Array) ||
    bytes.length !== ITEM_SIZE[type.dtype]
  ) {
    throw bad('a numpy scalar is not a type and its bytes');
  }
  const value = type.decode(bytes, budget)[0]!;
  if (type.dtype === 'bool') return value === 1;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `numpy.core.numeric._frombuffer(elements, type, shape, order)`, as protocol 5 has it. */
export function numpyFromBuffer(args: readonly PickleValue[], budget: Budget): NumpyArray {
  const [elements, type, shape, order] = requireTuple(args, [4], 'what a numpy array is made from');
  if (order !== 'C' && order !== 'F') throw bad('a numpy array has no known order');
  const array = new NumpyArray(budget);
  array.fill(shape!, type!, order === 'F', elements!);
  return array;
}

/** Checks the arguments of `_reconstruct(ndarray, (0,), 'b')`. */
export function requireReconstruct(args: readonly PickleValue[], ndarray: object): void {
  if (args[0] !== ndarray || !isTuple(args[1]!)) throw bad('only plain numpy arrays can be made');
}
