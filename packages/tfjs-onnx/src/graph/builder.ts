import { RobustaError } from '@robusta/core';
import { sameBytes } from './constants.js';
import type { Attribute, ConstantData, ElementType, GraphNode, Origin, Value } from './value.js';
import { sizeOf } from './value.js';

const commutative = new Set([
  'Add',
  'Mul',
  'Max',
  'Min',
  'And',
  'Or',
  'Xor',
  'Equal',
  'BitwiseAnd',
  'BitwiseXor',
]);

const makers: Record<ElementType, (values: readonly number[]) => ConstantData> = {
  float16: (values) => Uint16Array.from(values),
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  bool: (values) => Uint8Array.from(values),
  uint32: (values) => Uint32Array.from(values),
};

const bytesOf = (data: ConstantData) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** FNV-1a over the bytes: only chooses a bucket, equality is then checked byte by byte. */
function bucketOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  const step = Math.max(1, bytes.length >> 12);
  for (let i = 0; i < bytes.length; i += step) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/**
 * Collects the nodes of a graph. Equal constants and equal expressions become one value as they are added:
 * every operation is a pure function of its inputs and attributes.
 */
export class GraphBuilder {
  readonly inputs: Value[] = [];
  /** The graph is to serve several sizes: nothing may be simplified because of what an extent happens to be. */
  readonly dynamic: boolean;
  /** Recorded with the nodes that are added. */
  origin: Origin | undefined;
  private count = 0;
  private readonly expressions = new Map<string, Value[]>();
  private readonly constants = new Map<string, Value[]>();

  constructor({ dynamic = false }: { dynamic?: boolean } = {}) {
    this.dynamic = dynamic;
  }

  input(type: ElementType, shape: readonly number[], extents?: readonly (number | string)[]): Value {
    const value = this.value({ type, shape, ...(extents ? { extents } : {}) });
    this.inputs.push(value);
    return value;
  }

  /** A constant of the given elements, of float16 the bits. An array whose elements are all equal is kept as one element. */
  constant(type: ElementType, shape: readonly number[], elements: readonly number[] | ConstantData): Value {
    const data = Array.isArray(elements) ? makers[type](elements) : (elements as ConstantData);
    const size = sizeOf(shape);
    if (data.length !== size) {
      throw new RobustaError('INTERNAL', `constant of shape [${shape}] was given ${data.length} elements`);
    }
    if (size > 1 && isUniform(data)) return this.intern(type, shape, data.slice(0, 1), true);
    return this.intern(type, shape, data, size === 1);
  }

  /** A constant whose elements are all `element`. */
  splat(type: ElementType, shape: readonly number[], element: number): Value {
    const size = sizeOf(shape);
    return this.intern(type, shape, makers[type](size === 0 ? [] : [element]), size > 0);
  }

  scalar(type: ElementType, element: number): Value {
    return this.splat(type, [], element);
  }

  /** Appends a node with one output; returns the earlier output where the same node exists. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    type: ElementType,
    shape: readonly number[],
    attributes: Record<string, Attribute> = {},
  ): Value {
    return this.nodes(op, inputs, [{ type, shape }], attributes)[0]!;
  }

  /** Appends a node with several outputs. */
  nodes(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly { type: ElementType; shape: readonly number[] }[],
    attributes: Record<string, Attribute> = {},
  ): readonly Value[] {
    const ids = inputs.map((input) => input?.id ?? -1);
    if (commutative.has(op)) ids.sort((a, b) => a - b);
    const key = `${op}(${ids})${JSON.stringify(attributes)}${outputs.length}`;
    const known = this.expressions.get(key);
    if (known) return known;
    const node: GraphNode = {
      op,
      inputs,
      attributes,
      outputs: [],
      ...(this.origin ? { origin: this.origin } : {}),
    };
    for (const { type, shape } of outputs) node.outputs.push(this.value({ type, shape, node }));
    this.expressions.set(key, node.outputs);
    return node.outputs;
  }

  private intern(type: ElementType, shape: readonly number[], data: ConstantData, splat: boolean): Value {
    const bytes = bytesOf(data);
    const key = `${type}[${shape}]${splat ? '*' : ''}${bucketOf(bytes)}`;
    const bucket = this.constants.get(key) ?? [];
    const known = bucket.find((other) => sameBytes(other.constant!, data));
    if (known) return known;
    const value = this.value({ type, shape, constant: data, splat });
    this.constants.set(key, [...bucket, value]);
    return value;
  }

  private value(fields: Omit<Value, 'id'>): Value {
    return { id: this.count++, ...fields };
  }
}

function isUniform(data: ConstantData): boolean {
  const first = data[0];
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return false;
  return true;
}
