import { fileError, RobustaError } from '@robusta/core';

/** A full covariance of 2,048 features and 16 components takes 0.5 GiB. */
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Writes a model file: whole or not at all.
 * @throws FILE_UNWRITABLE, FILE_NOT_FOUND (its folder), DISK_FULL
 */
export async function writeModelFile(bytes: Uint8Array, path: string): Promise<void> {
  // Imported here, so that the rest of the package loads in a browser.
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Reads a model file; errors of `decode` name the file, too.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_MODEL for a file beyond 2 GiB, and whatever `decode` throws
 */
export async function readModelFile<T>(path: string, decode: (bytes: Uint8Array) => T): Promise<T> {
  const { readFile, stat } = await import('node:fs/promises');
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE) throw new RobustaError('BAD_MODEL', `it has ${size} bytes`);
    return decode(await readFile(path));
  } catch (error) {
    if (RobustaError.isInstance(error)) {
      const { code, message, hint, details } = error;
      throw new RobustaError(code, `${path}: ${message}`, {
        ...(hint === undefined ? {} : { hint }),
        details: { ...details, path },
        cause: error,
      });
    }
    throw fileError(error, path);
  }
}
