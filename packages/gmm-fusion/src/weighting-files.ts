import { readModelFile, writeModelFile } from './model-files.js';
import type { DynamicWeighting } from './weighting.js';
import { decodeDynamicWeighting, encodeDynamicWeighting } from './weighting-bytes.js';

/**
 * Writes a weighting as a `.safetensors` file: whole or not at all.
 * @param path - conventionally `gmm.safetensors` in a model folder
 * @throws FILE_UNWRITABLE, FILE_NOT_FOUND (its folder), DISK_FULL
 */
export async function saveDynamicWeighting(weighting: DynamicWeighting, path: string): Promise<void> {
  await writeModelFile(encodeDynamicWeighting(weighting), path);
}

/**
 * Reads a weighting that {@link saveDynamicWeighting} wrote.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_MODEL naming the file
 */
export async function loadDynamicWeighting(path: string): Promise<DynamicWeighting> {
  return readModelFile(path, decodeDynamicWeighting);
}
