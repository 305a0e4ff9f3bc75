import { parseOptions, RobustaError } from '@robusta/core';
import { Inflate } from 'fflate';
import { z } from 'zod';
import { crc32 } from './crc32.js';
import { readNpy } from './npy.js';
import { requireBytes, type TensorData } from './tensor.js';
import { isZip, readZip, type ZipEntry } from './zip.js';

/** Options of {@link readNpz}. */
export interface ReadNpzOptions {
  /** The most that compressed arrays may take together when inflated, in bytes. Default 2^30. */
  maxInflatedBytes?: number | undefined;
}

const Options = z.strictObject({
  maxInflatedBytes: z
    .int()
    .min(0)
    .default(2 ** 30),
});

/** DEFLATE cannot do better. */
const MAX_RATIO = 1032;

/** Compressed bytes given to the decoder at a time: what comes out is checked after each piece, 4 MB at most. */
const PIECE = 1 << 12;

/**
 * Reads a NumPy `.npz` archive, as `np.savez` and `np.savez_compressed` write it.
 * @param bytes - the whole file. An array's `data` is a view of it, not a copy, where it is not compressed and
 *   {@link readNpy} can do so
 * @returns every array under its name, in the order of the archive
 * @throws TRUNCATED if the file ends early
 * @throws BAD_FORMAT for anything else that is wrong with it, wrong checksums and members that are no `.npy` among them
 * @throws BAD_INPUT if compressed arrays are larger than `maxInflatedBytes`
 */
export function readNpz(bytes: Uint8Array, options: ReadNpzOptions = {}): Record<string, TensorData> {
  requireBytes(bytes, 'readNpz');
  const { maxInflatedBytes } = parseOptions(Options, options, 'readNpz');
  if (bytes.length === 0) throw new RobustaError('TRUNCATED', 'readNpz: the file is empty');
  if (!isZip(bytes)) {
    throw new RobustaError('BAD_FORMAT', 'readNpz: not an .npz file, which is a zip archive', {
      hint: bytes[0] === 0x93 ? 'it looks like an .npy file: use readNpy' : 'save it with np.savez',
    });
  }
  const entries = readZip(bytes);
  const inflated = entries.reduce((total, { stored, size }) => total + (stored ? 0 : size), 0);
  if (inflated > maxInflatedBytes) {
    const problem = `its compressed arrays take ${inflated} bytes when inflated, the limit is ${maxInflatedBytes}`;
    throw new RobustaError('BAD_INPUT', `readNpz: ${problem}`, {
      hint: 'raise maxInflatedBytes if you trust the file',
    });
  }
  return Object.fromEntries(entries.map((entry) => [entry.name.replace(/\.npy$/, ''), member(entry)]));
}

function member(entry: ZipEntry): TensorData {
  const { name, data, stored, size } = entry;
  const where = `member ${JSON.stringify(name)}`;
  if (!name.endsWith('.npy')) {
    throw new RobustaError('BAD_FORMAT', `${where} is no .npy file`, { hint: 'is it an .npz archive?' });
  }
  const content = stored ? data : inflate(data, size, where);
  if (crc32(content) !== entry.crc32) {
    throw new RobustaError('BAD_FORMAT', `${where} is damaged: its checksum is another`, {
      hint: 'fetch or copy the file again',
    });
  }
  try {
    return readNpy(content);
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    throw new RobustaError(error.code, `${where}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** Inflates exactly `size` bytes, stopping as soon as there are more. */
function inflate(packed: Uint8Array, size: number, where: string): Uint8Array {
  const damaged = (problem: string, cause?: unknown) =>
    new RobustaError('BAD_FORMAT', `${where} is damaged: ${problem}`, cause === undefined ? {} : { cause });
  if (size > packed.length * MAX_RATIO) throw damaged(`${packed.length} bytes cannot inflate to ${size}`);
  const content = new Uint8Array(size);
  let length = 0;
  const decoder = new Inflate((piece) => {
    if (length + piece.length > size) throw damaged(`it inflates to more than ${size} bytes`);
    content.set(piece, length);
    length += piece.length;
  });
  try {
    for (let at = 0; at < packed.length; at += PIECE) {
      decoder.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
    }
  } catch (error) {
    throw RobustaError.isInstance(error) ? error : damaged('it is no DEFLATE stream', error);
  }
  if (length !== size) throw damaged(`it inflates to ${length} bytes instead of ${size}`);
  return content;
}
