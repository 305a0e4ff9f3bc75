import protobuf from 'protobufjs';
import { operators } from './onnx-operators.js';

/** The part of the public onnx.proto that graphs here use, as a check that is independent of the writer. */
const { root } = protobuf.parse(
  `
  syntax = "proto2";
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
  message StringStringEntryProto { optional string key = 1; optional string value = 2; }
  message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
  message AttributeProto {
    optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4;
    repeated float floats = 7; repeated int64 ints = 8; optional int32 type = 20;
  }
  message NodeProto { repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4; repeated AttributeProto attribute = 5; }
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TypeTensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
  message TypeProto { optional TypeTensor tensor_type = 1; }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message ModelProto {
    optional int64 ir_version = 1; optional string producer_name = 2; optional GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14;
  }
`,
  { keepCase: true },
);

type Node = Model['graph']['node'][number];

interface ValueInfo {
  name: string;
  type: { tensor_type: { elem_type: number; shape: { dim: { dim_value: number; dim_param: string }[] } } };
}

export interface Model {
  ir_version: number;
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
  graph: {
    name: string;
    node: {
      input: string[];
      output: string[];
      name: string;
      op_type: string;
      attribute: { name: string; type: number }[];
    }[];
    initializer: { dims: number[]; data_type: number; name: string; raw_data: string }[];
    input: ValueInfo[];
    output: ValueInfo[];
  };
}

/** Reads the bytes of an .onnx file. raw_data comes as base64. */
export function readModel(bytes: Uint8Array): Model {
  const type = root.lookupType('ModelProto');
  return type.toObject(type.decode(bytes), {
    longs: Number,
    bytes: String,
    defaults: true,
    arrays: true,
  }) as Model;
}

const bytesPerElement: Record<number, number> = { 1: 4, 6: 4, 7: 8, 9: 1, 12: 4 };

/** The operator exists in the stated set, and the node uses it as its schema says. */
function checkNode({ name, op_type, input, output, attribute }: Node): void {
  const operator = operators.get(op_type);
  if (!operator) throw new Error(`${name}: operator set 18 has no ${op_type}`);
  const within = (count: number, [low, high]: readonly [number, number]) => count >= low && count <= high;
  if (!within(input.length, operator.inputs)) throw new Error(`${name} has ${input.length} inputs`);
  if (!within(output.length, operator.outputs)) throw new Error(`${name} has ${output.length} outputs`);
  const given = attribute.map((one) => one.name);
  expect(new Set(given).size).toBe(given.length);
  for (const { name: key, type } of attribute) {
    const expected = operator.attributes.get(key);
    if (expected !== type) throw new Error(`${name}: attribute ${key} of type ${type}, expected ${expected}`);
  }
  for (const key of operator.required) {
    if (!given.includes(key)) throw new Error(`${name} lacks attribute ${key}`);
  }
}

/** An input or output of the graph says its type and shape; only named dimensions have no number. */
function checkPort({ name, type: { tensor_type } }: ValueInfo): void {
  expect(bytesPerElement).toHaveProperty([tensor_type.elem_type]);
  for (const { dim_value, dim_param } of tensor_type.shape.dim) {
    if (dim_param === '' && !(dim_value >= 0)) throw new Error(`${name} has an extent of ${dim_value}`);
  }
}

/** Every rule of the format that the checker of ONNX would enforce on such a graph. */
export function checkModel({ graph, ir_version, opset_import }: Model): void {
  expect(ir_version).toBe(8);
  expect(opset_import).toEqual([{ domain: '', version: 18 }]);
  const known = new Set<string>();
  const define = (name: string) => {
    expect(name).not.toBe('');
    if (known.has(name)) throw new Error(`${name} is defined twice`);
    known.add(name);
  };
  expect(graph.name).not.toBe('');
  for (const port of [...graph.input, ...graph.output]) checkPort(port);
  for (const { name } of graph.input) define(name);
  for (const { name, dims, data_type, raw_data } of graph.initializer) {
    define(name);
    const size = dims.reduce((product, extent) => product * extent, 1);
    expect(Buffer.from(raw_data, 'base64').length).toBe(size * bytesPerElement[data_type]!);
  }
  const used = new Set(graph.output.map(({ name }) => name));
  for (const node of graph.node) {
    checkNode(node);
    for (const name of node.input) {
      // An empty name stands for an optional input that is absent.
      if (name === '') continue;
      if (!known.has(name)) throw new Error(`${node.name} reads ${name} before it is made`);
      used.add(name);
    }
    for (const name of node.output) define(name);
  }
  for (const { name } of graph.output) expect(known).toContain(name);
  expect(new Set(graph.node.map(({ name }) => name)).size).toBe(graph.node.length);
  // Nothing is left that no output needs; outputs of a node with several are made together.
  for (const node of graph.node) expect(node.output.some((name) => used.has(name))).toBe(true);
  for (const { name } of graph.initializer) expect(used).toContain(name);
}
