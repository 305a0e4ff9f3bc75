import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';

/**
 * Lets a file appear whole or not at all: it is written beside the target under a name of its own, brought to the disk
 * and renamed. After an error nothing is left behind and a file that was there before is untouched.
 * @param write - fills the temporary file; its errors pass through as they are
 * @throws FILE_NOT_FOUND (no such folder), FILE_UNWRITABLE, DISK_FULL
 */
export async function writeAtomically(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  // Creating it here gives the file system's own error for a missing folder or a full disk.
  await onDisk(path, async () => (await open(temporary, 'wx')).close());
  try {
    await write(temporary);
    await onDisk(path, async () => {
      const file = await open(temporary, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function onDisk(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const known = fileError(error, path);
    if (RobustaError.isInstance(known) && known.code !== 'FILE_UNREADABLE') throw known;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RobustaError('FILE_UNWRITABLE', `${path} cannot be written: ${code ?? message}`, {
      hint: 'check the name and the permissions of the folder, or choose another one',
      details: { path },
      cause: error,
    });
  }
}
