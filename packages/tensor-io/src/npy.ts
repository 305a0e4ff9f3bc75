import { RobustaError } from '@robusta/core';
import { decodeElements, encodeElements } from './elements.js';
import { fortranToC } from './fortran.js';
import { formatNpyHeader, MAX_AXES, parseNpyHeader } from './npy-header.js';
import {
  type DType,
  elementCount,
  ITEM_SIZE,
  requireBytes,
  requireTensor,
  type TensorData,
} from './tensor.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Far above any header that NumPy writes for an array without fields (a few hundred bytes). */
const MAX_HEADER_BYTES = 1 << 20;

/**
 * Reads a NumPy `.npy` file, versions 1.0, 2.0 and 3.0, in C or Fortran order, in either byte order.
 * @param bytes - the whole file. The result's `data` is a view of it, not a copy, where the elements are
 *   little-endian, aligned, in C order and not float16
 * @returns the array in C order; `float16` widened to a Float32Array, `bool` as 0 and 1 in a Uint8Array
 * @throws TRUNCATED if the file ends early
 * @throws BAD_FORMAT for anything else that is wrong: not a `.npy` file, object arrays and other pickles,
 *   structured, complex, string and date types, bytes left over
 */
export function readNpy(bytes: Uint8Array): TensorData {
  requireBytes(bytes, 'readNpy');
  const header = readNpyHeader(bytes);
  const { dtype, shape, offset, byteLength } = header;
  const found = bytes.length - offset;
  const what = `.npy file: an array of shape [${shape.join(', ')}] and type ${dtype} takes ${byteLength} bytes`;
  if (found < byteLength) throw new RobustaError('TRUNCATED', `${what}, ${found} are there`);
  if (found > byteLength) throw new RobustaError('BAD_FORMAT', `${what}, ${found - byteLength} more follow`);
  return { shape, dtype, data: readNpyElements(bytes.subarray(offset), header) } as TensorData;
}

/** What the start of a `.npy` file says: enough to read the file in pieces. */
export interface NpyHeader {
  shape: number[];
  dtype: DType;
  littleEndian: boolean;
  /** The first index runs fastest in the file; such a file can only be decoded as a whole. */
  fortranOrder: boolean;
  /** Bytes in front of the elements. */
  offset: number;
  /** Bytes of all elements, Infinity where that is no exact number. The file should be `offset + byteLength` long. */
  byteLength: number;
}

/**
 * Reads the start of a `.npy` file.
 * @param bytes - the first bytes of the file; what NumPy writes in front of the elements takes 80 to 200
 * @throws TRUNCATED where the header goes on after `bytes`; BAD_FORMAT as for {@link readNpy}
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  requireBytes(bytes, 'readNpyHeader');
  const { text, end: offset } = headerText(bytes);
  const header = parseNpyHeader(text);
  const count = elementCount(header.shape);
  const byteLength = count === undefined ? Number.POSITIVE_INFINITY : count * ITEM_SIZE[header.dtype];
  return { ...header, offset, byteLength };
}

/**
 * The elements in a piece of a `.npy` file, a view of the piece where {@link readNpy} would give one.
 * @param bytes - whole elements one after the other; all of them where the file is in Fortran order
 * @returns in C order
 * @throws LENGTH_MISMATCH where `bytes` is no whole number of elements, or not all of a file in Fortran order
 */
export function readNpyElements(bytes: Uint8Array, header: NpyHeader): TensorData['data'] {
  requireBytes(bytes, 'readNpyElements');
  const { dtype, littleEndian, fortranOrder, shape, byteLength } = header;
  const whole = fortranOrder ? bytes.length === byteLength : bytes.length % ITEM_SIZE[dtype] === 0;
  if (!whole) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      fortranOrder
        ? `readNpyElements: ${bytes.length} bytes, but all ${byteLength} of an array in Fortran order are needed`
        : `readNpyElements: ${bytes.length} bytes are no whole number of elements of type ${dtype}`,
    );
  }
  const stored = decodeElements(bytes, dtype, littleEndian);
  return fortranOrder ? fortranToC(stored, shape) : stored;
}

function headerText(bytes: Uint8Array): { text: string; end: number } {
  const magic = Math.min(bytes.length, MAGIC.length);
  for (let i = 0; i < magic; i++) if (bytes[i] !== MAGIC[i]) throw notNpy(bytes);
  const major = bytes[6];
  if (major !== undefined && (major < 1 || major > 3)) {
    throw new RobustaError('BAD_FORMAT', `.npy file: version ${major} is not known, only 1, 2 and 3 are`);
  }
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) {
    throw new RobustaError(
      'TRUNCATED',
      `.npy file: it ends after ${bytes.length} bytes, inside its first ${start}`,
    );
  }
  if (bytes[7] !== 0) {
    throw new RobustaError('BAD_FORMAT', `.npy file: version ${major}.${bytes[7]} is not known`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) {
    throw new RobustaError('BAD_FORMAT', `.npy file: a header of ${length} bytes is too long to be true`);
  }
  const end = start + length;
  if (end > bytes.length) {
    throw new RobustaError(
      'TRUNCATED',
      `.npy file: its header takes ${end} bytes, ${bytes.length} are there`,
    );
  }
  // Every header that is understood is ASCII, whichever encoding the version names for field names.
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return { text, end };
}

function notNpy(bytes: Uint8Array): RobustaError {
  const starts = (...prefix: number[]) => prefix.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b, 3, 4)) {
    return new RobustaError('BAD_FORMAT', 'not a .npy file but a zip archive (.npz?)', {
      hint: 'use readNpz',
    });
  }
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) {
    return new RobustaError('BAD_FORMAT', 'not a .npy file but a Python pickle; pickles are never run', {
      hint: 'use readPth, which reads tensors and arrays from it without running it',
    });
  }
  return new RobustaError('BAD_FORMAT', 'not a .npy file: it does not start with \\x93NUMPY');
}

/**
 * Writes a NumPy `.npy` file, version 1.0, little-endian, C order.
 * @param array - any dtype but bfloat16, at most 64 axes; float16 is rounded to nearest, ties to even
 * @returns the bytes of the file; the same array always gives the same bytes
 * @throws BAD_INPUT for a wrong dtype, shape or class of `data`
 * @throws LENGTH_MISMATCH if shape and data disagree
 */
export function writeNpy(array: TensorData): Uint8Array {
  requireTensor(array, 'writeNpy');
  if (array.dtype === 'bfloat16') {
    throw new RobustaError('BAD_INPUT', 'writeNpy: .npy has no bfloat16', {
      hint: 'write it as float32, or to .safetensors',
    });
  }
  if (array.shape.length > MAX_AXES) {
    throw new RobustaError(
      'BAD_INPUT',
      `writeNpy: ${array.shape.length} axes, at most ${MAX_AXES} can be read back`,
    );
  }
  const header = formatNpyHeader(array.dtype, array.shape);
  const bytes = new Uint8Array(header.length + array.data.length * ITEM_SIZE[array.dtype]);
  bytes.set(header);
  encodeElements(array, bytes, header.length);
  return bytes;
}
