import { RobustaError } from '@robusta/core';
import { decodeElements, encodeElements } from './elements.js';
import { CODES, parseSafetensorsHeader } from './safetensors-header.js';
import { ITEM_SIZE, requireBytes, requireTensor, type TensorData } from './tensor.js';

/** What a `.safetensors` file holds. */
export interface Safetensors {
  /** Every tensor under its name. */
  tensors: Record<string, TensorData>;
  /** Free text under free keys; empty where the file has none. */
  metadata: Record<string, string>;
}

/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads a `.safetensors` file. As the format demands, tensors must fill the rest of the file without gap
 * or overlap, and each must take exactly the bytes that its shape and dtype need.
 * @param bytes - the whole file. Each tensor's `data` is a view of it, not a copy, where it is aligned and
 *   not F16 or BF16
 * @throws TRUNCATED if the file ends early
 * @throws BAD_FORMAT for anything else that is wrong
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  requireBytes(bytes, 'readSafetensors');
  const base = headerEnd(bytes);
  const { entries, metadata } = parseSafetensorsHeader(utf8(bytes.subarray(8, base)));
  let position = 0;
  for (const { name, start, end } of entries) {
    if (start !== position) {
      const problem = start > position ? 'leaves a gap before it' : 'overlaps another';
      throw new RobustaError('BAD_FORMAT', `.safetensors file: tensor ${JSON.stringify(name)} ${problem}`);
    }
    position = end;
  }
  const available = bytes.length - base;
  const what = `.safetensors file: its tensors take ${position} bytes`;
  if (available < position) throw new RobustaError('TRUNCATED', `${what}, ${available} are there`);
  if (available > position)
    throw new RobustaError('BAD_FORMAT', `${what}, ${available - position} more follow`);
  // fromEntries defines properties, so that a tensor named __proto__ is one like any other.
  const tensors = Object.fromEntries(
    entries.map(({ name, dtype, shape, start, end }) => {
      const data = decodeElements(bytes.subarray(base + start, base + end), dtype, true);
      return [name, { shape, dtype, data } as TensorData];
    }),
  );
  return { tensors, metadata };
}

/** Checks the length of the header before anything is made of it. */
function headerEnd(bytes: Uint8Array): number {
  if (bytes.length < 8) {
    throw new RobustaError(
      'TRUNCATED',
      `.safetensors file: it ends after ${bytes.length} bytes, inside its first 8`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new RobustaError(
      'BAD_FORMAT',
      `.safetensors file: a header of ${length} bytes is more than the ${MAX_HEADER_BYTES} allowed; is it another kind of file?`,
    );
  }
  if (8 + length > bytes.length) {
    throw new RobustaError(
      'TRUNCATED',
      `.safetensors file: its header takes ${8 + length} bytes, ${bytes.length} are there`,
    );
  }
  return 8 + length;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', '.safetensors header: it is not valid UTF-8', { cause });
  }
}

/**
 * Writes a `.safetensors` file. Tensors are laid out by falling item size, then by name, metadata by key:
 * the same content always gives the same bytes, whatever the order of the properties.
 * @param tensors - tensors under their names; float16 and bfloat16 are rounded to nearest, ties to even
 * @param metadata - free text, strings only
 * @returns the bytes of the file; elements begin at a multiple of 8 bytes
 * @throws BAD_INPUT for a wrong dtype, shape, class of `data`, name or metadata
 * @throws LENGTH_MISMATCH if a shape and its data disagree
 */
export function writeSafetensors(
  tensors: Record<string, TensorData>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const codes = Object.keys(CODES);
  const rank = ({ dtype }: TensorData) => codes.findIndex((code) => CODES[code] === dtype);
  const ordered = Object.entries(tensors);
  for (const [name, tensor] of ordered) {
    requireText(name, 'name');
    if (name === '__metadata__')
      throw new RobustaError('BAD_INPUT', 'writeSafetensors: the name __metadata__ is reserved');
    requireTensor(tensor, `writeSafetensors: tensor ${JSON.stringify(name)}`);
  }
  ordered.sort(([a, left], [b, right]) => rank(right) - rank(left) || (a < b ? -1 : 1));

  const parts: string[] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) {
    const pairs = keys.map(
      (key) => `${requireText(key, 'metadata key')}:${requireText(metadata[key], `metadata ${key}`)}`,
    );
    parts.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let position = 0;
  const starts = ordered.map(([name, { dtype, shape, data }]) => {
    const start = position;
    position += data.length * ITEM_SIZE[dtype];
    const code = codes.find((candidate) => CODES[candidate] === dtype);
    parts.push(
      `${JSON.stringify(name)}:{"dtype":"${code}","shape":[${shape}],"data_offsets":[${start},${position}]}`,
    );
    return start;
  });

  const header = new TextEncoder().encode(`{${parts.join(',')}}`);
  const length = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + position);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.set(header, 8);
  bytes.fill(0x20, 8 + header.length, 8 + length);
  ordered.forEach(([, tensor], i) => {
    encodeElements(tensor, bytes, 8 + length + starts[i]!);
  });
  return bytes;
}

/** A string as JSON; half a surrogate pair has no UTF-8 form. */
function requireText(value: unknown, what: string): string {
  if (typeof value === 'string' && !/\p{Surrogate}/u.test(value)) return JSON.stringify(value);
  throw new RobustaError('BAD_INPUT', `writeSafetensors: ${what} must be a well-formed string`);
}
