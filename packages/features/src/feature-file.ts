import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FeatureSequence, fileError, parseOptions, RobustaError } from '@robusta/core';
import { writeNpy } from '@robusta/tensor-io';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { checkSequence } from './align.js';
import { readArray } from './files/npy-file.js';
import {
  again,
  checkSidecar,
  type FeatureDescription,
  type FeatureSidecar,
  findDescribed,
  readSidecar,
  Sha256,
  sidecarPath,
  writeSidecar,
} from './files/sidecar.js';

/** What {@link readFeatures} insists on. */
export interface ReadFeaturesOptions {
  /** Width that the rows must have. */
  dim?: number;
  /** Recipe that they must have been made by. */
  recipeHash?: string;
}

const ReadOptionsSchema = z.strictObject({
  dim: z.number().int().positive().optional(),
  recipeHash: Sha256.optional(),
});

/**
 * Writes rows as `.npy` (float32, `[T, crops, D]`, version 1.0) with a sidecar `.json` of the same name. Each file
 * appears whole or not at all, the sidecar first, so that a `.npy` never lacks one. Missing folders are made.
 * @param path - ends in `.npy`
 * @throws BAD_OPTION (path, sidecar, a hash that is not the recipe's); BAD_INPUT, EMPTY_INPUT, NON_FINITE for the
 *   sequence; FILE_UNWRITABLE, DISK_FULL...
 */
export async function writeFeatures(
  path: string,
  sequence: FeatureSequence,
  sidecar: FeatureSidecar,
): Promise<void> {
  const jsonPath = sidecarPath(path, 'writeFeatures');
  const about = checkSidecar(sidecar, 'writeFeatures');
  checkSequence(sequence);
  const bad = sequence.data.findIndex((value) => !Number.isFinite(value));
  const { modality, length, crops, dim, data } = sequence;
  if (bad >= 0) {
    const where = `row ${Math.floor(bad / (crops * dim))}, column ${bad % dim}`;
    throw new RobustaError('NON_FINITE', `writeFeatures: ${where} is ${data[bad]}`, { details: { path } });
  }
  const shape: [number, number, number] = [length, crops, dim];
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeSidecar(jsonPath, { modality, shape, sidecar: about });
    await writeFileAtomic(path, Buffer.from(writeNpy({ shape, dtype: 'float32', data })));
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Reads a file that {@link writeFeatures} wrote.
 * @param path - ends in `.npy`; the sidecar lies beside it
 * @throws FILE_NOT_FOUND for either file; BAD_FORMAT, TRUNCATED for a damaged one; LENGTH_MISMATCH when the array is
 *   not of the shape that the sidecar says; FEATURE_MISMATCH for another width or recipe than asked for; NON_FINITE
 */
export async function readFeatures(
  path: string,
  options: ReadFeaturesOptions = {},
): Promise<{ sequence: FeatureSequence; sidecar: FeatureSidecar }> {
  const jsonPath = sidecarPath(path, 'readFeatures');
  const expected = parseOptions(ReadOptionsSchema, options, 'readFeatures');
  const { modality, shape, sidecar } = await readSidecar(jsonPath);
  if (expected.recipeHash !== undefined && expected.recipeHash !== sidecar.recipeHash) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${path} was made by recipe ${sidecar.recipeHash.slice(0, 12)}, wanted is ${expected.recipeHash.slice(0, 12)}`,
      { hint: `${again} with the recipe that is wanted`, details: { path, recipe: sidecar.recipe } },
    );
  }
  const array = await readArray(path);
  if (array.dtype !== 'float32' || array.shape.length !== 3) {
    throw new RobustaError(
      'BAD_FORMAT',
      `${path} holds ${array.dtype} [${array.shape.join(', ')}], expected float32 [T, crops, D]`,
      { hint: again, details: { path } },
    );
  }
  if (array.shape.some((size, i) => size !== shape[i])) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${path} is [${array.shape.join(', ')}], its sidecar says [${shape.join(', ')}]`,
      { hint: `the two files do not belong together: ${again}`, details: { path } },
    );
  }
  const [length, crops, dim] = shape;
  if (expected.dim !== undefined && dim !== expected.dim) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${path} has rows of ${dim} numbers, wanted are ${expected.dim}`,
      {
        hint: `${again} with the extractor that the model was trained on`,
        details: { path, dim },
      },
    );
  }
  const sequence: FeatureSequence = { modality, length, crops, dim, data: array.data };
  checkSequence(sequence);
  const bad = array.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RobustaError('NON_FINITE', `${path}: number ${bad} is ${array.data[bad]}`, { hint: again });
  }
  return { sequence, sidecar };
}

/**
 * What lies at a path, by its sidecar and the size of the file: no row is read. undefined where either file is absent or
 * the array is not of the size that the sidecar says.
 * @param path - ends in `.npy`
 * @throws BAD_OPTION; BAD_FORMAT for a sidecar that is none; FILE_UNREADABLE
 */
export async function findFeatures(path: string): Promise<FeatureDescription | undefined> {
  return findDescribed(sidecarPath(path, 'findFeatures'), () => [path]);
}
