import type { ConstantData, ElementType, Value } from './value.js';
import { sizeOf } from './value.js';

/** Constants no larger than this are computed while tracing; larger ones only where that makes nothing larger. */
const FOLD_BYTES = 4 * 2 ** 20;

type Numbers = Exclude<ConstantData, BigInt64Array>;
type ArrayMaker = { new (length: number): Numbers; from(values: ArrayLike<number>): Numbers };

const arrays: Record<Exclude<ElementType, 'int64' | 'float16'>, ArrayMaker> = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint32: Uint32Array,
};

/** Whether a constant of that many elements may take the place of these constants. */
export function worthStoring(size: number, from: readonly Value[]): boolean {
  const stored = from.reduce((sum, { constant }) => sum + constant!.length, 0);
  return size <= stored || size * 4 <= FOLD_BYTES;
}

/** All elements of a constant, written out. */
export function elementsOf({ constant, splat, shape }: Value): ConstantData {
  const data = constant!;
  if (!splat || data.length === sizeOf(shape)) return data;
  const all = new (data.constructor as typeof Float32Array)(sizeOf(shape));
  return all.fill(data[0] as number);
}

/** Whether two arrays hold the same bits: word by word, as weights are long. */
export function sameBytes(a: ConstantData, b: ConstantData): boolean {
  if (a === b) return true;
  if (a.byteLength !== b.byteLength) return false;
  const whole = (a.byteLength | a.byteOffset | b.byteOffset) % 4 === 0;
  const words = ({ buffer, byteOffset, byteLength }: ConstantData) =>
    whole
      ? new Uint32Array(buffer, byteOffset, byteLength / 4)
      : new Uint8Array(buffer, byteOffset, byteLength);
  const [x, y] = [words(a), words(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

/** Row-major strides of a shape. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, step = 1; i >= 0; step *= shape[i--]!) strides[i] = step;
  return strides;
}

/** Elements at `offset + Σ index·stride` for each index of the shape: transposes, slices and repetitions alike. */
export function pick(
  data: ConstantData,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): ConstantData {
  const size = sizeOf(shape);
  const result = new (data.constructor as typeof Float32Array)(size);
  const source = data as Float32Array;
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < size; i++) {
    result[i] = source[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Constants joined along an axis. */
export function join(parts: readonly Value[], shape: readonly number[], axis: number): ConstantData {
  const first = parts[0]!.constant!;
  const result = new (first.constructor as typeof Float32Array)(sizeOf(shape));
  const rows = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis));
  let begin = 0;
  for (const part of parts) {
    const data = elementsOf(part) as Float32Array;
    const own = sizeOf(part.shape.slice(axis));
    for (let row = 0; row < rows; row++)
      result.set(data.subarray(row * own, (row + 1) * own), row * width + begin);
    begin += own;
  }
  return result;
}

/** Rows of a constant along an axis, undefined where an index lies outside. */
export function takeRows(x: Value, indices: Value, axis: number): ConstantData | undefined {
  const extent = x.shape[axis]!;
  const rows = Array.from(elementsOf(indices) as Int32Array, (index) => {
    const row = Number(index);
    return row < 0 ? row + extent : row;
  });
  if (rows.some((row) => !(row >= 0 && row < extent))) return undefined;
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const data = elementsOf(x) as Float32Array;
  const result = new (data.constructor as typeof Float32Array)(outer * rows.length * inner);
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const row of rows) {
      const from = (block * extent + row) * inner;
      result.set(data.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return result;
}

/** Elements as another type, undefined where ONNX does not define the result: floats beyond integers, NaN. */
export function castElements(x: Value, type: ElementType): ConstantData | undefined {
  const data = x.constant!;
  if (type === 'float16' || x.type === 'float16') return undefined;
  if (type === 'bool')
    return Uint8Array.from(data as ArrayLike<number>, (element) => (Number(element) !== 0 ? 1 : 0));
  if (data instanceof BigInt64Array || type === 'uint32' || x.type === 'uint32') return undefined;
  if (type === 'int64') {
    return x.type === 'float32' ? undefined : BigInt64Array.from(data as Int32Array, BigInt);
  }
  if (x.type === 'float32' && type === 'int32') {
    const fits = (data as Float32Array).every((element) => Math.abs(element) < 2 ** 31);
    if (!fits) return undefined;
  }
  return arrays[type].from(data);
}
