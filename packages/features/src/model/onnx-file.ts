import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';

/** Fields of ModelProto and StringStringEntryProto in the public onnx.proto. */
const GRAPH = 7;
const METADATA_PROPS = 14;
const [KEY, VALUE] = [1, 2];

/** Larger than any model of ours; such a file is not read into memory. */
const LARGEST = 2 ** 31;

/** An ONNX file in memory. */
export interface OnnxFile {
  bytes: Uint8Array;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  metadata: ReadonlyMap<string, string>;
}

/**
 * Reads an ONNX file and the entries of its metadata, which ONNX Runtime does not hand out.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED where the file ends early; BAD_FORMAT where it is no ONNX file
 */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_FS_FILE_TOO_LARGE') throw tooLarge(path);
    throw fileError(error, path);
  }
  if (bytes.length >= LARGEST) throw tooLarge(path);
  const metadata = new Map<string, string>();
  let hasGraph = false;
  try {
    for (const { field, value } of fieldsOf(bytes)) {
      if (field === GRAPH) hasGraph = true;
      if (field !== METADATA_PROPS || !value) continue;
      const entry = new Map([...fieldsOf(value)].map((part) => [part.field, part.value]));
      metadata.set(text(entry.get(KEY)), text(entry.get(VALUE)));
    }
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    throw new RobustaError(error.code, `${path}: ${error.message}`, {
      hint: 'import the checkpoint again: the file was cut, or is no ONNX model',
      cause: error,
    });
  }
  if (!hasGraph) {
    throw new RobustaError('BAD_FORMAT', `${path} is no ONNX model`, {
      hint: 'make one from the published checkpoint: robusta models import',
    });
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), metadata };
}

const tooLarge = (path: string) =>
  new RobustaError('BAD_FORMAT', `${path} is larger than 2 GB, which no model of this package is`);

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** The fields of a message in the wire format of protocol buffers; only those with a length have a value. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; value?: Uint8Array }> {
  let at = 0;
  const varint = (): number => {
    let result = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= bytes.length) throw new RobustaError('TRUNCATED', 'the file ends early');
      const byte = bytes[at++]!;
      result += (byte & 127) * 2 ** shift;
      if (byte < 128) return result;
    }
    throw new RobustaError('BAD_FORMAT', 'not in the format of protocol buffers');
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const lengths: Record<number, () => number> = { 0: () => 0, 1: () => 8, 2: varint, 5: () => 4 };
    if (wire === 0) varint();
    const length = lengths[wire]?.();
    if (length === undefined || field === 0)
      throw new RobustaError('BAD_FORMAT', 'not in the format of protocol buffers');
    if (length > bytes.length - at) throw new RobustaError('TRUNCATED', 'the file ends early');
    if (wire === 2) yield { field, value: bytes.subarray(at, at + length) };
    else yield { field };
    at += length;
  }
}
