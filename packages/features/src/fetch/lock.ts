import { open, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileError } from '@robusta/core';

/** The holder touches its lock so often; one that was not touched for the other time was left by a process that died. */
const [TOUCH_MS, STALE_MS, POLL_MS] = [5_000, 30_000, 250];

/**
 * Does the work while no other process does it under the same lock file; waits for one that does.
 * @throws what the work throws; the reason of the signal while waiting; errors of the file system
 */
export async function withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  while (!(await take(path))) await sleep(POLL_MS, undefined, { signal });
  const touch = () => utimes(path, new Date(), new Date()).catch(() => undefined);
  const timer = setInterval(touch, TOUCH_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw fileError(error, path);
  }
  const touched = await stat(path).catch(() => undefined);
  if (touched && Date.now() - touched.mtimeMs > STALE_MS) await rm(path, { force: true });
  return false;
}
