import { throwIfAborted } from '@robusta/core';

/** Thousands of videos have more files than a process may open at once. */
export const FILES_AT_A_TIME = 16;

/** `Promise.all(items.map(fn))` with at most `limit` calls at a time; stops taking items once one fails. */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  limit: number,
  fn: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      throwIfAborted(signal);
      const index = next++;
      try {
        results[index] = await fn(items[index]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
