import { readFile, stat } from 'node:fs/promises';
import { fileError, type Modality, parseOptions, RobustaError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { hashRecipe, type Recipe } from '../spec.js';

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
  /** What exactly that was: corruption, seed, physical parameters, and what was measured on the way. */
  corruption?: Recipe;
}

/** What lies on the disk, as a sidecar says it. */
export interface FeatureDescription {
  modality: Modality;
  /** `[T, crops, D]`. */
  shape: [length: number, crops: number, dim: number];
  sidecar: FeatureSidecar;
}

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal digits');
const SidecarSchema = z.strictObject({
  recipe: z.record(z.string(), z.json()),
  recipeHash: Sha256,
  sourceSha256: Sha256.optional(),
  condition: z.string().optional(),
  corruption: z.record(z.string(), z.json()).optional(),
});
const FileSchema = z.strictObject({
  format: z.literal('robusta-features'),
  version: z.literal(1),
  modality: z.enum(['visual', 'audio']),
  shape: z.tuple([z.int().min(1), z.int().min(1).max(1024), z.int().min(1)]),
  /** Crops in the order of the files, where each has a file of its own. */
  files: z.array(z.string()).optional(),
  ...SidecarSchema.shape,
});

export const again = 'extract the features again';

/** The sidecar of a feature file: `.npy` replaced by `.json`. */
export function sidecarPath(path: string, caller: string): string {
  if (path.endsWith('.npy')) return `${path.slice(0, -4)}.json`;
  throw new RobustaError('BAD_OPTION', `${caller}: a feature file ends in .npy, received ${path}`);
}

/** @throws BAD_OPTION, also for a hash that is not the recipe's */
export function checkSidecar(sidecar: FeatureSidecar, caller: string): FeatureSidecar {
  const about = parseOptions(SidecarSchema, sidecar, `${caller}: sidecar`) as FeatureSidecar;
  if (hashRecipe(about.recipe) === about.recipeHash) return about;
  throw new RobustaError('BAD_OPTION', `${caller}: sidecar: recipeHash is not the hash of recipe`, {
    hint: 'take both from extractor.spec',
  });
}

/** @throws errors of the file system, as they come */
export async function writeSidecar(
  path: string,
  { modality, shape, sidecar }: FeatureDescription,
  files?: readonly string[],
): Promise<void> {
  const file = { format: 'robusta-features', version: 1, modality, shape, ...(files ? { files } : {}) };
  await writeFileAtomic(path, `${JSON.stringify({ ...file, ...sidecar }, null, 2)}\n`);
}

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE; BAD_FORMAT for another file, and where the hash is not the recipe's */
export async function readSidecar(path: string): Promise<FeatureDescription> {
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
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`);
    throw new RobustaError('BAD_FORMAT', `${path}: ${issues.join('; ')}`, { hint: again, details: { path } });
  }
  const { format: _format, version: _version, modality, shape, files: _files, ...rest } = result.data;
  const sidecar = rest as FeatureSidecar;
  if (hashRecipe(sidecar.recipe) !== sidecar.recipeHash) {
    throw new RobustaError('BAD_FORMAT', `${path}: recipeHash is not the hash of recipe`, { hint: again });
  }
  return { modality, shape, sidecar };
}

/** Before the numbers of an array, a `.npy` file has a short header of whole blocks. */
const [HEADER_BLOCK, LONGEST_HEADER] = [64, 1024];

/**
 * What a sidecar says, where the files that it describes are there and have the size that they must have: no row is read.
 * @param paths - the array files; the numbers of the shape are spread over them evenly
 * @throws BAD_FORMAT for a sidecar that is none; FILE_UNREADABLE
 */
export async function findDescribed(
  jsonPath: string,
  paths: (description: FeatureDescription) => readonly string[],
): Promise<FeatureDescription | undefined> {
  if ((await sizeOf(jsonPath)) === undefined) return undefined;
  const description = await readSidecar(jsonPath);
  const files = paths(description);
  const bytes = (4 * description.shape.reduce((product, extent) => product * extent, 1)) / files.length;
  for (const file of files) {
    const header = ((await sizeOf(file)) ?? 0) - bytes;
    if (!(header > 0 && header <= LONGEST_HEADER && header % HEADER_BLOCK === 0)) return undefined;
  }
  return description;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw fileError(error, path);
  }
}
