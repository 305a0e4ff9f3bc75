import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';

/**
 * Lets a file appear whole or not at all: it is written beside the target under a name of its own, brought to the disk
 * and renamed. After an error nothing is left behind and a file that was there before is untouched.
 * @throws FILE_NOT_FOUND (no such folder), FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL
 */
export async function writeAtomically(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    // Creating it here gives the file system's own error for a missing folder or a full disk.
    await (await open(temporary, 'wx')).close();
    await write(temporary);
    const file = await open(temporary, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw forWriting(fileError(error, path), path);
  }
}

/** What "may not be accessed" means when writing. */
function forWriting(error: unknown, path: string): unknown {
  if (!RobustaError.isInstance(error) || error.code !== 'FILE_UNREADABLE') return error;
  return new RobustaError('FILE_UNWRITABLE', `${path} cannot be written: ${error.message}`, {
    hint: 'check the permissions of the folder, or choose another one',
    details: { path },
    cause: error,
  });
}
