import protobuf from 'protobufjs/minimal.js';
import { onnxTypeOf } from './ops.js';
import type { GraphNode, Value } from './value.js';

/** Operator set and file format version that the written models state. */
export const OPSET = 18;
export const IR_VERSION = 8;

/** A graph whose every value has a name, in the order of execution. */
export interface NamedGraph {
  name: string;
  inputs: readonly Value[];
  outputs: readonly Value[];
  nodes: readonly GraphNode[];
  constants: readonly Value[];
  nameOf: (value: Value) => string;
  /** Extents of an input or output, named dimensions by their names. */
  extentsOf: (value: Value) => readonly (number | string)[];
  metadata: Readonly<Record<string, string>>;
}

type Writer = protobuf.Writer;

const VARINT = 0;
const BYTES = 2;
const FLOAT = 5;

const tag = (writer: Writer, field: number, wire: number) => writer.uint32((field << 3) | wire);
const text = (writer: Writer, field: number, value: string) => tag(writer, field, BYTES).string(value);
const integer = (writer: Writer, field: number, value: number) => tag(writer, field, VARINT).int64(value);

function message(writer: Writer, field: number, write: () => void): void {
  tag(writer, field, BYTES).fork();
  write();
  writer.ldelim();
}

/** Serialises a graph as an ONNX ModelProto. Field numbers are those of the public onnx.proto. */
export function writeOnnx(graph: NamedGraph): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, 'robusta');
  message(writer, 7, () => writeGraph(writer, graph));
  message(writer, 8, () => {
    text(writer, 1, '');
    integer(writer, 2, OPSET);
  });
  for (const [key, value] of Object.entries(graph.metadata)) {
    message(writer, 14, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  const bytes = writer.finish();
  // protobufjs hands out a Buffer, perhaps a part of a pool; callers get plain bytes of their own.
  return new Uint8Array(bytes);
}

function writeGraph(writer: Writer, graph: NamedGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node, graph.nameOf));
  text(writer, 2, graph.name);
  for (const value of graph.constants)
    message(writer, 5, () => writeTensor(writer, value, graph.nameOf(value)));
  for (const value of graph.inputs) message(writer, 11, () => writeValueInfo(writer, value, graph));
  for (const value of graph.outputs) message(writer, 12, () => writeValueInfo(writer, value, graph));
}

function writeNode(writer: Writer, node: GraphNode, nameOf: (value: Value) => string): void {
  // An absent optional input is written as an empty name.
  for (const input of node.inputs) text(writer, 1, input ? nameOf(input) : '');
  for (const output of node.outputs) text(writer, 2, nameOf(output));
  text(writer, 3, `${node.op}/${nameOf(node.outputs[0]!)}`);
  text(writer, 4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, () => {
      text(writer, 1, name);
      if (attribute.kind === 'float') {
        tag(writer, 2, FLOAT).float(attribute.value);
        integer(writer, 20, 1);
      } else if (attribute.kind === 'int') {
        integer(writer, 3, attribute.value);
        integer(writer, 20, 2);
      } else if (attribute.kind === 'string') {
        text(writer, 4, attribute.value);
        integer(writer, 20, 3);
      } else {
        for (const value of attribute.value) integer(writer, 8, value);
        integer(writer, 20, 7);
      }
    });
  }
}

function writeTensor(writer: Writer, value: Value, name: string): void {
  const data = value.constant!;
  for (const extent of value.shape) integer(writer, 1, extent);
  integer(writer, 2, onnxTypeOf[value.type]);
  text(writer, 8, name);
  let bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (value.splat) {
    const size = value.shape.reduce((product, extent) => product * extent, 1);
    const all = new Uint8Array(size * bytes.length);
    for (let i = 0; i < size; i++) all.set(bytes, i * bytes.length);
    bytes = all;
  }
  // raw_data is little-endian by definition, as typed arrays are on every platform that Node runs on.
  tag(writer, 9, BYTES).bytes(bytes);
}

function writeValueInfo(writer: Writer, value: Value, { nameOf, extentsOf }: NamedGraph): void {
  text(writer, 1, nameOf(value));
  message(writer, 2, () => {
    message(writer, 1, () => {
      integer(writer, 1, onnxTypeOf[value.type]);
      message(writer, 2, () => {
        for (const extent of extentsOf(value)) {
          message(writer, 1, () =>
            typeof extent === 'number' ? integer(writer, 1, extent) : text(writer, 2, extent),
          );
        }
      });
    });
  });
}
