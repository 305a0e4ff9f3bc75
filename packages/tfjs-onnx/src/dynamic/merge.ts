import { RobustaError } from '@robusta/core';
import { GraphBuilder } from '../graph/builder.js';
import { sameBytes } from '../graph/constants.js';
import { orderedNodes } from '../graph/onnx-graph.js';
import { Ops } from '../graph/ops.js';
import { type ConstantData, type GraphNode, sameShape, sizeOf, type Value } from '../graph/value.js';
import { siteOf } from '../trace/unsupported.js';
import { ExpressionWriter } from './emit.js';
import {
  evaluate,
  fitInteger,
  fitReal,
  type IntegerExpression,
  type OpenQuotient,
  type Sizes,
  text,
} from './expression.js';

/** One trace of a function. */
export interface Recording {
  sizes: Sizes;
  builder: GraphBuilder;
  results: readonly Value[];
}

/** A graph for all sizes. */
export interface MergedGraph {
  builder: GraphBuilder;
  results: readonly Value[];
  /** Extents of each result: numbers, names of dimensions or formulas of them. */
  extents: readonly (readonly (number | string)[])[];
  /** Shapes of the results at given sizes, as the formulas say. */
  shapesAt(sizes: Sizes): number[][];
  /** Quotients whose constant is not settled yet. */
  open: readonly OpenQuotient[];
}

/** Constants up to this many elements may have elements that are expressions of their own. */
const LONGEST_VECTOR = 64;

const valueAt = (x: Value, i: number) => Number(x.constant![x.splat ? 0 : i]);

/** The graph that all recordings are instances of. Throws NOT_DYNAMIC naming the first place where they differ. */
export function mergeRecordings(
  recordings: readonly Recording[],
  inputShapes: readonly (readonly (number | string)[])[],
): MergedGraph {
  return new Merger(recordings, inputShapes).merge();
}

class Merger {
  private readonly builder = new GraphBuilder({ dynamic: true });
  private readonly ops = new Ops(this.builder);
  private readonly sizes: readonly Sizes[];
  private readonly names: string[];
  private readonly merged: Map<Value, Value>[];
  private readonly constants = new Map<string, Value>();
  private readonly open: OpenQuotient[] = [];
  private readonly write: ExpressionWriter;

  constructor(
    private readonly recordings: readonly Recording[],
    inputShapes: readonly (readonly (number | string)[])[],
  ) {
    this.sizes = recordings.map(({ sizes }) => sizes);
    this.names = Object.keys(this.sizes[0]!);
    this.merged = recordings.map(() => new Map());
    const dimensions = new Map<string, { input: Value; axis: number }>();
    const first = recordings[0]!.builder.inputs;
    for (const [i, { type, shape }] of first.entries()) {
      const input = this.builder.input(type, shape, inputShapes[i]!);
      for (const [axis, extent] of inputShapes[i]!.entries()) {
        if (typeof extent === 'string' && !dimensions.has(extent)) dimensions.set(extent, { input, axis });
      }
      for (const [k, { builder }] of recordings.entries()) this.merged[k]!.set(builder.inputs[i]!, input);
    }
    this.write = new ExpressionWriter(this.ops, dimensions);
  }

  merge(): MergedGraph {
    const lists = this.recordings.map(({ results }) => orderedNodes(results));
    for (const [i, node] of lists[0]!.entries()) {
      const twins = lists.map((list) => list[i]);
      for (const [k, twin] of twins.entries()) {
        if (!twin || twin.op !== node.op || twin.inputs.length !== node.inputs.length) {
          throw this.differ(node, twin, k, `${node.op} in one, ${twin?.op ?? 'nothing more'} in the other`);
        }
      }
      this.mergeNode(twins as GraphNode[]);
    }
    for (const [k, list] of lists.entries()) {
      const extra = list[lists[0]!.length];
      if (extra) throw this.differ(undefined, extra, k, `nothing more in one, ${extra.op} in the other`);
    }
    const results = this.recordings[0]!.results.map((_, i) => {
      const values = this.recordings.map((recording) => recording.results[i]!);
      return {
        value: this.mergeUse(values, undefined, `output ${i}`),
        extents: this.extents(values, `output ${i}`),
      };
    });
    return {
      builder: this.builder,
      results: results.map(({ value }) => value),
      extents: results.map(({ extents }) =>
        extents.map((extent) => (typeof extent === 'number' ? extent : text(extent))),
      ),
      shapesAt: (sizes) =>
        results.map(({ extents }) =>
          extents.map((extent) => (typeof extent === 'number' ? extent : evaluate(extent, sizes))),
        ),
      open: this.open,
    };
  }

  private mergeNode(nodes: readonly GraphNode[]): void {
    const [first] = nodes as [GraphNode];
    for (const [k, node] of nodes.entries()) {
      for (const [name, attribute] of Object.entries(first.attributes)) {
        const other = node.attributes[name];
        if (JSON.stringify(other) !== JSON.stringify(attribute)) {
          const problem = `attribute ${name} is ${attribute.value} in one, ${other?.value} in the other`;
          throw this.differ(first, node, k, problem);
        }
      }
    }
    const inputs = first.inputs.map((_, i) => {
      const values = nodes.map((node) => node.inputs[i]);
      if (values.every((value) => value === undefined)) return undefined;
      if (i === 1 && (first.op === 'Reshape' || first.op === 'Expand')) {
        const target = this.relativeShape(nodes);
        if (target) return target;
      }
      return this.mergeUse(values, first, `input ${i} of ${first.op}`);
    });
    const outputs = this.builder.nodes(first.op, inputs, first.outputs, first.attributes);
    for (const [k, node] of nodes.entries()) {
      for (const [i, output] of node.outputs.entries()) this.merged[k]!.set(output, outputs[i]!);
    }
  }

  /** One value for the values that stand at the same place. */
  private mergeUse(
    values: readonly (Value | undefined)[],
    node: GraphNode | undefined,
    place: string,
  ): Value {
    if (values.every((value) => value?.constant)) return this.mergeConstants(values as Value[], node, place);
    const own = values.map((value, k) => value && this.merged[k]!.get(value));
    const odd = own.findIndex((value) => value === undefined || value !== own[0]);
    if (odd >= 0) throw this.differ(node, node, Math.max(odd, 1), `${place} comes from different places`);
    return own[0]!;
  }

  /**
   * The shape that a Reshape or Expand leads to, in terms of what it starts from: an extent that is the same on both
   * sides is not computed, nor the only unknown one of a Reshape. Undefined where that is not enough.
   */
  private relativeShape(nodes: readonly GraphNode[]): Value | undefined {
    const [first] = nodes as [GraphNode];
    if (first.attributes.allowzero) return undefined;
    const targets = nodes.map((node) => node.outputs[0]!.shape);
    const sources = nodes.map((node) => node.inputs[0]!.shape);
    const reshape = first.op === 'Reshape';
    if (targets.some((target) => target.length !== targets[0]!.length)) return undefined;
    const parts = targets[0]!.map((extent, i) => {
      const same = targets.every((target) => target[i] === extent);
      if (same) return reshape && extent === 0 ? undefined : extent;
      const shift = reshape ? 0 : targets[0]!.length - sources[0]!.length;
      const kept = targets.every((target, k) => target[i] === sources[k]![i - shift]);
      return kept ? (reshape ? 0 : 1) : undefined;
    });
    const unknown = parts.filter((part) => part === undefined).length;
    if (reshape && unknown === 1 && !targets[0]!.includes(0)) {
      return this.ops.indices(parts.map((part) => part ?? -1));
    }
    return unknown === 0 ? this.ops.indices(parts as number[]) : undefined;
  }

  private mergeConstants(values: readonly Value[], node: GraphNode | undefined, place: string): Value {
    const key = values.map(({ id }) => id).join();
    let merged = this.constants.get(key);
    if (!merged) {
      merged = this.unify(values);
      if (!merged) {
        const shown = (value: Value) =>
          `${value.type}[${value.shape}] ${Array.from({ length: Math.min(4, value.constant!.length) }, (_, i) => valueAt(value, i))}`;
        const problem = `the constant at ${place} is (${shown(values[0]!)}) in one, (${shown(values[1]!)}) in the other, and no formula of the dimensions was found`;
        const alike = values.every(({ shape }) => shape.length === values[0]!.shape.length);
        throw this.differ(node, node, 1, problem, alike ? 'number' : 'structure');
      }
      this.constants.set(key, merged);
    }
    return merged;
  }

  private unify(values: readonly Value[]): Value | undefined {
    const [first] = values as [Value];
    const { type, shape } = first;
    if (values.some((value) => value.type !== type || value.shape.length !== shape.length)) return undefined;
    const sameExtents = values.every((value) => sameShape(value.shape, shape));
    if (sameExtents && values.every((value) => sameElements(value, first))) {
      return first.splat
        ? this.builder.splat(type, shape, valueAt(first, 0))
        : this.builder.constant(type, shape, first.constant!);
    }
    if (values.every((value) => value.splat)) {
      const element = this.element(
        values.map((value) => valueAt(value, 0)),
        first,
      );
      if (element === undefined) return undefined;
      const scalar = this.write.scalar(this.write.vector([element], type));
      return shape.length === 0 ? scalar : this.expanded(scalar, values);
    }
    // At one size all elements may happen to be equal, and are then stored as one.
    const count = sizeOf(shape);
    if (sameExtents && count <= LONGEST_VECTOR) {
      const parts = Array.from({ length: count }, (_, i) =>
        this.element(
          values.map((value) => valueAt(value, i)),
          first,
        ),
      );
      if (parts.some((part) => part === undefined)) return undefined;
      return this.reshaped(this.write.vector(parts as (Value | number)[], type), values);
    }
    return this.progression(values);
  }

  /** Evenly spaced numbers, as tf.range and tf.linspace make them, as many as the dimensions say. */
  private progression(values: readonly Value[]): Value | undefined {
    const [{ type }] = values as [Value];
    if (type === 'bool' || type === 'uint32') return undefined;
    const plans = values.map((value) => evenlySpaced(value));
    if (plans.some((plan) => plan === undefined)) return undefined;
    const [first] = values as [Value];
    const start = this.element(
      plans.map((plan) => plan!.start),
      first,
    );
    // One element alone has any step.
    const known = plans.find((plan) => plan?.step !== undefined)?.step;
    const step = this.element(
      plans.map((plan) => plan!.step ?? known ?? 0),
      first,
    );
    const count = this.element(
      values.map(({ shape }) => sizeOf(shape)),
      { type: 'int64' } as Value,
    );
    if (start === undefined || step === undefined || count === undefined) return undefined;
    // Counted in integers, then scaled: a float32 limit may gain or lose an element by rounding.
    const scalar = (part: Value | number, of: Value['type']) =>
      typeof part === 'number' ? this.builder.scalar(of, part) : this.write.scalar(part);
    const whole = this.builder.node(
      'Range',
      [this.builder.scalar('int64', 0), scalar(count, 'int64'), this.builder.scalar('int64', 1)],
      'int64',
      [sizeOf(first.shape)],
    );
    const scaled = this.ops.mul(this.ops.cast(whole, type), scalar(step, type));
    return this.reshaped(this.ops.add(scaled, scalar(start, type)), values);
  }

  /** A number that is the same in all traces, or an expression of shape `[1]`. */
  private element(numbers: readonly number[], { type }: Value): Value | number | undefined {
    if (numbers.every((x) => Object.is(x, numbers[0]))) return numbers[0]!;
    if (type === 'bool' || type === 'uint32') return undefined;
    const whole = numbers.every(Number.isInteger) && this.integer(numbers);
    const expression = whole || (type === 'float32' && fitReal(numbers, this.sizes, this.names));
    return expression ? this.write.write(expression, type) : undefined;
  }

  private integer(numbers: readonly number[]): IntegerExpression | undefined {
    const expression = fitInteger(numbers, this.sizes, this.names);
    if (expression?.open) this.open.push(expression.open);
    return expression;
  }

  private expanded(scalar: Value, values: readonly Value[]): Value | undefined {
    const shape = this.shapeVector(values);
    return shape && this.builder.node('Expand', [scalar, shape], scalar.type, values[0]!.shape);
  }

  private reshaped(vector: Value, values: readonly Value[]): Value | undefined {
    const [{ shape }] = values as [Value];
    if (shape.length === 1) return vector;
    const target = this.shapeVector(values);
    return target && this.builder.node('Reshape', [vector, target], vector.type, shape);
  }

  private shapeVector(values: readonly Value[]): Value | undefined {
    const parts = values[0]!.shape.map((_, i) =>
      this.element(
        values.map(({ shape }) => shape[i]!),
        { type: 'int64' } as Value,
      ),
    );
    if (parts.some((part) => part === undefined)) return undefined;
    return this.write.vector(parts as (Value | number)[], 'int64');
  }

  /** Extents of an output, those that vary as formulas. */
  private extents(values: readonly Value[], place: string): (number | IntegerExpression)[] {
    return values[0]!.shape.map((extent, i) => {
      const all = values.map(({ shape }) => shape[i]!);
      if (all.every((one) => one === extent)) return extent;
      const expression = this.integer(all);
      if (!expression) {
        const problem = `axis ${i} of ${place} follows no formula`;
        throw this.differ(undefined, undefined, 1, problem, 'number');
      }
      return expression;
    });
  }

  private differ(
    node: GraphNode | undefined,
    twin: GraphNode | undefined,
    k: number,
    problem: string,
    differs: 'structure' | 'number' = 'structure',
  ): RobustaError {
    const at = (sizes: Sizes) =>
      Object.entries(sizes)
        .map(([name, size]) => `${name} = ${size}`)
        .join(', ');
    const origin = node?.origin ?? twin?.origin;
    const site = origin && siteOf(origin.stack);
    const where = origin ? ` in tfjs kernel ${origin.kernel}${site ? ` at ${site}` : ''}` : '';
    return new RobustaError(
      'NOT_DYNAMIC',
      `the traces at (${at(this.sizes[0]!)}) and (${at(this.sizes[k]!)}) differ${where}: ${problem}`,
      {
        hint: 'keep branches, loops and JavaScript arrays that depend on a named dimension out of the function, say the smallest size with `dimensions`, or compile it for buckets of lengths',
        details: { dimensions: this.names, differs, ...(origin ? { kernel: origin.kernel } : {}) },
      },
    );
  }
}

const sameElements = (a: Value, b: Value) =>
  Boolean(a.splat) === Boolean(b.splat) && sameBytes(a.constant!, b.constant!);

/** Start and step of evenly spaced elements; no step of a single one. */
function evenlySpaced({ constant, shape, splat, type }: Value): { start: number; step?: number } | undefined {
  const data = constant as Exclude<ConstantData, BigInt64Array>;
  if (data.length === 0) return undefined;
  const start = Number(data[0]);
  if (splat) return sizeOf(shape) === 1 ? { start } : { start, step: 0 };
  const step = (Number(data[data.length - 1]) - start) / (data.length - 1);
  const exact = type !== 'float32' || (Number.isInteger(start) && Number.isInteger(step));
  const room = exact ? 0 : 2e-7 * Math.max(Math.abs(start), Math.abs(Number(data[data.length - 1])));
  for (let i = 1; i < data.length; i++) {
    if (Math.abs(Number(data[i]) - (start + i * step)) > room) return undefined;
  }
  return { start, step: exact ? step : Math.fround(step) };
}
