import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileError, RobustaError, throwIfAborted } from '@robusta/core';

/** Large enough that reads cost nothing beside hashing, small enough to stay in the processor's cache. */
const blockBytes = 1 << 18;

/** SHA-256 of a file, hexadecimal. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(blockBytes);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(block, 0, blockBytes);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
    }
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await file?.close();
  }
}

/** The same; undefined if there is no such file. */
export async function hashIfThere(path: string, signal?: AbortSignal): Promise<string | undefined> {
  return hashFile(path, signal).catch((error) => {
    if (RobustaError.isInstance(error) && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  });
}
