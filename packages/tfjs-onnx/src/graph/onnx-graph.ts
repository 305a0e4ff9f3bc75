import { RobustaError } from '@robusta/core';
import type { GraphBuilder } from './builder.js';
import { type NamedGraph, writeOnnx } from './onnx-writer.js';
import { Ops } from './ops.js';
import { type GraphNode, sizeOf, type Value } from './value.js';

/** Element types of inputs and outputs; traced functions have no float64. */
export type PortType = 'float32' | 'float64' | 'int32';

/** Shape, element type and name of an input or output of a graph. */
export interface GraphPort<Type extends PortType = Exclude<PortType, 'float64'>> {
  readonly name: string;
  /** A string is a named dimension; in an output also a formula of them, such as `T - 4`. */
  readonly shape: readonly (number | string)[];
  readonly dtype: Type;
}

/** A traced function, or a graph that was written node by node. */
export interface OnnxGraph<Type extends PortType = Exclude<PortType, 'float64'>> {
  readonly inputs: readonly GraphPort<Type>[];
  readonly outputs: readonly GraphPort<Type>[];
  /** How often each ONNX operator occurs, dead and repeated nodes left out. */
  readonly operators: Readonly<Record<string, number>>;
  /** The bytes of an .onnx file (operator set 18, IR version 8, weights inside). */
  toBytes(): Uint8Array;
}

export interface GraphNames {
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  metadata: Readonly<Record<string, string>>;
  /** Extents of the outputs where named dimensions occur. */
  outputExtents?: readonly (readonly (number | string)[])[];
}

/** Longest constant of equal elements that is stored in full; longer ones are expanded from one element. */
const LONGEST_STORED_SPLAT = 64;

/** Drops what no output needs and gives every value a name. */
export function finishGraph<Type extends PortType = Exclude<PortType, 'float64'>>(
  builder: GraphBuilder,
  results: readonly Value[],
  names: GraphNames,
): OnnxGraph<Type> {
  checkNames(names);
  const outputs = ownOutputs(builder, results);
  const { nodes, constants } = reachable(builder, outputs);
  const nameOf = nameValues(
    builder.inputs,
    outputs,
    [...constants, ...nodes.flatMap((node) => node.outputs)],
    names,
  );
  const extentsOf = (value: Value) =>
    value.extents ?? names.outputExtents?.[outputs.indexOf(value)] ?? value.shape;
  const graph: NamedGraph = {
    name: names.name,
    inputs: builder.inputs,
    outputs,
    nodes,
    constants,
    nameOf,
    extentsOf,
    metadata: names.metadata,
  };
  const operators: Record<string, number> = {};
  for (const { op } of nodes) operators[op] = (operators[op] ?? 0) + 1;
  const port = (value: Value): GraphPort<Type> => ({
    name: nameOf(value),
    shape: extentsOf(value),
    dtype: value.type as Type,
  });
  return {
    inputs: builder.inputs.map(port),
    outputs: outputs.map(port),
    operators,
    toBytes: () => writeOnnx(graph),
  };
}

function checkNames(names: GraphNames): void {
  const seen = new Set<string>();
  for (const name of [...names.inputs, ...names.outputs]) {
    if (name === '' || seen.has(name)) {
      const problem = name === '' ? 'an empty name' : `the name "${name}" twice`;
      throw new RobustaError('BAD_OPTION', `the inputs and outputs of a graph have ${problem}`);
    }
    seen.add(name);
  }
}

/** ONNX wants every output to be made by a node of its own: not an input, a constant or another output. */
function ownOutputs(builder: GraphBuilder, results: readonly Value[]): Value[] {
  const ops = new Ops(builder);
  const seen = new Set<Value>();
  return results.map((result) => {
    const value = result.type === 'bool' ? ops.cast(result, 'int32') : result;
    if (value.node && !seen.has(value)) {
      seen.add(value);
      return value;
    }
    const copy: GraphNode = { op: 'Identity', inputs: [value], attributes: {}, outputs: [] };
    copy.outputs.push({ id: Number.MAX_SAFE_INTEGER, type: value.type, shape: value.shape, node: copy });
    return copy.outputs[0]!;
  });
}

/** The nodes that the values depend on, in the order in which they were made: each after its inputs. */
export function orderedNodes(values: readonly Value[]): GraphNode[] {
  const nodes = new Set<GraphNode>();
  const waiting = [...values];
  for (let value = waiting.pop(); value; value = waiting.pop()) {
    if (!value.node || nodes.has(value.node)) continue;
    nodes.add(value.node);
    for (const input of value.node.inputs) if (input) waiting.push(input);
  }
  return [...nodes].sort((a, b) => a.outputs[0]!.id - b.outputs[0]!.id);
}

function reachable(
  builder: GraphBuilder,
  outputs: readonly Value[],
): { nodes: GraphNode[]; constants: Value[] } {
  const ordered = orderedNodes(outputs);
  const constants = new Set<Value>();
  for (const value of [...outputs, ...ordered.flatMap(({ inputs }) => inputs)]) {
    if (value?.constant) constants.add(value);
  }
  const expansions: GraphNode[] = [];
  const stored: Value[] = [];
  for (const value of [...constants].sort((a, b) => a.id - b.id)) {
    if (!value.splat || sizeOf(value.shape) <= LONGEST_STORED_SPLAT) stored.push(value);
    else {
      const element = builder.splat(value.type, [], Number(value.constant![0]));
      const shape = builder.constant('int64', [value.shape.length], value.shape);
      expansions.push({ op: 'Expand', inputs: [element, shape], attributes: {}, outputs: [value] });
      stored.push(element, shape);
    }
  }
  return { nodes: [...expansions, ...ordered], constants: [...new Set(stored)] };
}

function nameValues(
  inputs: readonly Value[],
  outputs: readonly Value[],
  others: readonly Value[],
  names: GraphNames,
): (value: Value) => string {
  const taken = new Set([...names.inputs, ...names.outputs]);
  const nameOf = new Map<Value, string>();
  for (const [i, value] of inputs.entries()) nameOf.set(value, names.inputs[i]!);
  for (const [i, value] of outputs.entries()) nameOf.set(value, names.outputs[i]!);
  let count = 0;
  for (const value of others) {
    if (nameOf.has(value)) continue;
    let name: string;
    do name = `v${count++}`;
    while (taken.has(name));
    nameOf.set(value, name);
  }
  return (value) => nameOf.get(value)!;
}
