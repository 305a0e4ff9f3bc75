import type { GaussianMixture } from './mixture.js';
import { decodeGaussianMixture, encodeGaussianMixture } from './mixture-bytes.js';
import { readModelFile, writeModelFile } from './model-files.js';

/**
 * Writes a mixture as a `.safetensors` file: whole or not at all.
 * @throws FILE_UNWRITABLE, FILE_NOT_FOUND (its folder), DISK_FULL
 */
export async function saveGaussianMixture(mixture: GaussianMixture, path: string): Promise<void> {
  await writeModelFile(encodeGaussianMixture(mixture), path);
}

/**
 * Reads a mixture that {@link saveGaussianMixture} wrote; it scores as the saved one does, bit by bit.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_MODEL naming the file
 */
export async function loadGaussianMixture(path: string): Promise<GaussianMixture> {
  return readModelFile(path, decodeGaussianMixture);
}
