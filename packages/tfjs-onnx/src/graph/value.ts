/** Element types that a graph of this package may hold. */
export type ElementType = 'float16' | 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'uint32';

/** Elements of a constant; bools are bytes, float16 numbers their bits. */
export type ConstantData =
  | Uint16Array
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint32Array;

/** An attribute of an ONNX node. Numbers in an array are integers. */
export type Attribute =
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'ints'; value: readonly number[] }
  | { kind: 'string'; value: string };

/** A tensor of the graph: a graph input, a constant or the output of a node. */
export interface Value {
  readonly id: number;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** The node that makes it. */
  readonly node?: GraphNode;
  /** Its elements, row-major, where they are known. One element stands for all when `splat` is set. */
  readonly constant?: ConstantData;
  /** All elements are equal to the single one in `constant`. */
  readonly splat?: boolean;
  /** Of a graph input with named dimensions: its extents with their names. */
  readonly extents?: readonly (number | string)[];
}

/** The tfjs kernel that a node was made for. The stack is formatted only when it is asked for. */
export interface Origin {
  readonly kernel: string;
  readonly stack: Error;
}

/** One ONNX operation. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: Value[];
  readonly origin?: Origin;
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);
