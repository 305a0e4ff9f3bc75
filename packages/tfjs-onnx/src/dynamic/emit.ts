import type { Ops } from '../graph/ops.js';
import { type ElementType, int, type Value } from '../graph/value.js';
import type { Expression, IntegerExpression, RealExpression, Term } from './expression.js';

/** Where a named dimension is read from: an axis of an input. */
export type Dimensions = ReadonlyMap<string, { input: Value; axis: number }>;

/** Writes expressions of dimensions as nodes. Integers are int64 `[1]`, ready to be joined to a shape. */
export class ExpressionWriter {
  constructor(
    private readonly ops: Ops,
    private readonly dimensions: Dimensions,
  ) {}

  constant(value: number): Value {
    return this.ops.graph.constant('int64', [1], [value]);
  }

  integer({ terms, divisor, offset }: IntegerExpression): Value {
    const total = this.sum(terms, 'int64');
    const quotient = divisor === 1 ? total : this.node('Div', total, this.constant(divisor));
    return offset === 0 ? quotient : this.node('Add', quotient, this.constant(offset));
  }

  real({ terms, power }: RealExpression): Value {
    const total = this.sum(terms, 'float32');
    const { graph } = this.ops;
    const root = Math.abs(power) === 0.5 ? graph.node('Sqrt', [total], 'float32', [1]) : total;
    return power < 0 ? graph.node('Reciprocal', [root], 'float32', [1]) : root;
  }

  /** The value of an expression as a tensor of that type and of shape `[1]`. */
  write(expression: Expression, type: ElementType): Value {
    return this.cast(expression.kind === 'integer' ? this.integer(expression) : this.real(expression), type);
  }

  /** `[1]` to a scalar. */
  scalar(x: Value): Value {
    return this.ops.graph.node('Squeeze', [x], x.type, []);
  }

  /** A vector from parts of shape `[1]`; neighbours that are known stand together in one constant. */
  vector(parts: readonly (Value | number)[], type: ElementType): Value {
    const runs: (Value | number[])[] = [];
    for (const part of parts) {
      const last = runs.at(-1);
      if (typeof part !== 'number') runs.push(part);
      else if (Array.isArray(last)) last.push(part);
      else runs.push([part]);
    }
    const pieces = runs.map((run) =>
      Array.isArray(run) ? this.ops.graph.constant(type, [run.length], run) : run,
    );
    return this.ops.concat(pieces, 0);
  }

  cast(x: Value, type: ElementType): Value {
    return this.ops.cast(x, type);
  }

  private sum(terms: readonly Term[], type: 'int64' | 'float32'): Value {
    let total: Value | undefined;
    for (const { coefficient, exponents } of terms) {
      if (coefficient === 0) continue;
      const factors = Object.entries(exponents).flatMap(([name, exponent]) =>
        Array.from({ length: exponent }, () => this.dimension(name)),
      );
      let product = factors.length > 0 ? factors.reduce((a, b) => this.node('Mul', a, b)) : undefined;
      product &&= this.cast(product, type);
      const factor = this.ops.graph.constant(type, [1], [coefficient]);
      if (!product) product = factor;
      else if (coefficient !== 1) product = this.node('Mul', product, factor);
      total = total ? this.node('Add', total, product) : product;
    }
    return total ?? this.ops.graph.constant(type, [1], [0]);
  }

  private dimension(name: string): Value {
    const { input, axis } = this.dimensions.get(name)!;
    return this.ops.graph.node('Shape', [input], 'int64', [1], { start: int(axis), end: int(axis + 1) });
  }

  private node(op: string, a: Value, b: Value): Value {
    return this.ops.graph.node(op, [a, b], a.type, [1]);
  }
}
