import { fileError } from '@robusta/core';
import writeFileAtomic from 'write-file-atomic';

/**
 * Writes a value as JSON, whole or not at all.
 * @throws FILE_UNWRITABLE, DISK_FULL naming the file
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path);
  }
}
