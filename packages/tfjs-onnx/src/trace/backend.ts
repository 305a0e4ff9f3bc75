import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../graph/builder.js';
import { sameBytes } from '../graph/constants.js';
import { Ops } from '../graph/ops.js';
import { type ConstantData, type ElementType, sameShape, sizeOf, type Value } from '../graph/value.js';
import { callSite } from './unsupported.js';

/** Name under which the kernels of {@link TraceBackend} are registered with tfjs. */
export const TRACE_BACKEND = 'robusta-trace';

const elementTypes: Partial<Record<tf.DataType, ElementType>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
};

/** Copies of arrays that become constants, which callers may change later; recordings of one function share them. */
export class Copies {
  private readonly known = new Map<object, ConstantData>();

  /** A copy that nobody changes: the one made before if the array still has the same content. */
  of(values: Numbers, type: new (length: number) => Numbers): ConstantData {
    const before = this.known.get(values);
    if (before instanceof type && sameBytes(before, values)) return before;
    const copy = new type(values.length);
    copy.set(values);
    this.known.set(values, copy);
    return copy;
  }
}

type Numbers = Exclude<ConstantData, BigInt64Array>;

/** A tfjs backend that computes nothing: a tensor stands for a value of the graph under construction. */
export class TraceBackend extends tf.KernelBackend {
  readonly ops: Ops;
  private readonly values = new Map<object, { value: Value; references: number }>();

  constructor(
    private readonly builder: GraphBuilder,
    /** Reads a tensor that was made before the trace. */
    private readonly readOutside: (dataId: object) => tf.BackendValues,
    private readonly copies: Copies,
  ) {
    super();
    this.ops = new Ops(builder);
  }

  /** The value behind a tensor. Tensors made before the trace become constants. */
  valueFor(tensor: tf.TensorInfo): Value {
    const dataId = tensor.dataId as object;
    let value = this.values.get(dataId)?.value;
    if (!value) {
      value = this.constantOf(this.readOutside(dataId), tensor.shape, tensor.dtype);
      this.values.set(dataId, { value, references: 1 });
    }
    return sameShape(value.shape, tensor.shape) ? value : this.ops.reshape(value, tensor.shape);
  }

  /** A new tensor that stands for a value. */
  tensorInfoOf(value: Value): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: value.type as tf.DataType };
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.values.set(dataId, { value: this.constantOf(values, shape, dtype), references });
  }

  override readSync(dataId: object): tf.BackendValues {
    const value = this.values.get(dataId)?.value;
    if (value?.constant && value.type !== 'int64') {
      const data = value.constant as Float32Array | Int32Array | Uint8Array;
      return value.splat
        ? new (data.constructor as typeof Float32Array)(sizeOf(value.shape)).fill(data[0]!)
        : data.slice();
    }
    const site = callSite();
    throw new RobustaError(
      'UNSUPPORTED_OP',
      `values were read${site ? ` at ${site}` : ''} while tracing: a traced function only records operations, so there are no values yet`,
      {
        hint: 'keep data(), dataSync(), array(), print() and branches on values out of traced functions; return what you need',
      },
    );
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override incRef(dataId: object): void {
    const entry = this.values.get(dataId);
    if (entry) entry.references++;
  }

  override refCount(dataId: object): number {
    return this.values.get(dataId)?.references ?? 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.values.get(dataId);
    if (!entry) return true;
    entry.references--;
    if (entry.references > 0 && !force) return false;
    this.values.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.values.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.values.clear();
  }

  private constantOf(values: tf.BackendValues, shape: readonly number[], dtype: tf.DataType): Value {
    const type = elementTypes[dtype];
    if (!type) throw new RobustaError('UNSUPPORTED_OP', `tensors of type ${dtype} cannot be traced`);
    const right = type === 'float32' ? Float32Array : type === 'int32' ? Int32Array : Uint8Array;
    return this.builder.constant(type, shape, this.copies.of(values as Numbers, right));
  }
}
