import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FeatureSequence, fileError, parseOptions, RobustaError } from '@robusta/core';
import { writeNpy } from '@robusta/tensor-io';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { checkSequence } from './align.js';
import { readArray } from './files/npy-file.js';
import { hashRecipe, type Recipe } from './spec.js';

/** Says how the rows of a feature file were made; stored beside it as `.json`. */
export interface FeatureSidecar {
  /** How the rows were made. */
  recipe: Recipe;
  /** SHA-256 of the recipe (hex). */
  recipeHash: string;
  /** SHA-256 of the media file (hex). */
  sourceSha256?: string;
  /** What was done to the media before extraction, for example `clean` or `fog-s3`. */
  condition?: string;
}

/** What {@link readFeatures} insists on. */
export interface ReadFeaturesOptions {
  /** Width that the rows must have. */
  dim?: number;
  /** Recipe that they must have been made by. */
  recipeHash?: string;
}

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal digits');
const SidecarSchema = z.strictObject({
  recipe: z.record(z.string(), z.json()),
  recipeHash: Sha256,
  sourceSha256: Sha256.optional(),
  condition: z.string().optional(),
});
const FileSchema = z.strictObject({
  format: z.literal('robusta-features'),
  version: z.literal(1),
  modality: z.enum(['visual', 'audio']),
  shape: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
  ...SidecarSchema.shape,
});
const ReadOptionsSchema = z.strictObject({
  dim: z.number().int().positive().optional(),
  recipeHash: Sha256.optional(),
});

const again = 'extract the features again';

/** The sidecar of a feature file: `.npy` replaced by `.json`. */
function sidecarPath(path: string, caller: string): string {
  if (path.endsWith('.npy')) return `${path.slice(0, -4)}.json`;
  throw new RobustaError('BAD_OPTION', `${caller}: a feature file ends in .npy, received ${path}`);
}

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
  const about = parseOptions(SidecarSchema, sidecar, 'writeFeatures: sidecar');
  if (hashRecipe(about.recipe as Recipe) !== about.recipeHash) {
    throw new RobustaError('BAD_OPTION', 'writeFeatures: sidecar: recipeHash is not the hash of recipe', {
      hint: 'take both from extractor.spec',
    });
  }
  checkSequence(sequence);
  const bad = sequence.data.findIndex((value) => !Number.isFinite(value));
  const { modality, length, crops, dim, data } = sequence;
  if (bad >= 0) {
    const where = `row ${Math.floor(bad / (crops * dim))}, column ${bad % dim}`;
    throw new RobustaError('NON_FINITE', `writeFeatures: ${where} is ${data[bad]}`, { details: { path } });
  }
  const shape = [length, crops, dim];
  const file = { format: 'robusta-features', version: 1, modality, shape, ...about };
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(jsonPath, `${JSON.stringify(file, null, 2)}\n`);
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
  const { format: _format, version: _version, modality, shape, ...sidecar } = await readSidecar(jsonPath);
  if (hashRecipe(sidecar.recipe as Recipe) !== sidecar.recipeHash) {
    throw new RobustaError('BAD_FORMAT', `${jsonPath}: recipeHash is not the hash of recipe`, {
      hint: again,
    });
  }
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
  return { sequence, sidecar: sidecar as FeatureSidecar };
}

async function readSidecar(path: string): Promise<z.output<typeof FileSchema>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', `${path} is not JSON`, { hint: again, details: { path }, cause });
  }
  const result = FileSchema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
  throw new RobustaError('BAD_FORMAT', `${path}: ${issues.join('; ')}`, { hint: again, details: { path } });
}
