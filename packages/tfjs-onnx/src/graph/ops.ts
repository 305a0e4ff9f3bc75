import { RobustaError } from '@robusta/core';
import type { GraphBuilder } from './builder.js';
import { castElements, elementsOf, join, pick, stridesOf, takeRows, worthStoring } from './constants.js';
import type { Attribute, ElementType, Value } from './value.js';
import { int, ints, sameShape, sizeOf } from './value.js';

/** Shape of an elementwise result under NumPy's rule. */
export function broadcastShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[shape.length - rank + i] ?? 1;
      if (own === 1 || own === extent) continue;
      if (extent !== 1) {
        throw new RobustaError(
          'BAD_INPUT',
          `shapes ${shapes.map((s) => `[${s}]`).join(' and ')} do not broadcast`,
        );
      }
      extent = own;
    }
    return extent;
  });
}

/** The ONNX operators with their shape rules; kernels are written in terms of these. */
export class Ops {
  /** Constants that are a smaller one repeated. */
  private readonly repeated = new Map<Value, Value>();

  constructor(readonly graph: GraphBuilder) {}

  scalar(type: ElementType, value: number): Value {
    return this.graph.scalar(type, value);
  }

  indices(values: readonly number[]): Value {
    return this.graph.constant('int64', [values.length], values);
  }

  unary(op: string, x: Value, attributes?: Record<string, Attribute>, type: ElementType = x.type): Value {
    if (op === 'Neg' || op === 'Not') {
      if (x.node?.op === op) return x.node.inputs[0]!;
    }
    // None of these changes what it has itself made.
    if ((op === 'Abs' || op === 'Relu' || op === 'Floor' || op === 'Ceil') && x.node?.op === op) return x;
    return this.elementwise(op, [x], type, attributes);
  }

  /**
   * An elementwise operator of any number of operands. What merely repeats elements, a constant of equal ones or an
   * Expand, is left out of the computation: either another operand broadcasts to the shape, or the smaller result is
   * expanded. So the gradient of a sum or mean is not written out at the size of what was summed.
   */
  elementwise(
    op: string,
    operands: readonly Value[],
    type: ElementType,
    attributes?: Record<string, Attribute>,
  ): Value {
    const shape = broadcastShape(...operands.map((operand) => operand.shape));
    const compact = operands.map((operand) => this.withoutRepetition(operand));
    const small = broadcastShape(...compact.map((operand) => operand.shape));
    return this.expand(this.graph.node(op, compact, type, small, attributes), shape);
  }

  binary(op: string, a: Value, b: Value, type: ElementType = a.type): Value {
    return this.elementwise(op, [a, b], type);
  }

  add(a: Value, b: Value): Value {
    if (isSplat(b, 0)) return this.expand(a, broadcastShape(a.shape, b.shape));
    if (isSplat(a, 0)) return this.expand(b, broadcastShape(a.shape, b.shape));
    // Exactly the same: IEEE 754 defines a - b as a + (-b).
    if (b.node?.op === 'Neg') return this.sub(a, b.node.inputs[0]!);
    if (a.node?.op === 'Neg') return this.sub(b, a.node.inputs[0]!);
    return this.binary('Add', a, b);
  }

  sub(a: Value, b: Value): Value {
    if (isSplat(b, 0)) return this.expand(a, broadcastShape(a.shape, b.shape));
    return b.node?.op === 'Neg' ? this.add(a, b.node.inputs[0]!) : this.binary('Sub', a, b);
  }

  mul(a: Value, b: Value): Value {
    if (isSplat(b, 1)) return this.expand(a, broadcastShape(a.shape, b.shape));
    if (isSplat(a, 1)) return this.expand(b, broadcastShape(a.shape, b.shape));
    return this.binary('Mul', a, b);
  }

  div(a: Value, b: Value): Value {
    return isSplat(b, 1) ? this.expand(a, broadcastShape(a.shape, b.shape)) : this.binary('Div', a, b);
  }

  compare(op: 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual' | 'Equal', a: Value, b: Value): Value {
    const wide = (x: Value) => (x.type === 'bool' && op !== 'Equal' ? this.cast(x, 'int32') : x);
    return this.elementwise(op, [wide(a), wide(b)], 'bool');
  }

  not(x: Value): Value {
    return this.unary('Not', x);
  }

  where(condition: Value, a: Value, b: Value): Value {
    if (condition.splat && !this.graph.dynamic) {
      const shape = broadcastShape(condition.shape, a.shape, b.shape);
      return this.expand(condition.constant![0] ? a : b, shape);
    }
    return this.elementwise('Where', [condition, a, b], a.type);
  }

  cast(x: Value, type: ElementType): Value {
    if (x.type === type) return x;
    if (x.splat && x.type !== 'int64') {
      const element = Number(x.constant![0]);
      const plain = type === 'float32' || x.type !== 'float32';
      if (plain || type === 'bool') {
        return this.graph.splat(type, x.shape, type === 'bool' ? (element === 0 ? 0 : 1) : element);
      }
    }
    const folded = this.folds(x) && castElements(x, type);
    if (folded) return this.graph.constant(type, x.shape, folded);
    const source = x.node?.op === 'Cast' ? x.node.inputs[0]! : undefined;
    // A cast between that loses nothing is left out.
    if (source && (type === 'bool' ? source.type === 'bool' : keepsAll(source.type, x.type))) {
      return this.cast(source, type);
    }
    return this.unary('Cast', x, { to: int(onnxTypeOf[type]) }, type);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (this.surelySame(x.shape, shape)) return x;
    if (sizeOf(x.shape) !== sizeOf(shape)) {
      throw new RobustaError('BAD_INPUT', `[${x.shape}] cannot be reshaped to [${shape}]`);
    }
    if (x.splat) return this.graph.splat(x.type, shape, Number(x.constant![0]));
    if (this.folds(x)) return this.graph.constant(x.type, shape, x.constant!);
    if (x.node?.op === 'Reshape') return this.reshape(x.node.inputs[0]!, shape);
    // A zero in the shape input means "copy", unless allowzero is set.
    const attributes = shape.includes(0) ? { allowzero: int(1) } : {};
    return this.graph.node('Reshape', [x, this.indices(shape)], x.type, shape, attributes);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((axis, i) => axis === i)) return x;
    const shape = perm.map((axis) => x.shape[axis]!);
    if (x.splat) return this.reshape(x, shape);
    if (this.folds(x)) {
      const strides = stridesOf(x.shape);
      const picked = pick(
        x.constant!,
        shape,
        perm.map((axis) => strides[axis]!),
      );
      return this.graph.constant(x.type, shape, picked);
    }
    if (x.node?.op === 'Transpose') {
      const first = x.node.attributes.perm!.value as readonly number[];
      return this.transpose(
        x.node.inputs[0]!,
        perm.map((axis) => first[axis]!),
      );
    }
    // Axes of one element may go anywhere without anything being moved.
    const long = perm.filter((axis) => x.shape[axis] !== 1);
    if (!this.graph.dynamic && long.every((axis, i) => i === 0 || axis > long[i - 1]!)) {
      return this.reshape(x, shape);
    }
    return this.graph.node('Transpose', [x], x.type, shape, { perm: ints(perm) });
  }

  expand(x: Value, shape: readonly number[]): Value {
    if (sameShape(x.shape, shape)) return x;
    if (x.splat) return this.graph.splat(x.type, shape, Number(x.constant![0]));
    if (x.node?.op === 'Expand') return this.expand(x.node.inputs[0]!, shape);
    const source = this.repeated.get(x) ?? x;
    if (this.folds(source) && worthStoring(sizeOf(shape), [source])) {
      const missing = shape.length - source.shape.length;
      const strides = stridesOf(source.shape);
      const steps = shape.map((_, i) => (source.shape[i - missing] === 1 ? 0 : (strides[i - missing] ?? 0)));
      const folded = this.graph.constant(x.type, shape, pick(source.constant!, shape, steps));
      if (!folded.splat) this.repeated.set(folded, source);
      return folded;
    }
    return this.graph.node('Expand', [x, this.indices(shape)], x.type, shape);
  }

  concat(parts: readonly Value[], axis: number): Value {
    if (parts.length === 1) return parts[0]!;
    const shape = [...parts[0]!.shape];
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    if (this.foldsAll(parts, sizeOf(shape)))
      return this.graph.constant(parts[0]!.type, shape, join(parts, shape, axis));
    const whole = this.joinedSlices(parts, shape, axis);
    if (whole) return whole;
    return this.graph.node('Concat', parts, parts[0]!.type, shape, { axis: int(axis) });
  }

  /** Elements `begin, begin + step, …` before `end` along each named axis; a negative step counts down. */
  slice(
    x: Value,
    axes: readonly number[],
    begin: readonly number[],
    end: readonly number[],
    step: readonly number[] = axes.map(() => 1),
  ): Value {
    const shape = [...x.shape];
    for (const [i, axis] of axes.entries()) {
      shape[axis] = Math.max(0, Math.ceil((end[i]! - begin[i]!) / step[i]!));
    }
    if (this.surelySame(shape, x.shape) && step.every((by) => by === 1)) return x;
    if (x.splat && sizeOf(shape) > 0) return this.graph.splat(x.type, shape, Number(x.constant![0]));
    if (this.folds(x)) {
      const strides = stridesOf(x.shape);
      let offset = 0;
      for (const [i, axis] of axes.entries()) {
        offset += strides[axis]! * begin[i]!;
        strides[axis]! *= step[i]!;
      }
      return this.graph.constant(x.type, shape, pick(x.constant!, shape, strides, offset));
    }
    const merged = this.sliceOfSlice(x, axes, begin, step, shape);
    if (merged) return merged;
    // Counting down to and including element 0 needs an end before it, which ONNX writes as a very negative number.
    const stops = end.map((stop) => (stop < 0 ? -(2 ** 31) : stop));
    const inputs = [x, this.indices(begin), this.indices(stops), this.indices(axes), this.indices(step)];
    return this.graph.node('Slice', inputs, x.type, shape);
  }

  /** A slice of a slice in steps of 1 reads the first tensor directly. */
  private sliceOfSlice(
    x: Value,
    axes: readonly number[],
    begin: readonly number[],
    step: readonly number[],
    shape: readonly number[],
  ): Value | undefined {
    const first = this.plainSlice(x);
    if (!first || step.some((by) => by !== 1)) return undefined;
    const from = new Map(first.begin);
    for (const [i, axis] of axes.entries()) from.set(axis, (from.get(axis) ?? 0) + begin[i]!);
    const joint = [...from.keys()].sort((a, b) => a - b);
    return this.slice(
      first.source,
      joint,
      joint.map((axis) => from.get(axis)!),
      joint.map((axis) => from.get(axis)! + shape[axis]!),
    );
  }

  /** What a slice in steps of 1 is taken from, and where it begins along the axes that it names. */
  private plainSlice(x: Value): { source: Value; begin: Map<number, number> } | undefined {
    if (x.node?.op !== 'Slice' || this.graph.dynamic) return undefined;
    const [source, begin, , axes, steps] = x.node.inputs as [Value, Value, Value, Value, Value];
    const numbers = (value: Value) => Array.from(elementsOf(value) as BigInt64Array, Number);
    if (numbers(steps).some((by) => by !== 1)) return undefined;
    const starts = numbers(begin);
    return { source, begin: new Map(numbers(axes).map((axis, i) => [axis, starts[i]!])) };
  }

  /** Neighbouring slices of one tensor joined again are one slice of it, or all of it. */
  private joinedSlices(parts: readonly Value[], shape: readonly number[], axis: number): Value | undefined {
    const slices = parts.map((part) => this.plainSlice(part));
    const [first] = slices;
    if (!first) return undefined;
    const start = first.begin.get(axis);
    let next = start;
    for (const [i, slice] of slices.entries()) {
      if (slice?.source !== first.source || slice.begin.size !== 1 || next === undefined) return undefined;
      if (slice.begin.get(axis) !== next) return undefined;
      next += parts[i]!.shape[axis]!;
    }
    return this.slice(first.source, [axis], [start!], [start! + shape[axis]!]);
  }

  pad(
    x: Value,
    before: readonly number[],
    after: readonly number[],
    constant: Value,
    mode?: Attribute,
  ): Value {
    const shape = x.shape.map((extent, i) => before[i]! + extent + after[i]!);
    if (sameShape(shape, x.shape)) return x;
    const inputs = [x, this.indices([...before, ...after]), constant];
    return this.graph.node('Pad', inputs, x.type, shape, mode ? { mode } : {});
  }

  /** Plain gather along one axis: shape is x before the axis, then that of the indices, then x after it. */
  gather(x: Value, indices: Value, axis: number): Value {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const folded = this.foldsAll([x, indices], sizeOf(shape)) && takeRows(x, indices, axis);
    if (folded) return this.graph.constant(x.type, shape, folded);
    return this.graph.node('Gather', [x, indices], x.type, shape, { axis: int(axis) });
  }

  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const shape = keepDims
      ? x.shape.map((extent, i) => (axes.includes(i) ? 1 : extent))
      : x.shape.filter((_, i) => !axes.includes(i));
    if (axes.length === 0) return x;
    if (!this.graph.dynamic && axes.every((axis) => x.shape[axis] === 1)) return this.reshape(x, shape);
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    if (x.splat && !this.graph.dynamic && count > 0) {
      const element = Number(x.constant![0]);
      if (op === 'ReduceMean' || op === 'ReduceMax' || op === 'ReduceMin')
        return this.graph.splat(x.type, shape, element);
      if (op === 'ReduceSum') return this.graph.splat(x.type, shape, element * count);
    }
    if (op === 'ReduceSum' && this.sumsManyRows(x, axes)) {
      const rows = this.reshape(x, [count, sizeOf(x.shape) / count]);
      return this.reshape(this.matmul(this.graph.splat('float32', [1, count], 1), rows), shape);
    }
    return this.graph.node(op, [x, this.indices(axes)], x.type, shape, { keepdims: int(keepDims ? 1 : 0) });
  }

  /**
   * Sums over leading axes, such as the gradient of a bias. As a product with a row of ones they run at the speed of
   * memory in ONNX Runtime, whose own reduction takes several times as long.
   */
  private sumsManyRows(x: Value, axes: readonly number[]): boolean {
    if (this.graph.dynamic || x.type !== 'float32' || !axes.every((axis, i) => axis === i)) return false;
    const columns = sizeOf(x.shape.slice(axes.length));
    return columns >= 16 && sizeOf(x.shape) >= 2 ** 16 && sizeOf(x.shape) / columns >= 64;
  }

  matmul(a: Value, b: Value): Value {
    const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return this.graph.node('MatMul', [a, b], a.type, [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
  }

  /** Equal shapes; in a graph for all sizes an extent of 1 may be another one at another size. */
  private surelySame(a: readonly number[], b: readonly number[]): boolean {
    return sameShape(a, b) && !(this.graph.dynamic && a.includes(1));
  }

  /** Whether the elements of a constant may be rearranged now. In a graph for all sizes they may not. */
  private folds(x: Value): boolean {
    return x.constant !== undefined && x.splat !== true && !this.graph.dynamic;
  }

  private foldsAll(values: readonly Value[], size: number): boolean {
    if (this.graph.dynamic || values.some(({ constant }) => constant === undefined)) return false;
    return worthStoring(size, values);
  }

  /** The value without repeated elements: it broadcasts to the same. */
  withoutRepetition(x: Value): Value {
    // In a graph for all sizes, a single element may be one of several at another size.
    if (this.graph.dynamic && x.splat && sizeOf(x.shape) === 1) return x;
    if (x.splat && x.shape.length > 0) return this.graph.splat(x.type, [], Number(x.constant![0]));
    return x.node?.op === 'Expand' ? x.node.inputs[0]! : (this.repeated.get(x) ?? x);
  }
}

/** Numbers of the element types in ONNX's TensorProto. */
export const onnxTypeOf: Record<ElementType, number> = {
  float16: 10,
  float32: 1,
  float64: 11,
  int32: 6,
  int64: 7,
  bool: 9,
  uint32: 12,
};

/** Whether every element of one type is an element of the other. */
const keepsAll = (from: ElementType, to: ElementType) =>
  from === 'bool' || (from === 'int32' && to === 'int64');

const isSplat = (x: Value, element: number) => x.splat === true && Number(x.constant![0]) === element;
