import { readFile } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';
import { readNpy, type TensorData } from '@robusta/tensor-io';

/** Numbers of a feature file, `[length, crops, dim]`. */
export interface FeatureRows {
  length: number;
  crops: number;
  dim: number;
  data: Float32Array;
  /** Type and shape of the array in the file. */
  dtype: TensorData['dtype'];
  shape: number[];
}

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_FS_FILE_TOO_LARGE') throw fileError(error, path);
    throw new RobustaError('FILE_UNREADABLE', `${path} is larger than 2 GiB`, {
      hint: 'a file of features of one recording is far smaller',
      details: { path },
      cause: error,
    });
  }
}

/** Runs the work; its errors name the file. */
export function namingFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!RobustaError.isInstance(error) || error.message.includes(path)) throw error;
    const { code, message, hint = 'extract the features again' } = error;
    throw new RobustaError(code, `${path}: ${message}`, { hint, details: { path }, cause: error });
  }
}

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_FORMAT, TRUNCATED naming the file */
export async function readArray(path: string): Promise<TensorData> {
  const bytes = await readBytes(path);
  return namingFile(path, () => readNpy(bytes));
}

/**
 * Reads `[T, D]` or `[T, crops, D]` of any numeric type.
 * @throws as {@link readArray}; BAD_FORMAT for another shape; EMPTY_INPUT for no rows or no columns
 */
export async function readRows(path: string): Promise<FeatureRows> {
  const { dtype, shape, data } = await readArray(path);
  const what = `${path} holds ${dtype} [${shape.join(', ')}]`;
  if (dtype === 'bool' || (shape.length !== 2 && shape.length !== 3)) {
    throw new RobustaError('BAD_FORMAT', `${what}, expected numbers [T, D] or [T, crops, D]`, {
      hint: 'features of one crop are [T, D], of several [T, crops, D]',
      details: { path },
    });
  }
  if (data.length === 0) throw new RobustaError('EMPTY_INPUT', `${what}: no rows`, { details: { path } });
  const [length, dim] = [shape[0]!, shape.at(-1)!];
  const crops = shape.length === 3 ? shape[1]! : 1;
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number);
  return { length, crops, dim, data: numbers, dtype, shape };
}
