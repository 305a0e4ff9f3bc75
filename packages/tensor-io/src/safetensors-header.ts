import { RobustaError } from '@robusta/core';
import { type DType, elementCount, ITEM_SIZE } from './tensor.js';

/** One entry of the header: where a tensor lies behind it. */
export interface TensorEntry {
  name: string;
  dtype: DType;
  shape: number[];
  /** First byte, counted from the end of the header. */
  start: number;
  /** One past the last byte. */
  end: number;
}

/** dtype as `.safetensors` names it; the order is that in which the reference implementation lays tensors out, backwards. */
export const CODES: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  I16: 'int16',
  U16: 'uint16',
  F16: 'float16',
  BF16: 'bfloat16',
  I32: 'int32',
  U32: 'uint32',
  F32: 'float32',
  F64: 'float64',
  I64: 'int64',
  U64: 'uint64',
};

function bad(problem: string, hint?: string): RobustaError {
  return new RobustaError(
    'BAD_FORMAT',
    `.safetensors header: ${problem}`,
    hint === undefined ? {} : { hint },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/**
 * Checks the JSON header of a `.safetensors` file as far as that is possible without the data.
 * @returns the entries in the order of their data, and the metadata
 * @throws BAD_FORMAT
 */
export function parseSafetensorsHeader(text: string): {
  entries: TensorEntry[];
  metadata: Record<string, string>;
} {
  if (!text.startsWith('{')) throw bad('it does not start with "{"');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', '.safetensors header: it is not valid JSON', { cause });
  }
  if (!isRecord(header)) throw bad('it is not an object');

  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  let keys = 0;
  for (const [name, value] of Object.entries(header)) {
    keys++;
    if (name === '__metadata__') {
      metadata = parseMetadata(value);
      keys += Object.keys(metadata).length;
    } else {
      entries.push(parseEntry(name, value));
      keys += 3;
    }
  }
  // JSON.parse keeps the last of equal keys; every key has one colon outside of strings.
  if (countColons(text) !== keys) throw bad('a name occurs twice');
  return { entries: entries.sort((a, b) => a.start - b.start || a.end - b.end), metadata };
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw bad('__metadata__ is not an object');
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') throw bad(`__metadata__: ${JSON.stringify(key)} is not a string`);
  }
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const where = `tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) throw bad(`${where} is not an object`);
  const { dtype: code, shape, data_offsets: offsets, ...others } = value;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw bad(`${where} has the unknown field ${JSON.stringify(unknown[0])}`);
  if (typeof code !== 'string' || !Object.hasOwn(CODES, code)) {
    const known = Object.keys(CODES).join(', ');
    throw bad(`${where}: dtype ${JSON.stringify(code)} is not supported, only ${known} are`);
  }
  if (!isSizes(shape)) throw bad(`${where}: shape must be a list of non-negative integers`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw bad(`${where}: data_offsets must be two ascending non-negative integers`);
  }
  const dtype = CODES[code]!;
  const [start, end] = offsets as [number, number];
  const count = elementCount(shape);
  if (count === undefined || count * ITEM_SIZE[dtype] !== end - start) {
    throw bad(
      `${where}: data_offsets span ${end - start} bytes, shape [${shape.join(', ')}] of ${code} does not`,
    );
  }
  return { name, dtype, shape, start, end };
}

function countColons(json: string): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json.charCodeAt(i);
    if (character === 0x22) inString = !inString;
    else if (inString) i += character === 0x5c ? 1 : 0;
    else if (character === 0x3a) count++;
  }
  return count;
}
