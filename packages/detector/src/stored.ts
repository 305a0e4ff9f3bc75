import { type FeatureSequence, type Modality, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { type FeatureFile, findFeatureFile } from './feature-file.js';
import { readBlocks } from './read-blocks.js';

/** Features that stay on disk until they are needed: of {@link storedFeatures}. */
export interface StoredFeatures {
  readonly modality: Modality;
  readonly length: number;
  readonly crops: number;
  readonly dim: number;
  /** Names the file in messages. */
  readonly source: string;
  /** One file with all crops, or one for each. */
  readonly files: readonly FeatureFile[];
  /**
   * Reads all crops, or one as a sequence of a single crop.
   * @throws BAD_OPTION for a crop that is not there; FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED, FEATURE_MISMATCH where
   *   a file is not what it was when it was opened
   */
  read(crop?: number): Promise<FeatureSequence>;
}

const FilesSchema = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], {
  error: 'expected a path, or a path for each crop',
});
const OptionsSchema = z.strictObject({
  modality: z.enum(['visual', 'audio']),
  length: z.number().int().min(1).optional(),
});

/**
 * Features in `.npy` files of float16, float32 or float64 numbers. Only headers are read, and sizes are compared with
 * them.
 * @param files - one file `[T, D]` or `[T, crops, D]`, or one file `[T, D]` for each crop, in their order
 * @param options.length - only so many snippets are used, the first; default all. Modalities of one recording often
 *   differ by a snippet or two
 * @throws BAD_OPTION; FILE_NOT_FOUND, FILE_UNREADABLE; BAD_FORMAT, TRUNCATED, EMPTY_INPUT; LENGTH_MISMATCH where crops
 *   differ or a file has fewer snippets than `length`; FEATURE_MISMATCH where crops differ; each names the file
 */
export async function storedFeatures(
  files: string | readonly string[],
  options: { modality: Modality; length?: number },
): Promise<StoredFeatures> {
  const paths = [parseOptions(FilesSchema, files, 'storedFeatures')].flat();
  const { modality, length: wanted } = parseOptions(OptionsSchema, options, 'storedFeatures');
  const found: FeatureFile[] = [];
  for (const path of paths) found.push(await findFeatureFile(path));
  const { length, crops, dim } = found[0]!;
  if (found.length > 1) for (const file of found) checkCropFile(file, found[0]!);
  if (wanted !== undefined && wanted > length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${found[0]!.path}: has ${length} snippets, ${wanted} are asked for`,
    );
  }
  const used = wanted ?? length;
  const cut = found.map((file) => ({ ...file, length: used }));
  return new FileFeatures(modality, used, cut.length > 1 ? cut.length : crops, dim, cut);
}

function checkCropFile({ path, length, crops, dim }: FeatureFile, first: FeatureFile): void {
  if (crops !== 1) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${path}: has ${crops} crops, expected one where each crop has a file`,
    );
  }
  if (length !== first.length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${path}: has ${length} snippets, ${first.path} has ${first.length}`,
      { hint: 'extract the features of this recording again' },
    );
  }
  if (dim !== first.dim) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${path}: width is ${dim}, that of ${first.path} ${first.dim}`,
    );
  }
}

class FileFeatures implements StoredFeatures {
  constructor(
    readonly modality: Modality,
    readonly length: number,
    readonly crops: number,
    readonly dim: number,
    readonly files: readonly FeatureFile[],
  ) {}

  get source(): string {
    const [{ path }, ...others] = this.files as [FeatureFile, ...FeatureFile[]];
    return others.length > 0 ? `${path} and ${others.length} more` : path;
  }

  async read(crop?: number): Promise<FeatureSequence> {
    const { modality, length, crops, dim } = this;
    if (crop !== undefined && !(Number.isInteger(crop) && crop >= 0 && crop < crops)) {
      throw new RobustaError('BAD_OPTION', `${this.source}: crop ${crop} of ${crops}`);
    }
    const taken = crop === undefined ? crops : 1;
    const data = new Float32Array(length * taken * dim);
    const { files, first } = filesOf(this, crop);
    for await (const block of readBlocks(files)) {
      if (block.crops === taken) {
        data.set(block.data, block.start * taken * dim);
        continue;
      }
      for (let row = 0; row < block.length; row++) {
        const from = (row * block.crops + first) * dim;
        data.set(block.data.subarray(from, from + dim), (block.start + row) * dim);
      }
    }
    return { modality, length, crops: taken, dim, data };
  }
}

/** The files that have a crop, or all, and its number in them. */
export function filesOf(
  { files }: Pick<StoredFeatures, 'files'>,
  crop?: number,
): { files: readonly FeatureFile[]; first: number } {
  if (crop === undefined) return { files, first: 0 };
  return files.length > 1 ? { files: [files[crop]!], first: 0 } : { files, first: crop };
}

export function isStored(features: FeatureSequence | StoredFeatures): features is StoredFeatures {
  return typeof features === 'object' && 'files' in features;
}

/** The features in memory, read where they are stored. */
export async function inMemory(features: FeatureSequence | StoredFeatures): Promise<FeatureSequence> {
  return isStored(features) ? features.read() : features;
}
