import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { readNpz, readPth, readSafetensors, type TensorData } from '@robusta/tensor-io';
import { namingCheckpoint } from './naming.js';

/** Several times the largest published checkpoint. */
const LARGEST = 2 ** 31 - 1;

/** Tensors of a checkpoint under the paths that they have in the file. */
export interface Checkpoint {
  tensors: Record<string, TensorData>;
  source: { name: string; bytes: number; sha256: string };
}

/**
 * Reads a checkpoint by its form: `.safetensors` and `.npz` by their endings, everything else as PyTorch's or Python's
 * pickle, of which only tensors, containers, numbers and text are allowed.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; EMPTY_INPUT; BAD_FORMAT, TRUNCATED naming the file
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await bytesOf(path);
  // Before the tensors are read: those of the old format are moved within the bytes.
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const tensors = namingCheckpoint(path, () => tensorsOf(bytes, path));
  return { tensors, source: { name: basename(path), bytes: bytes.length, sha256 } };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= LARGEST) return await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
  throw new RobustaError('BAD_FORMAT', `${path} is larger than 2 GB, which no published checkpoint is`, {
    hint: 'name the file of the weights alone',
  });
}

function tensorsOf(bytes: Uint8Array, path: string): Record<string, TensorData> {
  if (/\.safetensors$/i.test(path)) return readSafetensors(bytes).tensors;
  return /\.npz$/i.test(path)
    ? readNpz(bytes, { maxInflatedBytes: LARGEST })
    : readPth(bytes, { consume: true });
}
