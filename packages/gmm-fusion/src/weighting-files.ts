import { fileError, RobustaError } from '@robusta/core';
import type { DynamicWeighting } from './weighting.js';
import { decodeDynamicWeighting, encodeDynamicWeighting } from './weighting-bytes.js';

/** A full covariance of 2,048 features and 16 components takes 0.5 GiB. */
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Writes a weighting as a `.safetensors` file: whole or not at all.
 * @param path - conventionally `gmm.safetensors` in a model folder
 * @throws FILE_UNWRITABLE, FILE_NOT_FOUND (its folder), DISK_FULL
 */
export async function saveDynamicWeighting(weighting: DynamicWeighting, path: string): Promise<void> {
  const bytes = encodeDynamicWeighting(weighting);
  // Imported here, so that the rest of the package loads in a browser.
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    await writeFileAtomic(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Reads a weighting that {@link saveDynamicWeighting} wrote.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_MODEL naming the file
 */
export async function loadDynamicWeighting(path: string): Promise<DynamicWeighting> {
  const { readFile, stat } = await import('node:fs/promises');
  try {
    const { size } = await stat(path);
    if (size > LARGEST_FILE) throw new RobustaError('BAD_MODEL', `it has ${size} bytes`);
    return decodeDynamicWeighting(await readFile(path));
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
